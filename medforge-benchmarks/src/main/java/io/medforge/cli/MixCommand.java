package io.medforge.cli;

import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.mixture.MemoryRecording;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.safetensors.DistilledSetFile;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Pool;
import io.medforge.runtime.onnx.OnnxMixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Keeps several adapters beside each other, with a memory and a gate. */
@Command(
    name = "mix",
    description =
        "Records what every adapter answers on every distilled set, fits a gate, and writes a"
            + " mixture folder.",
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class)
final class MixCommand implements Callable<Integer> {
  private static final int STEPS = 4;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description = "The mixture folder to write.")
  private Path out;

  @Option(
      names = "--base",
      required = true,
      paramLabel = "MODEL.onnx",
      description = "The base model that the adapters belong to.")
  private Path base;

  @Option(
      names = "--base-name",
      paramLabel = "NAME",
      description = "The base model's name, where an adapter's configuration does not state it.")
  private @Nullable String baseName;

  @Mixin private GateOptions gate;

  @Option(
      names = "--pool",
      paramLabel = "linear|log",
      description =
          "Mix probabilities (linear: who says how much adds up) or their logarithms. Default:"
              + " linear.")
  private @Nullable Pool pool;

  @Option(
      names = "--features",
      paramLabel = "penultimate|pooled-input/B|base-output",
      description =
          "What is compared between an input and the memory. Default: penultimate, what enters the"
              + " base's last layer.")
  private @Nullable String features;

  @Option(
      names = "--feature-tensor",
      paramLabel = "NAME",
      description = "The tensor of the model that holds the penultimate features.")
  private @Nullable String featureTensor;

  @Option(
      names = "--per-class",
      paramLabel = "K",
      description = "Remember at most K examples per class of a set (k-means++). Default: all.")
  private @Nullable Integer perClass;

  @Option(
      names = "--join",
      paramLabel = "FROM:TO:CLASS=CLASS,...",
      description =
          "Read the label space FROM in the label space TO: each class of FROM and what it becomes,"
              + " for example birads:finding:4=suspicious,2=benign. May be repeated.")
  private List<String> joins = List.of();

  @Option(
      names = "--onnx",
      paramLabel = "FILE",
      description = "Also write the whole mixture as one model that ONNX Runtime serves alone.")
  private @Nullable Path onnx;

  @Option(names = "--overwrite", description = "Replace OUT if it is a mixture folder.")
  private boolean overwrite;

  @Parameters(
      arity = "1..*",
      paramLabel = "ADAPTER=SET",
      description = "A PEFT adapter folder and its centre's distilled set (.safetensors).")
  private Map<Path, Path> members = new LinkedHashMap<>();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private MixCommand() {}

  @Override
  public Integer call() {
    AtomicFolder.check(out, overwrite);
    checkOnnx();
    List<Path> folders = List.copyOf(members.keySet());
    try (OpenAdapters open = OpenAdapters.open(folders, Optional.ofNullable(baseName));
        ProgressDisplay progress = ProgressDisplay.of("mix")) {
      List<PluginModule> modules = open.modules();
      PluginSet plugins = PluginSet.allowingMissingLayers(modules);
      BaseModel named = modules.get(0).base();
      try (ModelRuntime runtime = OpenBase.of(base, named, Optional.ofNullable(featureTensor))) {
        progress.at(0, STEPS, "recording");
        SortedMap<PluginId, DistilledSet> sets = sets(folders, modules);
        OutputMemory memory = recording(runtime, sets).record(plugins, sets);
        progress.at(1, STEPS, "fitting");
        List<PluginId> arrival = modules.stream().map(PluginModule::id).toList();
        Mixture.Builder mixture = Mixture.gatedBy(gate.gate(memory, arrival));
        Optional.ofNullable(pool).ifPresent(mixture::pool);
        Merged<MixtureModel> merged = mixture.build().merge(plugins);
        progress.at(2, STEPS, "writing");
        StoredMixture stored = new StoredMixture(merged.value(), memory);
        AtomicFolder.write(
            out, overwrite, folder -> MixtureFolder.write(folder, stored, merged.record()));
        progress.at(3, STEPS, "exporting");
        export(stored.model(), named);
        say(MixtureSummary.of(stored, merged.record()));
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private MemoryRecording recording(ModelRuntime runtime, SortedMap<PluginId, DistilledSet> sets) {
    MemoryRecording recording = OutputMemory.recording(runtime);
    if (features != null) {
      recording.features(FeatureExtractor.named(features));
    }
    if (perClass != null) {
      recording.perClass(perClass);
    }
    List<LabelSpace> spaces = sets.values().stream().map(DistilledSet::labels).toList();
    joins.forEach(join -> recording.joining(LabelJoin.parse(join, spaces)));
    return recording;
  }

  private SortedMap<PluginId, DistilledSet> sets(List<Path> folders, List<PluginModule> modules) {
    SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
    List<Path> files = new ArrayList<>(members.values());
    for (int i = 0; i < folders.size(); i++) {
      sets.put(modules.get(i).id(), DistilledSetFile.read(files.get(i)));
    }
    return sets;
  }

  private void export(MixtureModel model, BaseModel named) {
    if (onnx == null) {
      return;
    }
    OnnxMixture exporter =
        featureTensor == null
            ? OnnxMixture.of(base, named)
            : OnnxMixture.of(base, named, featureTensor);
    exporter.write(model.parameters(), onnx);
  }

  private void checkOnnx() {
    if (onnx != null && Files.exists(onnx) && !overwrite) {
      throw new IllegalArgumentException(
          "expected no file yet, found one, at " + onnx + " (replace it with --overwrite)");
    }
  }

  private void say(String summary) {
    spec.commandLine().getOut().print(summary);
    spec.commandLine().getOut().println("wrote " + out + (onnx == null ? "" : " and " + onnx));
    spec.commandLine().getOut().flush();
  }
}
