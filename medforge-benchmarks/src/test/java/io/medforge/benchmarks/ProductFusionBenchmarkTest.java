package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProductFusionBenchmarkTest {
  private static final String LAYER = ProductFusionBenchmark.layer(1);

  private final ProductFusionBenchmark benchmark = new ProductFusionBenchmark();

  @AfterEach
  void tearDown() {
    benchmark.tearDown();
  }

  /** Against the dense sum and EJML's dense decomposition: no rank-16 matrix is nearer. */
  @ParameterizedTest
  @ValueSource(ints = {64, 101, 768})
  void fusionIsTheBestApproximationOfTheDenseAverage(int width) {
    benchmark.width = width;
    benchmark.threads = 2;
    benchmark.setUp();
    DMatrixRMaj exact = new DMatrixRMaj(width, width);
    for (PluginModule plugin : benchmark.plugins()) {
      CommonOps_DDRM.addEquals(exact, 1.0 / ProductFusionBenchmark.PLUGINS, dense(plugin));
    }
    double[] singular = singularValues(exact);
    double total = Arrays.stream(singular).map(s -> s * s).sum();
    double lost = Arrays.stream(singular).skip(ProductFusionBenchmark.RANK).map(s -> s * s).sum();

    Merged<PluginModule> fused = benchmark.fuse();

    MergeRecord.Layer layer = fused.record().layers().get(LAYER);
    assertThat(layer.rank()).isEqualTo(ProductFusionBenchmark.RANK);
    assertThat(layer.energy()).isCloseTo(total, within(1e-9 * total));
    assertThat(layer.discardedEnergy()).isCloseTo(lost / total, within(1e-9));
    DMatrixRMaj error = new DMatrixRMaj(width, width);
    CommonOps_DDRM.subtract(exact, dense(fused.value()), error);
    double distance = NormOps_DDRM.normF(error);
    assertThat(distance * distance).isCloseTo(lost, within(1e-6 * total));
  }

  private static double[] singularValues(DMatrixRMaj matrix) {
    var svd = DecompositionFactory_DDRM.svd(matrix.numRows, matrix.numCols, false, false, false);
    assertThat(svd.decompose(matrix.copy())).isTrue();
    double[] values = Arrays.copyOf(svd.getSingularValues(), matrix.numRows);
    SingularOps_DDRM.descendingOrder(null, false, values, values.length, null, false);
    return values;
  }

  private static DMatrixRMaj dense(PluginModule plugin) {
    LowRankUpdate update = (LowRankUpdate) plugin.updates().get(LAYER);
    int r = (int) update.rank();
    DMatrixRMaj a = new DMatrixRMaj(r, (int) update.in(), true, update.a().toDoubles());
    DMatrixRMaj b = new DMatrixRMaj((int) update.out(), r, true, update.b().toDoubles());
    DMatrixRMaj product = new DMatrixRMaj(b.numRows, a.numCols);
    CommonOps_DDRM.mult(update.scaling(), b, a, product);
    return product;
  }
}
