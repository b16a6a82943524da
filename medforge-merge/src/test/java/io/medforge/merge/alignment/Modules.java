package io.medforge.merge.alignment;

import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/** Plugins for tests, and the slow, obvious meaning of their updates. */
final class Modules {
  private Modules() {}

  static PluginModule module(String name, Map<String, Update> updates) {
    return PluginModule.of(id(name), BaseModel.named("base"), updates, Provenance.unknown());
  }

  static PluginId id(String name) {
    return new PluginId("centre", name, "1");
  }

  static LowRankUpdate lowRank(SplittableRandom random, int d, int k, int r) {
    return new LowRankUpdate(tensor(random, r, k), tensor(random, d, r), random.nextDouble(-3, 3));
  }

  static Tensor tensor(SplittableRandom random, long... shape) {
    Shape of = Shape.of(shape);
    double[] values = new double[(int) of.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return Tensor.of(of, values);
  }

  /** {@code (B G, G^-1 A)} for a G of small condition: I + N with N strictly upper triangular. */
  static LowRankUpdate inOtherBasis(LowRankUpdate update, SplittableRandom random) {
    int r = (int) update.rank();
    int d = (int) update.out();
    int k = (int) update.in();
    double[] b = update.b().toDoubles();
    double[] a = update.a().toDoubles();
    double scale = random.nextDouble(0.2, 5);
    for (int p = 0; p < r; p++) {
      for (int q = p + 1; q < r; q++) {
        double g = random.nextDouble(-1, 1);
        // Column q of B gains g times column p; row p of A loses g times row q.
        for (int i = 0; i < d; i++) {
          b[i * r + q] += g * b[i * r + p];
        }
        for (int t = 0; t < k; t++) {
          a[p * k + t] -= g * a[q * k + t];
        }
      }
    }
    for (int i = 0; i < b.length; i++) {
      b[i] *= scale;
    }
    for (int i = 0; i < a.length; i++) {
      a[i] /= scale;
    }
    return new LowRankUpdate(
        Tensor.of(update.a().shape(), a),
        Tensor.of(update.b().shape(), b),
        update.scaling(),
        update.layout());
  }

  /** The change to the base, one row per output. */
  static double[][] delta(Update update) {
    if (update instanceof DenseUpdate dense) {
      return new double[][] {dense.delta().toDoubles()};
    }
    LowRankUpdate lowRank = (LowRankUpdate) update;
    FactorVectors factors = FactorVectors.read("test", lowRank);
    double[] scaling = new double[factors.b().length];
    Arrays.fill(scaling, lowRank.scaling());
    return Dense.outerProducts(factors.b(), factors.a(), scaling);
  }

  static double inner(double[][] one, double[][] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      for (int j = 0; j < one[i].length; j++) {
        sum += one[i][j] * other[i][j];
      }
    }
    return sum;
  }

  static PluginModule of(PluginSet plugins, PluginId id) {
    return plugins.plugins().stream().filter(p -> p.id().equals(id)).findFirst().orElseThrow();
  }
}
