package io.medforge.forge.mainline;

import io.medforge.forge.Contribution;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Seeded contributions of small dense updates. */
final class Offers {
  static final LabelSpace LABELS = LabelSpace.of("tumour", "benign", "malignant");

  private Offers() {}

  static List<Contribution> some(long seed, int n) {
    return IntStream.range(0, n).mapToObj(i -> one("centre-" + i + "/lung:1", seed + i)).toList();
  }

  static Contribution one(String id, long seed) {
    return new Contribution(module(id, "base", "layer", seed), distilled(seed));
  }

  static PluginModule module(String id, String base, String layer, long seed) {
    double[] values = new Random(seed).doubles(6, -1, 1).toArray();
    return PluginModule.of(
        PluginId.parse(id),
        BaseModel.named(base),
        Map.of(layer, new DenseUpdate(Tensor.of(Shape.of(2, 3), values))),
        Provenance.unknown());
  }

  static DistilledSet distilled(long seed) {
    float first = new Random(seed).nextFloat();
    return DistilledSet.of(
        LABELS, ModelInput.ofRows(new float[] {first, 1}, new float[] {2, first}), 0, 1);
  }
}
