package io.medforge.spark;

import io.medforge.plugin.checkpoint.Checkpoint;
import io.medforge.plugin.checkpoint.CheckpointShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * An example, not a part of the library: whole models merged by Apache Spark, a task for each file
 * of the output, with the same bytes as one process writes. Merging is independent per tensor, so
 * nothing but names travels between machines; all of them see the models and the output on one file
 * system.
 */
public final class SparkMerge {
  private static final List<String> METHODS = List.of("linear", "ties");

  private SparkMerge() {}

  /**
   * Merges on the master that {@code spark-submit} names.
   *
   * @param args {@code linear} or {@code ties}, the folder to be made, and the models; for ties the
   *     base first
   * @throws IOException if the output cannot be written
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 4 || !METHODS.contains(args[0])) {
      throw new IllegalArgumentException(
          "expected linear|ties OUT MODEL MODEL..., found " + Arrays.toString(args));
    }
    List<Path> models = Arrays.stream(args, 2, args.length).map(Path::of).toList();
    try (JavaSparkContext spark = new JavaSparkContext(new SparkConf().setAppName("MedForge"))) {
      merge(spark, args[0], models, Path.of(args[1]));
    }
  }

  /** Merges; a failed run may be repeated and computes only the files that are missing. */
  static void merge(JavaSparkContext spark, String method, List<Path> models, Path out)
      throws IOException {
    Path parts = out.resolveSibling(out.getFileName() + "-parts");
    List<String> names = models.stream().map(path -> path.toAbsolutePath().toString()).toList();
    try (Checkpoint like = Checkpoint.open(models.get(0))) {
      List<ShardTask> tasks =
          CheckpointShards.of(like).keySet().stream()
              .map(file -> new ShardTask(method, names, file, parts.toAbsolutePath().toString()))
              .toList();
      List<String> done = spark.parallelize(tasks, tasks.size()).map(ShardTask::run).collect();
      CheckpointShards.join(like, parts, out);
      for (String file : done) {
        Files.delete(parts.resolve(file));
      }
      Files.delete(parts);
    }
  }
}
