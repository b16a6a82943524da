package io.medforge.cli;

import io.medforge.merge.checkpoint.AdapterFolding;
import io.medforge.merge.checkpoint.CheckpointFusion;
import io.medforge.merge.checkpoint.MergedModel;
import io.medforge.merge.checkpoint.ModelTensors;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.checkpoint.Checkpoint;
import io.medforge.plugin.checkpoint.CheckpointWriter;
import io.medforge.plugin.checkpoint.WritePlan;
import io.medforge.plugin.checkpoint.WriteProgress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * {@code fuse} on whole models: opens them, plans, and writes tile by tile.
 *
 * @param inputs models, or the adapters to fold
 * @param out the folder to write
 * @param options what is about models
 * @param recipe what is said of the method
 * @param print standard output
 */
record ModelFusing(
    List<Path> inputs, Path out, ModelOptions options, RecipeOptions recipe, PrintWriter print) {
  private static final double MEGA = 1e6;

  /** Plans or writes. */
  void run() {
    if (options.into != null || options.outOf != null) {
      fold();
    } else {
      fuse();
    }
  }

  private void fuse() {
    RecipeOptions.ModelMethod method = recipe.modelMethod(inputs.size());
    boolean against =
        method.method() == FusionMethod.TASK_ARITHMETIC || method.method() == FusionMethod.TIES;
    if (against != (options.base != null)) {
      throw new IllegalArgumentException(
          against
              ? "expected a --base-model for --method " + method.method() + ", found none"
              : "expected no --base-model for --method " + method.method() + ", found one");
    }
    CheckpointFusion.Builder settings = settings(method);
    if (options.dtype != null) {
      settings.outputType(options.dtype);
    }
    try (OpenModels open = new OpenModels()) {
      List<ModelTensors> models = new ArrayList<>();
      ModelTensors base = options.base == null ? null : open.add(options.base);
      for (Path input : inputs) {
        models.add(open.add(input));
      }
      CheckpointFusion fusion = settings.build();
      MergedModel merged = base == null ? fusion.merge(models) : fusion.merge(base, models);
      write(merged, open);
    }
  }

  private static CheckpointFusion.Builder settings(RecipeOptions.ModelMethod method) {
    double[] weights = method.weights();
    SortedMap<String, Double> numbers = method.settings();
    CheckpointFusion.Builder settings =
        switch (method.method()) {
          case MEAN -> CheckpointFusion.linear().weights(weights);
          case TASK_ARITHMETIC -> CheckpointFusion.taskArithmetic().weights(weights);
          case TIES -> CheckpointFusion.ties().weights(weights);
          case SLERP -> CheckpointFusion.slerp(numbers.getOrDefault("t", 0.5));
          default ->
              throw new IllegalArgumentException(
                  "expected mean, task-arithmetic, ties or slerp for whole models, found "
                      + method.method());
        };
    if (numbers.containsKey("lambda")) {
      settings.lambda(numbers.get("lambda"));
    }
    if (numbers.containsKey("density")) {
      settings.density(numbers.get("density"));
    } else if (method.method() == FusionMethod.TIES) {
      settings.density(0.2);
    }
    boolean slerp = method.method() == FusionMethod.SLERP;
    if (numbers.containsKey("normalize")) {
      settings.normalised(numbers.get("normalize") != 0);
    } else if (method.method() == FusionMethod.MEAN) {
      settings.normalised(false);
    }
    for (String name : numbers.keySet()) {
      if (!List.of("lambda", "density", "normalize").contains(name)
          && !(slerp && name.equals("t"))) {
        throw new IllegalArgumentException(
            "expected lambda, density, normalize or slerp's t as a setting, found " + name);
      }
    }
    return settings;
  }

  private void fold() {
    if (options.into != null && options.outOf != null) {
      throw new IllegalArgumentException("expected --into or --out-of, found both");
    }
    if (options.base != null || options.dtype != null) {
      throw new IllegalArgumentException(
          "expected no --base-model and no --dtype with --into and --out-of, found one");
    }
    Path model = Objects.requireNonNull(options.into != null ? options.into : options.outOf);
    RecipeOptions.ModelMethod method = recipe.modelMethod(inputs.size());
    if (method.method() != FusionMethod.MEAN || !method.settings().isEmpty()) {
      throw new IllegalArgumentException(
          "expected no --method and no setting with --into and --out-of, found "
              + method.method()
              + " "
              + method.settings());
    }
    double[] weights = method.weights();
    if (!method.weighted()) {
      Arrays.fill(weights, 1);
    }
    try (OpenModels open = new OpenModels();
        OpenAdapters adapters = OpenAdapters.open(inputs, Optional.empty())) {
      ModelTensors base = open.add(model);
      List<PluginModule> modules = adapters.modules();
      write(
          options.into != null
              ? AdapterFolding.fold(base, modules, weights)
              : AdapterFolding.unfold(base, modules, weights),
          open);
    }
  }

  private void write(MergedModel merged, OpenModels open) {
    int threads =
        options.threads == null ? Runtime.getRuntime().availableProcessors() : options.threads;
    if (threads < 1) {
      throw new IllegalArgumentException("expected --threads of at least 1, found " + threads);
    }
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try (ProgressDisplay progress = ProgressDisplay.of("fuse")) {
      CheckpointWriter.Builder writing =
          CheckpointWriter.like(open.first())
              .to(out)
              .tensors(merged.tensors())
              .identity(open.identity(merged.description()))
              .workingBytes(merged.workingBytes())
              .executor(executor, threads)
              .listener(done -> show(done, progress));
      if (options.memory != null) {
        writing.memory(options.memory);
      }
      if (options.resume) {
        writing.resume();
      }
      CheckpointWriter writer = writing.build();
      describe(merged, writer.plan(), open);
      if (!options.plan) {
        long begun = System.nanoTime();
        writer.write();
        double seconds = (System.nanoTime() - begun) / 1e9;
        print.printf(
            Locale.ROOT,
            "wrote %s in %.1f s (%.0f MB/s)%n",
            out,
            seconds,
            writer.plan().bytes() / MEGA / Math.max(1e-3, seconds));
      }
      print.flush();
    } finally {
      executor.shutdownNow();
    }
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

  /** Models that are open together. */
  private static final class OpenModels implements AutoCloseable {
    private final List<Checkpoint> open = new ArrayList<>();

    ModelTensors add(Path path) {
      Checkpoint model = Checkpoint.open(path);
      open.add(model);
      return new ModelTensors(path.toString(), model.tensors());
    }

    /** The base, or the first model: what the output is written like. */
    Checkpoint first() {
      return open.get(0);
    }

    List<Checkpoint> all() {
      return open;
    }

    long byteSize() {
      return open.stream().mapToLong(Checkpoint::byteSize).sum();
    }

    Digest identity(String description) {
      Digest.Builder all = Digest.builder().add(description);
      open.forEach(model -> all.add(model.identity()));
      return all.build();
    }

    @Override
    public void close() {
      open.forEach(Checkpoint::close);
    }
  }
}
