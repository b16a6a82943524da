package io.medforge.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes one adapter of several. */
@Command(
    name = "fuse",
    description =
        "Makes one PEFT adapter folder of several, with a record of how it came to be; or one whole"
            + " model of several, in a few megabytes of memory.",
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class)
final class FuseCommand implements Callable<Integer> {
  static final String RECORD = "merge-record.json";
  static final String RECIPE = "recipe.yaml";
  static final String CARD = "README.md";

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description =
          "The folder to write: an adapter that PEFT loads, "
              + RECORD
              + ", "
              + RECIPE
              + " and a model card.")
  private Path out;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description =
          "Do what this recipe says, with the adapters or models that it names; instead of all"
              + " options but -o, --overwrite, --json and, for models, those on how to run. OUT's"
              + " own "
              + RECIPE
              + " repeats a fusion byte for byte.")
  private @Nullable Path recipe;

  @Mixin private RecipeOptions options;

  @Mixin private ModelOptions models;

  @Option(names = "--overwrite", description = "Replace OUT if it is an adapter folder.")
  private boolean overwrite;

  @Option(names = "--json", description = "Print the record as JSON instead of a summary.")
  private boolean json;

  @Parameters(
      arity = "0..*",
      paramLabel = "ADAPTER",
      description = "PEFT adapter folders; or whole models: safetensors files or folders of them.")
  private @Nullable List<Path> adapters;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private FuseCommand() {}

  @Override
  public Integer call() throws IOException {
    Recipe said = recipe();
    return said instanceof FusionRecipe fusion ? fuse(fusion) : fuseModels(said);
  }

  private int fuse(FusionRecipe chosen) throws IOException {
    models.refuse();
    AtomicFolder.check(out, overwrite);
    try (OpenAdapters open = OpenAdapters.open(chosen.paths(), chosen.base());
        ProgressDisplay progress = ProgressDisplay.of("fuse")) {
      chosen.paths().forEach(this::checkApart);
      List<PluginModule> modules = open.modules();
      FusionRecipe pinned = PinnedRecipe.of(chosen, modules);
      progress.at(0, 2, "merging");
      Merged<PluginModule> merged = RecipeStrategy.of(pinned, modules).merge(PluginSet.of(modules));
      KeptHeads heads = KeptHeads.of(merged.record(), modules);
      String text = RecipeWriter.toYaml(pinned, out);
      progress.at(1, 2, "writing");
      AtomicFolder.write(
          out,
          overwrite,
          folder -> {
            PeftAdapter.write(merged.value(), folder);
            heads.writeTo(folder);
            write(folder.resolve(RECIPE), text);
            write(
                folder.resolve(CARD),
                ModelCard.ofFusion(merged.record(), modules, heads).toMarkdown());
            write(
                folder.resolve(RECORD), CanonicalJson.toText(MergeRecordJson.of(merged.record())));
          });
      progress.at(2, 2, "done");
      print(merged, modules, heads);
    }
    return CommandLine.ExitCode.OK;
  }

  private int fuseModels(Recipe said) throws IOException {
    if (!(said instanceof ModelRecipe chosen)) {
      throw new IllegalArgumentException(
          "expected a recipe of a fusion, found one for medforge extract, at " + recipe);
    }
    if (overwrite) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "expected no --overwrite for whole models, found it");
    }
    new ModelFusing(chosen, out, models, json, spec.commandLine().getOut()).run();
    return CommandLine.ExitCode.OK;
  }

  private void print(Merged<PluginModule> merged, List<PluginModule> modules, KeptHeads heads) {
    if (json) {
      ObjectNode document = MergeRecordJson.of(merged.record());
      document.put("out", out.toString());
      spec.commandLine().getOut().print(CanonicalJson.toText(document));
    } else {
      spec.commandLine().getOut().print(FusionSummary.of(merged, modules, heads));
      spec.commandLine().getOut().println("wrote " + out);
    }
    spec.commandLine().getOut().flush();
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }

  private Recipe recipe() throws IOException {
    List<Path> inputs = adapters == null ? List.of() : adapters;
    if (recipe != null) {
      if (options.areGiven() || adapters != null || models.areGiven()) {
        throw new CommandLine.ParameterException(
            spec.commandLine(),
            "expected --recipe with none but -o, --overwrite, --json and how to run, found another"
                + " option or an adapter beside it");
      }
      return RecipeReader.any(recipe);
    }
    try {
      return models.apply(inputs) ? models.recipe(options, inputs) : options.recipe(inputs);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** Overwriting an input would lose it. */
  private void checkApart(Path adapter) {
    if (Files.exists(out)) {
      Path target = OpenAdapters.real(out);
      Path source = OpenAdapters.real(adapter);
      if (target.startsWith(source) || source.startsWith(target)) {
        throw new IllegalArgumentException(
            "expected OUT apart from every adapter, found "
                + out
                + ", which overlaps adapter "
                + adapter);
      }
    }
  }
}
