package io.medforge.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.FusionSpace;
import io.medforge.merge.fusion.PeftCompat;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes one adapter of several. */
@Command(
    name = "fuse",
    description = "Makes one PEFT adapter folder of several, with a record of how it came to be.",
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class)
final class FuseCommand implements Callable<Integer> {
  private static final String RECORD = "merge-record.json";

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description = "The folder to write: an adapter that PEFT loads, and " + RECORD + ".")
  private Path out;

  @Option(
      names = {"-w", "--weights"},
      split = ",",
      paramLabel = "W",
      description =
          "One weight per ADAPTER, in the order given; used as they are, so an average's sum to 1."
              + " Default: 1/n each.")
  private @Nullable List<Double> weights;

  @Option(
      names = "--space",
      paramLabel = "product|factors",
      description =
          "Average the products B A (exact) or the factors each apart (cheaper, approximate)."
              + " Default: product.")
  private @Nullable FusionSpace space;

  @Option(
      names = "--rank",
      paramLabel = "N|full|energy:0.99",
      converter = RankOption.Converter.class,
      description =
          "The rank per layer: at most N, exact, or the least that keeps this part of the energy."
              + " Default: full.")
  private @Nullable RankOption rank;

  @Option(
      names = "--compat",
      paramLabel = "peft-linear|peft-cat|peft-svd",
      converter = CompatOption.Converter.class,
      description = "Merge as PEFT's add_weighted_adapter does, to its very formula.")
  private @Nullable CompatOption compat;

  @Option(
      names = "--base",
      paramLabel = "NAME",
      description = "The base model's name, where an adapter's configuration does not state it.")
  private @Nullable String base;

  @Option(names = "--overwrite", description = "Replace OUT if it is an adapter folder.")
  private boolean overwrite;

  @Parameters(arity = "1..*", paramLabel = "ADAPTER", description = "PEFT adapter folders.")
  private List<Path> adapters;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private FuseCommand() {}

  @Override
  public Integer call() {
    checkUsage();
    AtomicFolder.check(out, overwrite);
    try (OpenAdapters open = OpenAdapters.open(adapters, Optional.ofNullable(base));
        ProgressDisplay progress = ProgressDisplay.of("fuse")) {
      adapters.forEach(this::checkApart);
      List<PluginModule> modules = open.modules();
      progress.at(0, 2, "merging");
      Merged<PluginModule> merged = strategy(modules).merge(PluginSet.of(modules));
      KeptHeads heads = KeptHeads.of(merged.record(), modules);
      progress.at(1, 2, "writing");
      AtomicFolder.write(out, overwrite, folder -> fill(folder, merged, heads));
      progress.at(2, 2, "done");
      spec.commandLine().getOut().print(FusionSummary.of(merged, modules, heads));
      spec.commandLine().getOut().println("wrote " + out);
      spec.commandLine().getOut().flush();
    }
    return CommandLine.ExitCode.OK;
  }

  private static void fill(Path folder, Merged<PluginModule> merged, KeptHeads heads)
      throws IOException {
    PeftAdapter.write(merged.value(), folder);
    heads.writeTo(folder);
    Files.writeString(
        folder.resolve(RECORD),
        CanonicalJson.toText(MergeRecordJson.of(merged.record())),
        StandardCharsets.UTF_8);
  }

  private MergeStrategy<PluginModule> strategy(List<PluginModule> modules) {
    if (compat != null) {
      return compat.strategy(
          inOrder(modules),
          rank == null ? OptionalInt.empty() : rank.number(),
          usesRsLora(adapters.get(0)));
    }
    Fusion.AverageBuilder fusion = Fusion.average();
    coefficients(modules).ifPresent(fusion::coefficients);
    if (space != null) {
      fusion.space(space);
    }
    if (rank != null) {
      fusion.rank(rank.rank());
    }
    return fusion.build();
  }

  /** The weights by plugin; they were given in the order of the adapters. */
  private Optional<Coefficients.PerPlugin> coefficients(List<PluginModule> modules) {
    if (weights == null) {
      return Optional.empty();
    }
    SortedMap<PluginId, Double> byPlugin = new TreeMap<>();
    for (int i = 0; i < modules.size(); i++) {
      byPlugin.put(modules.get(i).id(), weights.get(i));
    }
    return Optional.of(Coefficients.perPlugin(byPlugin));
  }

  /** PEFT sums in the order given and has no default weights; here they are 1/n. */
  private List<PeftCompat.Adapter> inOrder(List<PluginModule> modules) {
    List<PeftCompat.Adapter> ordered = new ArrayList<>();
    for (int i = 0; i < modules.size(); i++) {
      double weight = weights == null ? 1.0 / modules.size() : weights.get(i);
      ordered.add(new PeftCompat.Adapter(modules.get(i).id(), weight));
    }
    return ordered;
  }

  /** What an adapter's scaling no longer tells once it is read. */
  private static boolean usesRsLora(Path adapter) {
    Path config = adapter.resolve("adapter_config.json");
    try {
      return new ObjectMapper().readTree(config.toFile()).path("use_rslora").asBoolean();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + config, e);
    }
  }

  private void checkUsage() {
    if (weights != null) {
      checkWeights(weights);
    }
    if (compat != null && space != null) {
      throw misuse(
          "expected --compat or --space, found both: PEFT's own formula fixes what is averaged");
    }
    if (rank != null && space == FusionSpace.FACTORS) {
      throw misuse(
          "expected no --rank with --space factors, which keeps the adapters' own, found " + rank);
    }
    if (rank != null && compat != null && !compat.takesRank()) {
      throw misuse("expected --rank with --compat peft-svd only, found it with --compat " + compat);
    }
    if (rank != null && compat != null && rank.number().isEmpty()) {
      throw misuse("expected a whole number as --rank with --compat peft-svd, found " + rank);
    }
  }

  private void checkWeights(List<Double> given) {
    if (given.size() != adapters.size()) {
      throw misuse(
          "expected one weight for each of "
              + adapters.size()
              + " adapters, found "
              + given.size()
              + ": "
              + given);
    }
    for (int i = 0; i < given.size(); i++) {
      if (!Double.isFinite(given.get(i))) {
        throw misuse(
            "expected finite weights, found " + given.get(i) + ", at adapter " + adapters.get(i));
      }
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

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
