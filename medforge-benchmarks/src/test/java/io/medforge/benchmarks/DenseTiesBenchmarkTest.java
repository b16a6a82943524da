package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.PluginModule;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DenseTiesBenchmarkTest {
  /** Sorts to find the thresholds, and elects by the definition. */
  @Test
  void mergesAsTheDefinitionSays() {
    DenseTiesBenchmark benchmark = new DenseTiesBenchmark();
    benchmark.width = 65;
    benchmark.setUp();
    float[][] trimmed =
        benchmark.plugins().stream().map(p -> trimmed(values(p))).toArray(float[][]::new);

    float[] merged = values(benchmark.merge().value());

    for (int at = 0; at < merged.length; at++) {
      double vote = 0;
      for (int i = 0; i < trimmed.length; i++) {
        vote += DenseTiesBenchmark.WEIGHTS[i] * trimmed[i][at];
      }
      double sum = 0;
      double weight = 0;
      for (int i = 0; i < trimmed.length; i++) {
        if (trimmed[i][at] != 0 && (trimmed[i][at] > 0) == (vote >= 0)) {
          sum += DenseTiesBenchmark.WEIGHTS[i] * trimmed[i][at];
          weight += DenseTiesBenchmark.WEIGHTS[i];
        }
      }
      assertThat((double) merged[at]).isCloseTo(weight == 0 ? 0 : sum / weight, within(1e-6));
    }
  }

  private static float[] trimmed(float[] values) {
    float[] magnitudes = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      magnitudes[i] = Math.abs(values[i]);
    }
    Arrays.sort(magnitudes);
    int kept = (int) (DenseTiesBenchmark.DENSITY * values.length);
    float threshold = magnitudes[values.length - kept];
    float[] trimmed = values.clone();
    for (int i = 0; i < trimmed.length; i++) {
      trimmed[i] = Math.abs(trimmed[i]) < threshold ? 0 : trimmed[i];
    }
    return trimmed;
  }

  private static float[] values(PluginModule module) {
    return ((DenseUpdate) module.updates().get(DenseTiesBenchmark.LAYER)).delta().toFloats();
  }
}
