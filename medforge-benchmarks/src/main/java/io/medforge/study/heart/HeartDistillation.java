package io.medforge.study.heart;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.branch.Distillation;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.djl.Network;
import io.medforge.study.Seeds;
import java.util.ArrayList;
import java.util.List;

/**
 * Hospitals' distilled sets: distribution matching from noise, in the features of the family's
 * network. A set has the hospital's share of the diseased. Immutable.
 */
final class HeartDistillation {
  private static final int STEPS = 200;

  private final int rows;
  private final Network network;

  /**
   * A distillation.
   *
   * @param rows synthetic patients per hospital
   * @param network in whose features means are matched
   */
  HeartDistillation(int rows, Network network) {
    this.rows = rows;
    this.network = network;
  }

  /**
   * Distils.
   *
   * @param centre whose patients
   * @param patients of one class or of both; a class that is missing stays so
   * @param seed of the noise
   * @return {@code rows} examples, or one more or less by rounding
   */
  DistilledSet distil(String centre, CentreRows patients, long seed) {
    List<String> present = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int label = 0; label < LogisticRuntime.LABELS.size(); label++) {
      if (patients.count(label) > 0) {
        present.add(LogisticRuntime.LABELS.classes().get(label));
        labels.add(label);
      }
    }
    LabelSpace known = LabelSpace.of("heart-disease", present.toArray(String[]::new));
    Distillation.Builder builder =
        Distillation.byDistributionMatching(network, known, Seeds.derive(seed, "distil/" + centre))
            .steps(STEPS)
            .embeddings(1);
    for (int label : labels) {
      builder.perClass(
          LogisticRuntime.LABELS.classes().get(label),
          (int) Math.max(1, Math.rint((double) rows * patients.count(label) / patients.size())));
    }
    int[] classes = patients.classes();
    for (int i = 0; i < classes.length; i++) {
      classes[i] = labels.indexOf(classes[i]);
    }
    DistilledSet set = builder.build().distil(patients.inputs(), classes);
    int[] own = new int[set.size()];
    for (int i = 0; i < own.length; i++) {
      own[i] = labels.get(set.classOf(i));
    }
    return DistilledSet.of(LogisticRuntime.LABELS, set.inputs(), own);
  }
}
