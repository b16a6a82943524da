package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DenseSvdBenchmarkTest {
  /** It is the same sum that the factors give. */
  @Test
  void hasTheEnergyOfTheFusion() {
    DenseSvdBenchmark dense = new DenseSvdBenchmark();
    dense.width = 101;
    dense.setUp();
    ProductFusionBenchmark fusion = new ProductFusionBenchmark();
    fusion.width = 101;
    fusion.setUp();
    double energy = fusion.fuse().record().layers().get(ProductFusionBenchmark.layer(0)).energy();
    double found =
        Arrays.stream(dense.decompose().getSingularValues()).map(value -> value * value).sum();
    assertThat(found).isCloseTo(energy, within(1e-9 * energy));
    dense.tearDown();
    fusion.tearDown();
  }
}
