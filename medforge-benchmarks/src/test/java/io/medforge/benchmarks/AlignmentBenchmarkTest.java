package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.ConflictReport;
import io.medforge.merge.alignment.LayerConflict;
import io.medforge.merge.alignment.LowRankGram;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against dense matrices and EJML. */
class AlignmentBenchmarkTest {
  private static final int WIDTH = 48;
  private static final String LAYER = "layers.0.self_attn.k_proj.weight";

  private final AlignmentBenchmark benchmark = new AlignmentBenchmark();

  @BeforeEach
  void setUp() {
    benchmark.width = WIDTH;
    benchmark.setUp();
  }

  /** The turn is optimal exactly if B^T B_0 + A A_0^T is symmetric and positive semidefinite. */
  @Test
  void procrustesTurnsNoUpdateAndEachAsFarAsItGoes() {
    PluginSet aligned = benchmark.procrustes();
    assertSameUpdates(aligned);
    List<LowRankUpdate> updates = updates(aligned);
    assertThat(updates).anySatisfy(reference -> assertAllTurnedTo(updates, reference));
  }

  private static void assertAllTurnedTo(List<LowRankUpdate> updates, LowRankUpdate reference) {
    for (LowRankUpdate update : updates) {
      DMatrixRMaj cross = new DMatrixRMaj((int) update.rank(), (int) update.rank());
      CommonOps_DDRM.multTransA(b(update), b(reference), cross);
      CommonOps_DDRM.multAddTransB(a(update), a(reference), cross);
      DMatrixRMaj transposed = CommonOps_DDRM.transpose(cross, null);
      double size = NormOps_DDRM.normF(cross);
      assertThat(distance(cross, transposed)).isLessThan(1e-9 * size);
      CommonOps_DDRM.addEquals(cross, transposed);
      var eigen = DecompositionFactory_DDRM.eig(cross.numRows, false, true);
      assertThat(eigen.decompose(cross)).isTrue();
      for (int i = 0; i < eigen.getNumberOfEigenvalues(); i++) {
        assertThat(eigen.getEigenvalue(i).getReal()).isGreaterThan(-1e-9 * size);
      }
    }
  }

  @Test
  void theSharedBasisIsOneOrthonormalBasis() {
    PluginSet aligned = benchmark.sharedSubspace();
    assertSameUpdates(aligned);
    DMatrixRMaj basis = b(updates(aligned).get(0));
    updates(aligned).forEach(update -> assertThat(distance(b(update), basis)).isZero());
    DMatrixRMaj gram = new DMatrixRMaj(basis.numCols, basis.numCols);
    CommonOps_DDRM.multTransA(basis, basis, gram);
    assertThat(distance(gram, CommonOps_DDRM.identity(basis.numCols))).isLessThan(1e-10);
  }

  @Test
  void innerProductsAreThoseOfTheDenseUpdates() {
    LowRankGram gram = benchmark.gram();
    List<PluginModule> plugins = benchmark.plugins().plugins();
    for (int i = 0; i < plugins.size(); i++) {
      for (int j = 0; j < plugins.size(); j++) {
        double expected = 0;
        for (String layer : plugins.get(i).updates().keySet()) {
          expected += inner(dense(plugins.get(i), layer), dense(plugins.get(j), layer));
        }
        assertThat(gram.inner(i, j)).isCloseTo(expected, within(1e-9 * gram.inner(i, i)));
      }
    }
  }

  @Test
  void theReportCountsWhatDenseUpdatesShow() {
    ConflictReport report = benchmark.conflictReport();
    LayerConflict layer = report.layers().get(LAYER);
    List<PluginModule> plugins = benchmark.plugins().plugins();
    DMatrixRMaj first = dense(plugins.get(0), LAYER);
    DMatrixRMaj second = dense(plugins.get(1), LAYER);
    double opposed = 0;
    for (int at = 0; at < first.data.length; at++) {
      opposed += first.data[at] * second.data[at] < 0 ? 1 : 0;
    }
    assertThat(layer.signConflict(0, 1)).isCloseTo(opposed / first.data.length, within(1e-12));
    double cosine = inner(first, second) / (NormOps_DDRM.normF(first) * NormOps_DDRM.normF(second));
    assertThat(layer.cosine(0, 1)).isCloseTo(cosine, within(1e-9));
    assertThat(report.layers()).hasSize(4);
  }

  private void assertSameUpdates(PluginSet aligned) {
    List<PluginModule> before = benchmark.plugins().plugins();
    assertThat(aligned.plugins()).hasSize(AlignmentBenchmark.PLUGINS);
    for (PluginModule plugin : before) {
      PluginModule written =
          aligned.plugins().stream()
              .filter(p -> p.id().equals(plugin.id()))
              .findFirst()
              .orElseThrow();
      DMatrixRMaj dense = dense(plugin, LAYER);
      assertThat(distance(dense(written, LAYER), dense))
          .isLessThan(1e-11 * NormOps_DDRM.normF(dense));
    }
  }

  private static List<LowRankUpdate> updates(PluginSet plugins) {
    List<LowRankUpdate> updates = new ArrayList<>();
    plugins.plugins().forEach(p -> updates.add((LowRankUpdate) p.updates().get(LAYER)));
    return updates;
  }

  private static DMatrixRMaj a(LowRankUpdate update) {
    return new DMatrixRMaj((int) update.rank(), (int) update.in(), true, update.a().toDoubles());
  }

  private static DMatrixRMaj b(LowRankUpdate update) {
    return new DMatrixRMaj((int) update.out(), (int) update.rank(), true, update.b().toDoubles());
  }

  private static DMatrixRMaj dense(PluginModule plugin, String layer) {
    LowRankUpdate update = (LowRankUpdate) plugin.updates().get(layer);
    DMatrixRMaj product = new DMatrixRMaj((int) update.out(), (int) update.in());
    CommonOps_DDRM.mult(update.scaling(), b(update), a(update), product);
    return product;
  }

  private static double inner(DMatrixRMaj x, DMatrixRMaj y) {
    double sum = 0;
    for (int at = 0; at < x.data.length; at++) {
      sum += x.data[at] * y.data[at];
    }
    return sum;
  }

  private static double distance(DMatrixRMaj x, DMatrixRMaj y) {
    DMatrixRMaj difference = new DMatrixRMaj(x.numRows, x.numCols);
    CommonOps_DDRM.subtract(x, y, difference);
    return NormOps_DDRM.normF(difference);
  }
}
