package io.medforge.merge.fusion;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.Map;
import java.util.SplittableRandom;

/** Plugins for tests, and the slow, obvious meaning of their updates. */
final class Plugins {
  static final BaseModel BASE = BaseModel.named("test-base");

  private Plugins() {}

  static PluginModule module(String name, Map<String, Update> updates) {
    return PluginModule.of(id(name), BASE, updates, Provenance.unknown());
  }

  static PluginId id(String name) {
    return new PluginId("centre", name, "1");
  }

  static LowRankUpdate lowRank(SplittableRandom random, DType type, int d, int k, int r) {
    return new LowRankUpdate(
        tensor(random, type, r, k), tensor(random, type, d, r), random.nextDouble(0.5, 3));
  }

  static DenseUpdate dense(SplittableRandom random, DType type, long... shape) {
    return new DenseUpdate(tensor(random, type, shape));
  }

  static Tensor tensor(SplittableRandom random, DType type, long... shape) {
    Shape of = Shape.of(shape);
    double[] values = new double[(int) of.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return Tensor.encode(type, of, values);
  }

  /** {@code weight * scaling * B * A}, [d, k]. */
  static double[][] product(Update update, double weight) {
    LowRankUpdate lowRank = (LowRankUpdate) update;
    int d = (int) lowRank.out();
    int k = (int) lowRank.in();
    int r = (int) lowRank.rank();
    double[] a = lowRank.a().toDoubles();
    double[] b = lowRank.b().toDoubles();
    double[][] product = new double[d][k];
    for (int row = 0; row < d; row++) {
      for (int col = 0; col < k; col++) {
        double sum = 0;
        for (int j = 0; j < r; j++) {
          sum += b[row * r + j] * a[j * k + col];
        }
        product[row][col] = weight * lowRank.scaling() * sum;
      }
    }
    return product;
  }

  static double[][] sum(double[][] one, double[][] other) {
    double[][] sum = new double[one.length][one[0].length];
    for (int i = 0; i < sum.length; i++) {
      for (int j = 0; j < sum[i].length; j++) {
        sum[i][j] = one[i][j] + other[i][j];
      }
    }
    return sum;
  }
}
