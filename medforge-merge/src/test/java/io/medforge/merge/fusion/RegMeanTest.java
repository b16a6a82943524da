package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

class RegMeanTest {
  private static final String LAYER = "encoder.0.query";

  @Property(tries = 80)
  void equalsTheDenseSolution(
      @ForAll @IntRange(min = 1, max = 4) int n,
      @ForAll @IntRange(min = 1, max = 12) int d,
      @ForAll @IntRange(min = 1, max = 12) int k,
      @ForAll @IntRange(min = 1, max = 15) int rows,
      @ForAll long seed) {
    Case random = new Case(seed, n, d, k, rows);
    double[][] dense = random.dense(0.1);
    assertThat(Dense.distance(random.fuse(0.1), dense))
        .isLessThanOrEqualTo(1e-9 * (1 + Dense.norm(dense)));
  }

  @Property(tries = 40)
  void nothingInTheSpanOfTheRowsAnswersBetter(
      @ForAll @IntRange(min = 1, max = 4) int n, @ForAll long seed) {
    Case random = new Case(seed, n, 4, 9, 6);
    double[][] found = random.fuse(0.05);
    double least = random.objective(found, 0.05);
    SplittableRandom other = new SplittableRandom(seed + 1);
    for (PluginModule plugin : random.modules) {
      LowRankUpdate update = (LowRankUpdate) plugin.updates().get(LAYER);
      Tensor step = Plugins.tensor(other, DType.F64, 4, update.rank());
      LowRankUpdate direction = new LowRankUpdate(update.a(), step, 1e-2);
      double[][] moved = Plugins.sum(found, Plugins.product(direction, 1));
      assertThat(random.objective(moved, 0.05)).isGreaterThan(least);
    }
  }

  @Property(tries = 30)
  void onePluginIsItselfAndAHugeRidgeIsTheMean(
      @ForAll @IntRange(min = 1, max = 4) int n, @ForAll long seed) {
    Case one = new Case(seed, 1, 5, 7, 4);
    double[][] itself = Plugins.product(one.modules.get(0).updates().get(LAYER), 1);
    assertThat(Dense.distance(one.fuse(0.01), itself))
        .isLessThanOrEqualTo(1e-10 * Dense.norm(itself));
    Case many = new Case(seed, n, 5, 7, 4);
    double[][] mean = many.mean();
    assertThat(Dense.distance(many.fuse(1e9), mean)).isLessThanOrEqualTo(1e-6 * Dense.norm(mean));
  }

  @Example
  void inputsThatMeetNoRowGiveTheMean() {
    Case random = new Case(3, 3, 5, 7, 4);
    random.modules.forEach(
        plugin ->
            random.features.put(
                plugin.id(), Map.of(LAYER, Tensor.of(Shape.of(2, 7), new double[14]))));
    double[][] mean = random.mean();
    assertThat(Dense.distance(random.fuse(0.1), mean)).isLessThan(1e-12 * Dense.norm(mean));
  }

  @Example
  void biasesAreAveraged() {
    PluginModule one = Plugins.module("one", Map.of("bias", bias(1)));
    PluginModule two = Plugins.module("two", Map.of("bias", bias(3)));
    Case unused = new Case(1, 1, 2, 2, 1);
    PluginModule fused =
        Fusion.by(RegMean.rule(unused.features, 1)).build().merge(PluginSet.of(one, two)).value();
    assertThat(((DenseUpdate) fused.updates().get("bias")).delta().toDoubles()).containsExactly(2);
  }

  @Example
  void refusesByName() {
    Case random = new Case(3, 2, 5, 7, 4);
    PluginId second = random.modules.get(1).id();
    assertThatThrownBy(() -> RegMean.rule(random.features, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ridge above 0, found 0");
    assertThatThrownBy(() -> RegMean.rule(Map.of(), 1))
        .isInstanceOf(IllegalArgumentException.class);
    Tensor flat = Tensor.of(Shape.of(7), new double[7]);
    assertThatThrownBy(() -> RegMean.rule(Map.of(second, Map.of(LAYER, flat)), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(LAYER);
    random.features.put(second, Map.of(LAYER, Tensor.of(Shape.of(1, 6), new double[6])));
    assertThatThrownBy(() -> random.fuse(1))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("expected features [n, 7], found [1, 6]")
        .hasMessageContaining(second.toString());
    random.features.put(
        second, Map.of(LAYER, Tensor.of(Shape.of(1, 7), 0, 0, Double.NaN, 0, 0, 0, 0)));
    assertThatThrownBy(() -> random.fuse(1))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("finite features")
        .hasMessageContaining(LAYER);
    random.features.remove(second);
    assertThatThrownBy(() -> random.fuse(1))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("expected features, found none")
        .hasMessageContaining(second.toString());
    random.weights.put(second, -1.0);
    assertThatThrownBy(() -> random.fuse(1))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("at least 0")
        .hasMessageContaining(second.toString());
    random.weights.replaceAll((id, w) -> 0.0);
    assertThatThrownBy(() -> random.fuse(1))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("above 0");
  }

  private static DenseUpdate bias(double value) {
    return new DenseUpdate(Tensor.of(Shape.of(1), value));
  }

  /** Random plugins, weights and inputs, and the same problem solved on k x k matrices by EJML. */
  private static final class Case {
    final List<PluginModule> modules = new ArrayList<>();
    final Map<PluginId, Map<String, Tensor>> features = new TreeMap<>();
    final Map<PluginId, Double> weights = new TreeMap<>();
    private final int d;
    private final int k;

    Case(long seed, int n, int d, int k, int rows) {
      SplittableRandom random = new SplittableRandom(seed);
      this.d = d;
      this.k = k;
      for (int i = 0; i < n; i++) {
        Update update = Plugins.lowRank(random, DType.F64, d, k, 1 + random.nextInt(3));
        PluginModule module = Plugins.module("plugin-" + i, Map.of(LAYER, update));
        modules.add(module);
        features.put(module.id(), Map.of(LAYER, Plugins.tensor(random, DType.F64, rows, k)));
        weights.put(module.id(), random.nextDouble(0.1, 2));
      }
    }

    double[][] fuse(double ridge) {
      PluginModule fused =
          Fusion.by(RegMean.rule(features, ridge))
              .coefficients(Coefficients.perPlugin(weights))
              .build()
              .merge(PluginSet.of(modules))
              .value();
      return Plugins.product(fused.updates().get(LAYER), 1);
    }

    double[][] mean() {
      return rows(meanMatrix());
    }

    double[][] dense(double ridge) {
      DMatrixRMaj q = basis();
      DMatrixRMaj s = new DMatrixRMaj(q.numCols, q.numCols);
      DMatrixRMaj sum = new DMatrixRMaj(d, q.numCols);
      for (PluginModule module : modules) {
        DMatrixRMaj g = times(times(transposed(q), gram(module)), q);
        CommonOps_DDRM.addEquals(s, weight(module), g);
        CommonOps_DDRM.addEquals(sum, weight(module), times(times(delta(module), q), g));
      }
      double lambda = ridge * CommonOps_DDRM.trace(s) / q.numCols;
      CommonOps_DDRM.addEquals(s, lambda, CommonOps_DDRM.identity(q.numCols));
      CommonOps_DDRM.addEquals(sum, lambda, times(meanMatrix(), q));
      assertThat(CommonOps_DDRM.invert(s)).isTrue();
      return rows(times(times(sum, s), transposed(q)));
    }

    double objective(double[][] delta, double ridge) {
      DMatrixRMaj q = basis();
      double trace = 0;
      double sum = 0;
      for (PluginModule module : modules) {
        DMatrixRMaj off = new DMatrixRMaj(delta);
        CommonOps_DDRM.subtractEquals(off, delta(module));
        trace +=
            weight(module) * CommonOps_DDRM.trace(times(times(transposed(q), gram(module)), q));
        sum +=
            weight(module) * CommonOps_DDRM.trace(times(times(off, gram(module)), transposed(off)));
      }
      double distance = Dense.distance(delta, mean());
      return sum + ridge * trace / q.numCols * distance * distance;
    }

    /** An orthonormal basis of the rows of all A: min(k, R) columns, by SVD. */
    private DMatrixRMaj basis() {
      List<double[]> rows = new ArrayList<>();
      for (PluginModule module : modules) {
        LowRankUpdate update = (LowRankUpdate) module.updates().get(LAYER);
        double[] a = update.a().toDoubles();
        for (int r = 0; r < update.rank(); r++) {
          rows.add(Arrays.copyOfRange(a, r * k, (r + 1) * k));
        }
      }
      DMatrixRMaj stacked = new DMatrixRMaj(rows.toArray(double[][]::new));
      SingularValueDecomposition_F64<DMatrixRMaj> svd =
          DecompositionFactory_DDRM.svd(stacked.numRows, k, true, true, true);
      assertThat(svd.decompose(stacked.copy())).isTrue();
      return svd.getV(null, false);
    }

    private DMatrixRMaj gram(PluginModule module) {
      Tensor x = features.get(module.id()).get(LAYER);
      DMatrixRMaj matrix = new DMatrixRMaj((int) x.shape().dimension(0), k, true, x.toDoubles());
      return times(transposed(matrix), matrix);
    }

    private DMatrixRMaj meanMatrix() {
      DMatrixRMaj sum = new DMatrixRMaj(d, k);
      double total = 0;
      for (PluginModule module : modules) {
        CommonOps_DDRM.addEquals(sum, weight(module), delta(module));
        total += weight(module);
      }
      CommonOps_DDRM.scale(1 / total, sum);
      return sum;
    }

    private double weight(PluginModule module) {
      return weights.get(module.id());
    }

    private static DMatrixRMaj delta(PluginModule module) {
      return new DMatrixRMaj(Plugins.product(module.updates().get(LAYER), 1));
    }

    private static DMatrixRMaj times(DMatrixRMaj one, DMatrixRMaj other) {
      return CommonOps_DDRM.mult(one, other, null);
    }

    private static DMatrixRMaj transposed(DMatrixRMaj m) {
      return CommonOps_DDRM.transpose(m, null);
    }

    private static double[][] rows(DMatrixRMaj m) {
      double[][] rows = new double[m.numRows][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(m.data, i * m.numCols, (i + 1) * m.numCols);
      }
      return rows;
    }
  }
}
