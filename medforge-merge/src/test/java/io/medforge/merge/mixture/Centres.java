package io.medforge.merge.mixture;

import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Seeded centres on the linear model: a LoRA and a distilled set each. */
record Centres(int classes, int features, List<PluginModule> modules, List<DistilledSet> sets) {
  static final LabelSpace BINARY = LabelSpace.of("tumour", "benign", "malignant");
  static final LabelSpace TERNARY = LabelSpace.of("grade", "low", "middle", "high");

  /** Modules of random size, so that some are confident and wrong. */
  static Centres random(long seed, int n, int classes, int examples) {
    Random random = new Random(seed);
    List<PluginModule> modules = new ArrayList<>();
    List<DistilledSet> sets = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(module(random, i, classes, 4, Math.exp(3 * random.nextDouble() - 1)));
      sets.add(set(random, classes, 4, 1 + random.nextInt(examples)));
    }
    return new Centres(classes, 4, List.copyOf(modules), List.copyOf(sets));
  }

  static PluginModule module(Random random, int i, int classes, int features, double scaling) {
    int rank = 1 + random.nextInt(2);
    Tensor a = Tensor.of(Shape.of(rank, features), gaussians(random, rank * features));
    Tensor b = Tensor.of(Shape.of(classes, rank), gaussians(random, classes * rank));
    return PluginModule.of(
        id(i),
        LinearRuntime.BASE,
        Map.of(LinearRuntime.WEIGHT, new LowRankUpdate(a, b, scaling)),
        Provenance.unknown());
  }

  static DistilledSet set(Random random, int classes, int features, int examples) {
    float[][] rows = new float[examples][];
    int[] labels = new int[examples];
    for (int e = 0; e < examples; e++) {
      rows[e] = gaussians(random, features);
      labels[e] = random.nextInt(classes);
    }
    LabelSpace space = classes == 2 ? BINARY : TERNARY;
    return DistilledSet.of(space, ModelInput.ofRows(rows), labels);
  }

  static PluginId id(int i) {
    return new PluginId("centre-" + i, "lung", "1.0");
  }

  static float[] gaussians(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  PluginSet plugins() {
    return PluginSet.of(modules);
  }

  SortedMap<PluginId, DistilledSet> distilled() {
    SortedMap<PluginId, DistilledSet> distilled = new TreeMap<>();
    for (int i = 0; i < modules.size(); i++) {
      distilled.put(modules.get(i).id(), sets.get(i));
    }
    return distilled;
  }

  LinearRuntime runtime() {
    return new LinearRuntime(classes, features);
  }

  OutputMemory memory() {
    return OutputMemory.record(plugins(), distilled(), runtime());
  }
}
