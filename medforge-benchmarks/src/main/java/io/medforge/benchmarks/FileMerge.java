package io.medforge.benchmarks;

import io.medforge.merge.checkpoint.CheckpointFusion;
import io.medforge.merge.checkpoint.MergedModel;
import io.medforge.merge.checkpoint.ModelTensors;
import io.medforge.plugin.Digest;
import io.medforge.plugin.DigestingTensors;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.checkpoint.Checkpoint;
import io.medforge.plugin.checkpoint.CheckpointWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Whole models merged from files to files as an application does it: opened, checked, merged,
 * forced to the disk, renamed, closed.
 *
 * @param method how
 * @param models where they are; for {@link Method#TIES} the first is the base
 * @param threads how many tiles are computed at a time
 * @param hashed whether models and result are hashed meanwhile, as a record needs it
 */
record FileMerge(Method method, List<Path> models, int threads, boolean hashed) {
  static final double DENSITY = 0.5;

  /** How models become one; every model has the same weight. */
  enum Method {
    LINEAR,
    TIES
  }

  FileMerge {
    models = List.copyOf(models);
  }

  FileMerge(Method method, List<Path> models, int threads) {
    this(method, models, threads, false);
  }

  /**
   * What was written.
   *
   * @param bytes of the output's tensors
   * @param digests of the models and the result, if they were hashed
   */
  record Written(long bytes, List<Digest> digests) {}

  /** Merges into a folder that does not exist. */
  Written to(Path out) {
    List<Checkpoint> open = new ArrayList<>();
    List<DigestingTensors> digesting = new ArrayList<>();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      models.forEach(model -> open.add(Checkpoint.open(model)));
      MergedModel merged =
          merged(
              open.stream()
                  .map(
                      model ->
                          new ModelTensors(
                              model.path().toString(), watched(model.tensors(), digesting)))
                  .toList());
      Digest.Builder what = Digest.builder().add(merged.description());
      open.forEach(model -> what.add(model.identity()));
      CheckpointWriter writer =
          CheckpointWriter.like(open.get(0))
              .to(out)
              .tensors(watched(merged.tensors(), digesting))
              .identity(what.build())
              .workingBytes(merged.workingBytes())
              .executor(executor, threads)
              .build();
      writer.write();
      return new Written(
          writer.plan().bytes(), digesting.stream().map(DigestingTensors::digest).toList());
    } finally {
      executor.shutdown();
      open.forEach(Checkpoint::close);
    }
  }

  private SortedMap<String, Tensor> watched(
      SortedMap<String, Tensor> tensors, List<DigestingTensors> digesting) {
    if (!hashed) {
      return tensors;
    }
    DigestingTensors last = DigestingTensors.of(tensors);
    digesting.add(last);
    return last.tensors();
  }

  private MergedModel merged(List<ModelTensors> tensors) {
    if (method == Method.TIES) {
      return CheckpointFusion.ties()
          .density(DENSITY)
          .weights(weights(tensors.size() - 1))
          .build()
          .merge(tensors.get(0), tensors.subList(1, tensors.size()));
    }
    return CheckpointFusion.linear().weights(weights(tensors.size())).build().merge(tensors);
  }

  private static double[] weights(int n) {
    double[] weights = new double[n];
    Arrays.fill(weights, 1.0 / n);
    return weights;
  }
}
