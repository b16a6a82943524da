package io.medforge.cli;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.plugin.peft.PeftAdapter;
import java.nio.file.Path;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Adapter folders to run commands on. */
final class TestAdapters {
  static final String FC1 = "fc1.weight";
  static final String FC2 = "fc2.weight";
  static final int OUT = 6;
  static final int IN = 5;

  private TestAdapters() {}

  /** Two low-rank layers of seeded Gaussians. */
  static PluginModule module(String centre, String base, int rank, long seed) {
    Random random = new Random(seed);
    SortedMap<String, Update> updates = new TreeMap<>();
    updates.put(FC1, lowRank(random, rank));
    updates.put(FC2, lowRank(random, rank));
    return of(centre, base, updates);
  }

  /** One low-rank layer and a head of a label space. */
  static PluginModule withHead(String centre, LabelSpace labels, long seed) {
    Random random = new Random(seed);
    SortedMap<String, Update> updates = new TreeMap<>();
    updates.put(FC1, lowRank(random, 2));
    updates.put("classifier.weight", new Replacement(gaussian(random, labels.size(), OUT), labels));
    return of(centre, "base", updates);
  }

  static Path write(PluginModule module, Path folder) {
    PeftAdapter.write(module, folder);
    return folder;
  }

  /** sum w_i s_i B_i A_i, the slow way. */
  static double[] average(String layer, double[] weights, PluginModule... modules) {
    double[] sum = new double[OUT * IN];
    for (int m = 0; m < modules.length; m++) {
      double[] delta = dense((LowRankUpdate) modules[m].updates().get(layer));
      for (int i = 0; i < sum.length; i++) {
        sum[i] += weights[m] * delta[i];
      }
    }
    return sum;
  }

  static double[] dense(LowRankUpdate update) {
    double[] a = update.a().toDoubles();
    double[] b = update.b().toDoubles();
    int r = (int) update.rank();
    int k = (int) update.in();
    double[] product = new double[(int) update.out() * k];
    for (int i = 0; i < product.length; i++) {
      for (int q = 0; q < r; q++) {
        product[i] += update.scaling() * b[i / k * r + q] * a[q * k + i % k];
      }
    }
    return product;
  }

  private static PluginModule of(String centre, String base, SortedMap<String, Update> updates) {
    return PluginModule.of(
        new PluginId(centre, "task", "1"), BaseModel.named(base), updates, Provenance.unknown());
  }

  private static Update lowRank(Random random, int rank) {
    return new LowRankUpdate(gaussian(random, rank, IN), gaussian(random, OUT, rank), 0.5);
  }

  private static Tensor gaussian(Random random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(Shape.of(rows, columns), values);
  }
}
