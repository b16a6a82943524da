package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.DType;
import io.medforge.plugin.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is measured gives the right answers, on small models. */
class ModelFilesBenchmarkTest {
  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16"})
  void mergesAndCopies(DType type) throws IOException {
    ModelFilesBenchmark benchmark = new ModelFilesBenchmark();
    benchmark.megabytes = 1;
    benchmark.type = type;
    benchmark.threads = 2;
    benchmark.setUp();
    try {
      float[][] x = new float[3][];
      for (int i = 0; i < 3; i++) {
        x[i] = tensor(benchmark.folder.resolve("model-" + i + ".safetensors"));
      }
      float[] found = tensor(benchmark.linear());
      for (int i = 0; i < found.length; i++) {
        assertThat(Math.abs(found[i] - (0.5f * x[0][i] + 0.3f * x[1][i] + 0.2f * x[2][i])))
            .isLessThan(0.004f);
      }
      benchmark.removeOutput();
      assertTies(x, tensor(benchmark.ties()));
      benchmark.removeOutput();
      for (boolean forced : new boolean[] {true, false}) {
        assertThat(forced ? benchmark.copy() : benchmark.copyUnforced())
            .hasSameBinaryContentAs(benchmark.folder.resolve("model-1.safetensors"));
        assertThat(benchmark.folder.resolve("copy-0"))
            .hasSameBinaryContentAs(benchmark.folder.resolve("model-0.safetensors"));
        benchmark.removeOutput();
      }
    } finally {
      benchmark.tearDown();
    }
    assertThat(benchmark.folder).doesNotExist();
  }

  /**
   * By the definition, but for elements as large as the threshold: which of equal ones are kept is
   * the merge's own rule, and there are many in models that repeat a block.
   */
  private static void assertTies(float[][] x, float[] found) {
    float[] one = change(x[1], x[0]);
    float[] two = change(x[2], x[0]);
    float first = threshold(one);
    float second = threshold(two);
    for (int at = 0; at < found.length; at++) {
      if (Math.abs(one[at]) != first && Math.abs(two[at]) != second) {
        double a = Math.abs(one[at]) < first ? 0 : one[at];
        double b = Math.abs(two[at]) < second ? 0 : two[at];
        boolean up = a + b >= 0;
        int voters = (a != 0 && a > 0 == up ? 1 : 0) + (b != 0 && b > 0 == up ? 1 : 0);
        double sum = (a > 0 == up ? a : 0) + (b > 0 == up ? b : 0);
        assertThat(Math.abs(found[at] - (x[0][at] + sum / Math.max(1, voters)))).isLessThan(0.008);
      }
    }
  }

  private static float[] change(float[] values, float[] base) {
    float[] change = new float[values.length];
    for (int at = 0; at < change.length; at++) {
      change[at] = values[at] - base[at];
    }
    return change;
  }

  /** Of the upper half. */
  private static float threshold(float[] values) {
    float[] sizes = values.clone();
    for (int at = 0; at < sizes.length; at++) {
      sizes[at] = Math.abs(sizes[at]);
    }
    Arrays.sort(sizes);
    return sizes[sizes.length / 2];
  }

  private static float[] tensor(Path model) {
    try (Checkpoint open = Checkpoint.open(model)) {
      return open.tensors().get("layer.1000").toFloats();
    }
  }
}
