package io.medforge.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.cli.FusionRecipe.Source;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.checkpoint.AdapterExtraction;
import io.medforge.merge.checkpoint.ExtractedAdapter;
import io.medforge.merge.checkpoint.ExtractionPlan;
import io.medforge.merge.checkpoint.ModelTensors;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.study.Grid;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Finds the adapter that turns a base into a model that was trained from it. */
@Command(
    name = "extract",
    description =
        "Finds the PEFT adapter of a rank that turns a base model into MODEL, which was trained"
            + " from it, and says of each layer how much the rank leaves out.",
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class)
final class ExtractCommand implements Callable<Integer> {
  private static final double MEGA = 1e6;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description =
          "The folder to write: an adapter that PEFT loads, merge-record.json, recipe.yaml and a"
              + " model card.")
  private Path out;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "Do what this recipe says; instead of all options but those on how to run.")
  private @Nullable Path recipe;

  @Option(
      names = "--base-model",
      paramLabel = "BASE",
      description = "The model that MODEL was trained from: a safetensors file or a folder.")
  private @Nullable Path base;

  @Option(names = "--rank", paramLabel = "N", description = "The greatest rank per layer.")
  private @Nullable Integer rank;

  @Option(
      names = "--energy",
      paramLabel = "PART",
      description =
          "Take the least rank that keeps this part of a layer's change, such as 0.99; a layer of"
              + " which N keeps less counts as one without factors.")
  private @Nullable Double energy;

  @Option(
      names = "--rest",
      paramLabel = "refuse|replacement|delta",
      description =
          "What becomes of changed tensors without factors, such as norms, biases and embeddings:"
              + " refuse MODEL, naming them; replace them whole (modules_to_save); or add their"
              + " difference, which PEFT can store of biases only. Default: refuse.")
  private AdapterExtraction.@Nullable Remainder remainder;

  @Option(
      names = "--layout",
      paramLabel = "out_in|in_out",
      description = "How weights are stored; GPT-2's Conv1D is in_out. Default: out_in.")
  private LowRankUpdate.@Nullable Layout layout;

  @Option(
      names = "--dtype",
      paramLabel = "F32|BF16|F16",
      description = "The factors' type. Default: F32.")
  private @Nullable DType dtype;

  @Option(
      names = "--id",
      paramLabel = "CENTRE/NAME:VERSION",
      description = "The adapter's id. Default: local/MODEL:0.")
  private @Nullable String id;

  @Option(
      names = "--base",
      paramLabel = "NAME",
      description = "What the adapter calls its base. Default: BASE's own name.")
  private @Nullable String baseName;

  @Option(
      names = "--memory",
      paramLabel = "BYTES",
      converter = ModelOptions.Size.class,
      description = "The most memory that the adapter and factoring may take, such as 512m.")
  private @Nullable Long memory;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "How many layers at a time. Default: one per processor.")
  private @Nullable Integer threads;

  @Option(names = "--plan", description = "Say what it will take, and write nothing.")
  private boolean plan;

  @Option(names = "--overwrite", description = "Replace OUT if it is an adapter folder.")
  private boolean overwrite;

  @Option(names = "--json", description = "Print the record as JSON instead of a summary.")
  private boolean json;

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description = "The trained model: a safetensors file or a folder.")
  private @Nullable Path model;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private ExtractCommand() {}

  @Override
  public Integer call() throws IOException {
    ExtractionRecipe chosen = recipe();
    int atATime = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (atATime < 1) {
      throw new IllegalArgumentException("expected --threads of at least 1, found " + atATime);
    }
    AtomicFolder.check(out, overwrite);
    ExecutorService executor = Executors.newFixedThreadPool(atATime);
    try (OpenModels open = new OpenModels(true);
        ProgressDisplay progress = ProgressDisplay.of("extract")) {
      ModelTensors from = open.add(chosen.base().path());
      ModelTensors to = open.add(chosen.trained().path());
      AdapterExtraction.Builder settings =
          chosen
              .settings()
              .executor(executor, atATime)
              .listener(done -> progress.at(done.done(), done.total(), done.tensor()));
      if (memory != null) {
        settings.memory(memory);
      }
      AdapterExtraction extraction = settings.build();
      ExtractionPlan planned = extraction.plan(from, to);
      if (plan) {
        describe(planned);
        return CommandLine.ExitCode.OK;
      }
      open.digest(executor);
      ExtractionRecipe pinned = pinned(chosen, open);
      ExtractedAdapter found =
          extraction.extract(
              pinned.id().orElseThrow(), open.base(0, pinned.baseName().orElseThrow()), from, to);
      MergeRecord record = found.record(open.parent(1));
      write(found, record, RecipeWriter.toYaml(pinned, out));
      print(found, record);
    } finally {
      executor.shutdownNow();
    }
    return CommandLine.ExitCode.OK;
  }

  private static ExtractionRecipe pinned(ExtractionRecipe chosen, OpenModels open) {
    return chosen.of(
        open.pinned(chosen.base(), 0),
        open.pinned(chosen.trained(), 1),
        chosen
            .id()
            .orElseGet(
                () -> new PluginId("local", OpenModels.nameOf(chosen.trained().path()), "0")),
        chosen.baseName().orElseGet(() -> OpenModels.nameOf(chosen.base().path())));
  }

  private void write(ExtractedAdapter found, MergeRecord record, String text) {
    AtomicFolder.write(
        out,
        overwrite,
        folder -> {
          PeftAdapter.write(found.module(), folder);
          write(folder.resolve(FuseCommand.RECIPE), text);
          write(folder.resolve(FuseCommand.CARD), ModelCard.ofExtraction(record).toMarkdown());
          write(
              folder.resolve(FuseCommand.RECORD), CanonicalJson.toText(MergeRecordJson.of(record)));
        });
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }

  private ExtractionRecipe recipe() throws IOException {
    boolean said =
        Stream.of(base, rank, energy, remainder, layout, dtype, id, baseName, model)
            .anyMatch(Objects::nonNull);
    if (recipe != null) {
      if (said) {
        throw misuse("expected --recipe with none but -o and how to run, found another beside it");
      }
      if (RecipeReader.any(recipe) instanceof ExtractionRecipe chosen) {
        return chosen;
      }
      throw new IllegalArgumentException(
          "expected a recipe of an extraction, found one for medforge fuse, at " + recipe);
    }
    if (base == null || rank == null || model == null) {
      throw misuse("expected --base-model, --rank and MODEL, or a --recipe, found one missing");
    }
    try {
      ExtractionRecipe chosen =
          new ExtractionRecipe(
              source(base),
              source(model),
              rank,
              energy == null ? OptionalDouble.empty() : OptionalDouble.of(energy),
              remainder == null ? AdapterExtraction.Remainder.REFUSE : remainder,
              layout == null ? LowRankUpdate.Layout.OUT_IN : layout,
              dtype == null ? DType.F32 : dtype,
              Optional.ofNullable(id).map(PluginId::parse),
              Optional.ofNullable(baseName));
      chosen.settings();
      return chosen;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private static Source source(Path path) {
    return new Source(path, OptionalDouble.empty(), Optional.empty());
  }

  private void describe(ExtractionPlan planned) {
    PrintWriter print = spec.commandLine().getOut();
    print.printf(
        Locale.ROOT,
        "reads    %.1f MB, what changed up to %d times, and once more for digests%n",
        planned.readBytes() / MEGA,
        planned.passes());
    print.println("factors  " + planned.factored().size() + " tensors, those that changed");
    print.printf(
        Locale.ROOT,
        "memory   at most %.1f MB, %d tensors at a time%n",
        planned.peakBytes() / MEGA,
        planned.parallelism());
    planned.whole().forEach(name -> print.println("whole    " + name + ", if it changed"));
    print.flush();
  }

  private void print(ExtractedAdapter found, MergeRecord record) {
    PrintWriter print = spec.commandLine().getOut();
    if (json) {
      ObjectNode document = MergeRecordJson.of(record);
      document.put("out", out.toString());
      print.print(CanonicalJson.toText(document));
    } else {
      List<List<String>> rows = new ArrayList<>();
      found
          .layers()
          .forEach(
              (name, layer) ->
                  rows.add(
                      List.of(
                          name,
                          layer.rank() == 0 ? "whole" : Long.toString(layer.rank()),
                          String.format(Locale.ROOT, "%.6g", layer.energy()),
                          String.format(Locale.ROOT, "%.3g %%", 100 * layer.discardedEnergy()))));
      print.println(new Grid(List.of("layer", "rank", "energy", "discarded"), rows).toText());
      print.printf(
          Locale.ROOT,
          "%d layers changed, %d did not; discarded energy %.3g %% of all%n",
          found.layers().size(),
          found.unchanged().size(),
          100 * found.discardedEnergy());
      print.println("digest   " + record.result());
      print.println("wrote    " + out);
    }
    print.flush();
  }
}
