package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Which factors a merge of full rank gets: the plugins' own, unless they cancel or repeat. */
class FullRankTest {
  private static final String LAYER = "encoder.0.query";
  private static final int D = 12;
  private static final int K = 9;

  @Property(tries = 30)
  void whereEveryDirectionCountsThePluginsKeepTheirs(@ForAll long seed, @ForAll boolean uneven) {
    SplittableRandom random = new SplittableRandom(seed);
    LowRankUpdate first = Plugins.lowRank(random, DType.F64, D, K, 2);
    LowRankUpdate second = Plugins.lowRank(random, DType.F64, D, K, 3);
    if (uneven) {
      first = new LowRankUpdate(times(first.a(), 0x1p70), times(first.b(), 0x1p-70), 1);
    }
    LowRankUpdate fused = fuse(DType.F64, new double[] {0.5, -0.5}, first, second);
    assertThat(fused.rank()).isEqualTo(5);
    double[][] expected = Plugins.sum(Plugins.product(first, 0.5), Plugins.product(second, -0.5));
    assertThat(Dense.distance(Plugins.product(fused, 1), expected))
        .isLessThanOrEqualTo(1e-14 * Dense.norm(expected));
    List<double[]> own = new ArrayList<>();
    for (int j = 0; j < 5; j++) {
      own.add(j < 2 ? column(first, j) : column(second, j - 2));
    }
    for (int j = 0; j < 5; j++) {
      double[] b = column(fused, j);
      double nearest = own.stream().mapToDouble(x -> cosine(b, x)).max().orElseThrow();
      assertThat(nearest).isCloseTo(1, within(1e-12));
      double[] a = row(fused, j);
      assertThat(dot(b, b)).isCloseTo(dot(a, a), within(1e-12 * dot(a, a)));
    }
  }

  /** Side by side, the first two would be rounded to floats at a million times the sum's size. */
  @Property(tries = 20)
  void whatNearlyCancelsIsRoundedAtTheSizeOfTheSum(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    LowRankUpdate first = Plugins.lowRank(random, DType.F64, D, K, 1);
    LowRankUpdate second =
        new LowRankUpdate(moved(first.a()), moved(first.b()), first.scaling(), first.layout());
    LowRankUpdate drawn = Plugins.lowRank(random, DType.F64, D, K, 1);
    LowRankUpdate third = new LowRankUpdate(times(drawn.a(), 1e-6), drawn.b(), 1);
    LowRankUpdate fused = fuse(DType.F32, new double[] {1, -1, 1}, first, second, third);
    double[][] expected =
        Plugins.sum(
            Plugins.sum(Plugins.product(first, 1), Plugins.product(second, -1)),
            Plugins.product(third, 1));
    assertThat(fused.rank()).isEqualTo(3);
    assertThat(Dense.distance(Plugins.product(fused, 1), expected))
        .isLessThanOrEqualTo(1e-6 * Dense.norm(expected));
  }

  @Property(tries = 20)
  void directionsThatRepeatAreCountedOnce(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    LowRankUpdate first = Plugins.lowRank(random, DType.F64, D, K, 2);
    LowRankUpdate second = Plugins.lowRank(random, DType.F64, D, K, 1);
    LowRankUpdate fused = fuse(DType.F64, new double[] {0.2, 0.3, 0.5}, first, first, second);
    assertThat(fused.rank()).isEqualTo(3);
  }

  /** Squares of such elements over- and underflow, so nothing can be said from Gram matrices. */
  @Property(tries = 20)
  void factorsBeyondSquaringAreDecomposed(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    LowRankUpdate drawn = Plugins.lowRank(random, DType.F64, D, K, 2);
    LowRankUpdate first =
        new LowRankUpdate(times(drawn.a(), 0x1p600), times(drawn.b(), 0x1p-600), drawn.scaling());
    LowRankUpdate second = Plugins.lowRank(random, DType.F64, D, K, 3);
    LowRankUpdate fused = fuse(DType.F64, new double[] {0.5, -0.5}, first, second);
    double[][] expected = Plugins.sum(Plugins.product(drawn, 0.5), Plugins.product(second, -0.5));
    assertThat(fused.rank()).isEqualTo(5);
    assertThat(Dense.distance(Plugins.product(fused, 1), expected))
        .isLessThanOrEqualTo(1e-13 * Dense.norm(expected));
  }

  private static LowRankUpdate fuse(DType type, double[] weights, LowRankUpdate... updates) {
    List<PluginModule> modules = new ArrayList<>();
    Map<PluginId, Double> coefficients = new TreeMap<>();
    for (int i = 0; i < updates.length; i++) {
      modules.add(Plugins.module("p" + i, Map.of(LAYER, updates[i])));
      coefficients.put(Plugins.id("p" + i), weights[i]);
    }
    PluginModule fused =
        Fusion.average()
            .coefficients(Coefficients.perPlugin(coefficients))
            .outputType(type)
            .build()
            .merge(PluginSet.of(modules))
            .value();
    return (LowRankUpdate) fused.updates().get(LAYER);
  }

  private static Tensor times(Tensor tensor, double factor) {
    double[] values = tensor.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return Tensor.encode(DType.F64, tensor.shape(), values);
  }

  private static Tensor moved(Tensor tensor) {
    double[] values = tensor.toDoubles();
    values[0] += 1e-6;
    return Tensor.encode(DType.F64, tensor.shape(), values);
  }

  private static double[] column(LowRankUpdate update, int j) {
    double[] b = update.b().toDoubles();
    double[] column = new double[D];
    for (int i = 0; i < D; i++) {
      column[i] = b[i * (int) update.rank() + j];
    }
    return column;
  }

  private static double[] row(LowRankUpdate update, int j) {
    double[] row = new double[K];
    update.a().read((long) j * K, row, 0, K);
    return row;
  }

  private static double cosine(double[] x, double[] y) {
    double[] one = unit(x);
    double[] other = unit(y);
    return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
  }

  private static double[] unit(double[] x) {
    double largest = Arrays.stream(x).map(Math::abs).max().orElseThrow();
    return Arrays.stream(x).map(value -> value / largest).toArray();
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
