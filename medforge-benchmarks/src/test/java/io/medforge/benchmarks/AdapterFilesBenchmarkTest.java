package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdapterFilesBenchmarkTest {
  private static final String LAYER = "layers.2.self_attn.v_proj.weight";
  private static final int WIDTH = 256;

  private final AdapterFilesBenchmark benchmark = new AdapterFilesBenchmark();
  private final List<LowRankUpdate> inputs = new ArrayList<>();

  @BeforeEach
  void setUp() throws IOException {
    benchmark.threads = 2;
    benchmark.setUp();
    for (Path folder : benchmark.folders()) {
      inputs.add(layer(folder));
    }
  }

  @AfterEach
  void tearDown() throws IOException {
    benchmark.tearDown();
  }

  @Test
  void factorSpaceIsTheMeanOfTheFactors() {
    LowRankUpdate merged = layer(benchmark.factorSpace());
    double[] a = merged.a().toDoubles();
    for (int at : new int[] {0, 1, 777, a.length - 1}) {
      double expected = 0;
      for (int i = 0; i < inputs.size(); i++) {
        expected += AdapterFilesBenchmark.WEIGHTS[i] * inputs.get(i).a().toDoubles()[at];
      }
      assertThat(a[at]).isCloseTo(expected, within(1e-8));
    }
  }

  @Test
  void fullRankAndCatAreTheSumOfTheProducts() {
    assertSum(layer(benchmark.fullRank()));
    LowRankUpdate cat = layer(benchmark.peftCat());
    assertThat(cat.rank()).isEqualTo(48);
    assertSum(cat);
  }

  @Test
  void aCutHasItsRank() {
    PluginModule merged = PeftAdapter.read(benchmark.rank16());
    assertThat(merged.updates()).hasSize(16);
    assertThat(merged.updates().values())
        .allSatisfy(update -> assertThat(((LowRankUpdate) update).rank()).isEqualTo(16));
  }

  @Test
  void peftLinearTakesRootsOfTheCoefficients() {
    LowRankUpdate merged = layer(benchmark.peftLinear());
    double expected = 0;
    for (int i = 0; i < inputs.size(); i++) {
      double root = Math.sqrt(AdapterFilesBenchmark.WEIGHTS[i] * inputs.get(i).scaling());
      expected += root * inputs.get(i).b().toDoubles()[99];
    }
    assertThat(merged.b().toDoubles()[99]).isCloseTo(expected, within(1e-7));
  }

  private void assertSum(LowRankUpdate merged) {
    for (int row : new int[] {0, 100, WIDTH - 1}) {
      for (int column : new int[] {0, 3, WIDTH - 1}) {
        double expected = 0;
        for (int i = 0; i < inputs.size(); i++) {
          expected += AdapterFilesBenchmark.WEIGHTS[i] * element(inputs.get(i), row, column);
        }
        assertThat(element(merged, row, column)).isCloseTo(expected, within(1e-7));
      }
    }
  }

  private static double element(LowRankUpdate update, int row, int column) {
    double[] a = update.a().toDoubles();
    double[] b = update.b().toDoubles();
    int r = (int) update.rank();
    double sum = 0;
    for (int j = 0; j < r; j++) {
      sum += update.scaling() * b[row * r + j] * a[j * WIDTH + column];
    }
    return sum;
  }

  private static LowRankUpdate layer(Path folder) {
    return (LowRankUpdate) PeftAdapter.read(folder).updates().get(LAYER);
  }
}
