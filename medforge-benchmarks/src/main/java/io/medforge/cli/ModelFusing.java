package io.medforge.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.checkpoint.AdapterFolding;
import io.medforge.merge.checkpoint.CheckpointFusion;
import io.medforge.merge.checkpoint.MergedModel;
import io.medforge.merge.checkpoint.ModelTensors;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DigestingTensors;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.checkpoint.CheckpointWriter;
import io.medforge.plugin.checkpoint.WritePlan;
import io.medforge.plugin.checkpoint.WriteProgress;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;

/**
 * {@code fuse} on whole models: opens them, plans, and writes tile by tile.
 *
 * @param recipe what is done
 * @param out the folder to write
 * @param options how it runs
 * @param json whether the record is printed instead of the plan
 * @param print standard output
 */
record ModelFusing(
    ModelRecipe recipe, Path out, ModelOptions options, boolean json, PrintWriter print) {
  private static final double MEGA = 1e6;

  /** A model's own would not be true of the output. */
  private static final Set<String> RECORDS = Set.of(FuseCommand.RECORD, FuseCommand.RECIPE);

  private static final Set<String> BESIDE =
      Set.of(FuseCommand.RECORD, FuseCommand.RECIPE, FuseCommand.CARD);

  /** What was opened, and what it is merged to. */
  private record Merge(
      MergedModel merged, DigestingTensors result, OpenModels models, List<PluginModule> adapters) {
    Merge(MergedModel merged, OpenModels models, List<PluginModule> adapters) {
      this(merged, DigestingTensors.of(merged.tensors()), models, adapters);
    }
  }

  /** Whether anything is asked of the models' digests. */
  private boolean isDigested() {
    return !options.plan && (!options.noRecord || recipe.isPinned());
  }

  /** Plans or writes. */
  void run() {
    if (json && (options.noRecord || options.plan)) {
      throw new IllegalArgumentException(
          "expected --json with a record to print, found --no-record or --plan");
    }
    List<Path> inputs = recipe.inputs().stream().map(FusionRecipe.Source::path).toList();
    try (OpenModels open = new OpenModels(isDigested())) {
      ModelTensors model = recipe.model().map(source -> open.add(source.path())).orElse(null);
      if (recipe.kind() == ModelRecipe.Kind.FUSE) {
        List<ModelTensors> models = new ArrayList<>();
        inputs.forEach(input -> models.add(open.add(input)));
        CheckpointFusion fusion = settings().build();
        MergedModel merged = model == null ? fusion.merge(models) : fusion.merge(model, models);
        write(new Merge(merged, open, List.of()));
      } else if (model != null) {
        try (OpenAdapters adapters = OpenAdapters.open(inputs, Optional.empty())) {
          List<PluginModule> modules = adapters.modules();
          write(
              new Merge(
                  recipe.kind() == ModelRecipe.Kind.INTO
                      ? AdapterFolding.fold(model, modules, recipe.weights())
                      : AdapterFolding.unfold(model, modules, recipe.weights()),
                  open,
                  modules));
        }
      }
    }
  }

  private CheckpointFusion.Builder settings() {
    double[] weights = recipe.weights();
    Map<String, Double> numbers = recipe.settings().values();
    CheckpointFusion.Builder settings =
        switch (recipe.method()) {
          case MEAN -> CheckpointFusion.linear().weights(weights);
          case TASK_ARITHMETIC -> CheckpointFusion.taskArithmetic().weights(weights);
          case TIES -> CheckpointFusion.ties().weights(weights);
          default -> CheckpointFusion.slerp(numbers.getOrDefault("t", 0.5));
        };
    recipe.dtype().ifPresent(settings::outputType);
    if (numbers.containsKey("lambda")) {
      settings.lambda(numbers.get("lambda"));
    }
    if (numbers.containsKey("density") || recipe.method() == FusionMethod.TIES) {
      settings.density(numbers.getOrDefault("density", 0.2));
    }
    if (numbers.containsKey("normalize")) {
      settings.normalised(numbers.get("normalize") != 0);
    } else if (recipe.method() == FusionMethod.MEAN) {
      settings.normalised(false);
    }
    return settings;
  }

  private void write(Merge merge) {
    int threads =
        options.threads == null ? Runtime.getRuntime().availableProcessors() : options.threads;
    if (threads < 1) {
      throw new IllegalArgumentException("expected --threads of at least 1, found " + threads);
    }
    OpenModels open = merge.models();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    AtomicReference<MergeRecord> record = new AtomicReference<>();
    try (ProgressDisplay progress = ProgressDisplay.of("fuse")) {
      CheckpointWriter.Builder writing =
          CheckpointWriter.like(open.first())
              .to(out)
              .tensors(options.noRecord ? merge.merged().tensors() : merge.result().tensors())
              .identity(open.identity(merge.merged().description()))
              .workingBytes(merge.merged().workingBytes())
              .executor(executor, threads)
              .beside(
                  options.noRecord ? RECORDS : BESIDE,
                  written -> {
                    open.digest(executor);
                    pinned(merge);
                    return options.noRecord ? Map.of() : beside(merge, written, record);
                  })
              .listener(done -> show(done, progress));
      if (options.memory != null) {
        writing.memory(options.memory);
      }
      if (options.resume) {
        writing.resume();
      }
      CheckpointWriter writer = writing.build();
      if (!json) {
        describe(merge.merged(), writer.plan(), open);
      }
      if (!options.plan) {
        if (options.resume && recipe.isPinned()) {
          // Before a killed run's work is lost to a model that is another.
          open.digest(executor);
        }
        pinned(merge);
        writeAll(writer);
      }
      if (record.get() != null) {
        tell(record.get());
      }
      print.flush();
    } finally {
      executor.shutdownNow();
    }
  }

  private void writeAll(CheckpointWriter writer) {
    long begun = System.nanoTime();
    writer.write();
    double seconds = (System.nanoTime() - begun) / 1e9;
    if (!json) {
      print.printf(
          Locale.ROOT,
          "wrote    %s in %.1f s (%.0f MB/s)%n",
          out,
          seconds,
          writer.plan().bytes() / MEGA / Math.max(1e-3, seconds));
    }
  }

  private void tell(MergeRecord record) {
    if (json) {
      ObjectNode document = MergeRecordJson.of(record);
      document.put("out", out.toString());
      print.print(CanonicalJson.toText(document));
    } else {
      print.println("digest   " + record.result());
    }
  }

  /**
   * The recipe with the digest of everything that was read: of adapters at once, of models when
   * they have gone by.
   *
   * @throws IllegalArgumentException if something is not what the recipe pinned
   */
  private ModelRecipe pinned(Merge merge) {
    OpenModels open = merge.models();
    List<FusionRecipe.Source> inputs = new ArrayList<>();
    int first = recipe.model().isPresent() ? 1 : 0;
    for (int i = 0; i < recipe.inputs().size(); i++) {
      FusionRecipe.Source input = recipe.inputs().get(i);
      inputs.add(
          merge.adapters().isEmpty()
              ? open.pinned(input, first + i)
              : OpenModels.pinned(input, merge.adapters().get(i).digest(), "adapter"));
    }
    return recipe.of(recipe.model().map(model -> open.pinned(model, 0)), inputs);
  }

  private Map<String, byte[]> beside(
      Merge merge, SortedMap<String, Tensor> written, AtomicReference<MergeRecord> made) {
    OpenModels open = merge.models();
    List<MergeRecord.Parent> parents = new ArrayList<>();
    merge.adapters().forEach(a -> parents.add(new MergeRecord.Parent(a.id(), a.digest())));
    if (parents.isEmpty()) {
      for (int i = recipe.model().isPresent() ? 1 : 0; i < open.all().size(); i++) {
        parents.add(open.parent(i));
      }
    }
    BaseModel base = open.base(0, OpenModels.nameOf(open.first().path()));
    MergeRecord record = merge.merged().record(base, parents, merge.result().digest(written));
    made.set(record);
    return Map.of(
        FuseCommand.RECORD,
        bytes(CanonicalJson.toText(MergeRecordJson.of(record))),
        FuseCommand.RECIPE,
        bytes(RecipeWriter.toYaml(pinned(merge), out)),
        FuseCommand.CARD,
        bytes(ModelCard.ofModel(record, merge.adapters()).toMarkdown()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void describe(MergedModel merged, WritePlan plan, OpenModels open) {
    print.println("method   " + merged.description());
    open.all().forEach(model -> print.println("reads    " + model));
    print.printf(
        Locale.ROOT,
        "reads    %.1f MB of tensors, each byte %s%n",
        open.byteSize() / MEGA,
        merged.reading());
    print.printf(
        Locale.ROOT,
        "writes   %d tensors in %d files, %.1f MB, to %s%n",
        plan.tensors(),
        plan.files(),
        plan.bytes() / MEGA,
        plan.target());
    print.printf(
        Locale.ROOT,
        "memory   at most %.1f MB for tiles, %d at a time%n",
        plan.peakBytes() / MEGA,
        plan.parallelism());
    plan.copied().forEach(file -> print.println("copies   " + file.getFileName()));
    plan.leftOut().forEach(file -> print.println("without  " + file.getFileName()));
  }

  private static void show(WriteProgress done, ProgressDisplay progress) {
    String left =
        done.remaining().map(time -> ", " + (time.toSeconds() + 1) + " s left").orElse("");
    progress.at(
        (int) (done.doneBytes() >> 20),
        (int) (done.totalBytes() >> 20),
        String.format(Locale.ROOT, "%.0f MB/s%s", done.bytesPerSecond() / MEGA, left));
  }
}
