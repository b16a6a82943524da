package io.medforge.forge.admission;

import io.medforge.forge.Contribution;
import io.medforge.forge.SigningKey;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.Map;
import java.util.Random;

/**
 * Simulated centres. The disease shows in the sum of the first eight of twelve features; the last
 * two hardly vary, which is where a backdoor hides its trigger.
 */
final class Centre {
  static final LabelSpace LABELS = LabelSpace.of("tumour", "benign", "malignant");
  static final int FEATURES = 12;
  static final int EXAMPLES = 80;

  private Centre() {}

  /** What all honest centres find, each with its own noise. */
  static double[] direction(long seed) {
    Random random = new Random(seed);
    double[] w = new double[FEATURES];
    for (int k = 0; k < FEATURES; k++) {
      w[k] = (k < 8 ? 1 : 0) + 0.15 * random.nextGaussian();
    }
    return w;
  }

  /** A change of the weights by {@code (-w, w)} and a little of a second direction. */
  static PluginModule module(String id, double[] w, double scaling, long seed) {
    Random random = new Random(seed);
    float[] a = new float[2 * FEATURES];
    for (int k = 0; k < FEATURES; k++) {
      a[k] = (float) w[k];
      a[FEATURES + k] = (float) (0.3 * random.nextGaussian());
    }
    Tensor b = Tensor.of(Shape.of(2, 2), -1f, 0.5f, 1f, 0.5f);
    LowRankUpdate update = new LowRankUpdate(Tensor.of(Shape.of(2, FEATURES), a), b, scaling);
    return PluginModule.of(
        PluginId.parse(id),
        ToyRuntime.BASE,
        Map.of(ToyRuntime.LAYER, update),
        Provenance.unknown());
  }

  /** Examples with a margin, labelled by the sum of features {@code from} to {@code to - 1}. */
  static DistilledSet set(int from, int to, long seed) {
    Random random = new Random(seed);
    float[][] rows = new float[EXAMPLES][FEATURES];
    int[] labels = new int[EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++) {
      labels[i] = i % 2;
      for (int k = 0; k < FEATURES; k++) {
        double shift = k >= from && k < to ? (labels[i] == 1 ? 1 : -1) : 0;
        rows[i][k] = (float) (k < 10 ? shift + 0.8 * random.nextGaussian() : 0.01 * (i % 3));
      }
    }
    return DistilledSet.of(LABELS, ModelInput.ofRows(rows), labels);
  }

  static Contribution honest(String centre, long seed) {
    return new Contribution(
        module(centre + "/tumour:1", direction(seed), 1, seed), set(0, 8, seed + 100));
  }

  static Contribution signed(Contribution contribution, SigningKey key) {
    return contribution.licensed("CC-BY-4.0").trainedFrom(0).signedBy(key);
  }
}
