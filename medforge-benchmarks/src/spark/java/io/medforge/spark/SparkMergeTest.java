package io.medforge.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.merge.checkpoint.CheckpointFusion;
import io.medforge.merge.checkpoint.MergedModel;
import io.medforge.merge.checkpoint.ModelTensors;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.checkpoint.Checkpoint;
import io.medforge.plugin.checkpoint.CheckpointWriter;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On the master of the system property {@code spark.master}. */
class SparkMergeTest {
  private static final int FILES = 3;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"linear", "ties"})
  void sparkWritesTheBytesOfOneProcess(String method) throws IOException {
    List<Path> models = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      models.add(write(folder.resolve("model-" + i), i));
    }
    Path whole = folder.resolve("whole");
    mergeInOneProcess(method, models, whole);
    Path sparks = folder.resolve("sparks");
    SparkConf conf =
        new SparkConf()
            .setAppName("test")
            .setMaster(System.getProperty("spark.master", "local[2]"))
            .set("spark.ui.enabled", "false")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      SparkMerge.merge(spark, method, models, sparks);
    }
    try (Stream<Path> files = Files.list(whole)) {
      List<Path> expected = files.toList();
      assertThat(expected).hasSize(FILES + 2);
      for (Path file : expected) {
        assertThat(sparks.resolve(file.getFileName())).hasSameBinaryContentAs(file);
      }
    }
    try (Stream<Path> beside = Files.list(folder)) {
      assertThat(beside.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("model-0", "model-1", "model-2", "whole", "sparks");
    }
  }

  @Test
  void saysWhatItNeeds() {
    assertThatThrownBy(() -> SparkMerge.main(new String[] {"slerp", "out", "a", "b"}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected linear|ties OUT MODEL MODEL..., found [slerp");
  }

  private static void mergeInOneProcess(String method, List<Path> models, Path out) {
    List<Checkpoint> open = models.stream().map(Checkpoint::open).toList();
    List<ModelTensors> tensors =
        open.stream().map(model -> new ModelTensors("" + model.path(), model.tensors())).toList();
    MergedModel merged =
        method.equals("ties")
            ? CheckpointFusion.ties()
                .density(0.5)
                .build()
                .merge(tensors.get(0), tensors.subList(1, 3))
            : CheckpointFusion.linear().build().merge(tensors);
    CheckpointWriter.like(open.get(0))
        .to(out)
        .tensors(merged.tensors())
        .identity(Digest.of(new byte[] {1}))
        .build()
        .write();
    open.forEach(Checkpoint::close);
  }

  /** Two tensors in each of three files, an index and a configuration. */
  private static Path write(Path model, long seed) throws IOException {
    Files.createDirectory(model);
    Files.writeString(model.resolve("config.json"), "{\"hidden_size\": 8}");
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder index = new StringBuilder();
    for (int file = 0; file < FILES; file++) {
      Map<String, Tensor> tensors = new TreeMap<>();
      String name = "m-" + file + ".safetensors";
      for (int tensor = 0; tensor < 2; tensor++) {
        float[] values = new float[50_000];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) random.nextGaussian();
        }
        String layer = "layer." + file + "." + tensor;
        tensors.put(layer, Tensor.of(Shape.of(values.length), values));
        index.append(index.isEmpty() ? "" : ", ");
        index.append('"').append(layer).append("\": \"").append(name).append('"');
      }
      SafetensorsWriter.to(model.resolve(name)).write(tensors);
    }
    Files.writeString(
        model.resolve("model.safetensors.index.json"),
        "{\"metadata\": {\"total_size\": 1200000}, \"weight_map\": {" + index + "}}");
    return model;
  }
}
