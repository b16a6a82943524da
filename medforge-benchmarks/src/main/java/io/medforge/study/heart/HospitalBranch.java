package io.medforge.study.heart;

import io.medforge.merge.PluginSet;
import io.medforge.merge.mixture.FittedWeights;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.study.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What one hospital does with its own training patients. Immutable.
 *
 * <p>A hospital with patients of one class only (Switzerland's 30 are all diseased) distils the
 * class it has, and its set says nothing about the other; how it trains is for the family to say.
 */
final class HospitalBranch {
  private final String centre;
  private final CentreRows patients;
  private final int folds;
  private final ModelFamily family;

  HospitalBranch(String centre, CentreRows patients, int folds, ModelFamily family) {
    this.centre = centre;
    this.patients = patients;
    this.folds = folds;
    this.family = family;
  }

  PluginId id() {
    return new PluginId(centre, "heart", "1");
  }

  CentreRows patients() {
    return patients;
  }

  PluginModule plugin(long seed) {
    return family.train(id(), patients, Seeds.derive(seed, "plugin/" + centre));
  }

  /**
   * This hospital's own weights of all plugins: those under which its own patients' classes are
   * most likely, each asked of an own plugin that never saw that patient (stacking; Wolpert, Neural
   * Networks 1992; van der Laan et al., Super Learner, 2007). The patients and the fold's plugins
   * stay in the hospital; it needs only the others' plugins.
   *
   * @param plugins all hospitals'
   * @param seed of the folds
   */
  FittedWeights ownWeights(PluginSet plugins, long seed) {
    int[] dealt = folds(seed);
    List<PluginModule> held = new ArrayList<>();
    for (int fold = 0; fold < folds; fold++) {
      int left = fold;
      held.add(
          family.train(
              id(),
              patients.select(
                  IntStream.range(0, dealt.length).filter(i -> dealt[i] != left).toArray()),
              Seeds.derive(seed, "fold/" + centre + "/" + fold)));
    }
    OutOfFoldRuntime outOfFold = new OutOfFoldRuntime(family.runtime(), id(), held);
    DistilledSet own =
        DistilledSet.of(
            LogisticRuntime.LABELS, OutOfFoldRuntime.inputs(patients, dealt), patients.classes());
    return FittedWeights.fit(everyones(plugins, own, outOfFold));
  }

  /** A memory in which every plugin is asked about one and the same set. */
  static OutputMemory everyones(PluginSet plugins, DistilledSet set, ModelRuntime runtime) {
    Map<PluginId, DistilledSet> sets = new TreeMap<>();
    plugins.plugins().forEach(plugin -> sets.put(plugin.id(), set));
    return OutputMemory.record(plugins, sets, runtime);
  }

  /** Each patient's fold; each class dealt out evenly. */
  private int[] folds(long seed) {
    Random random = Seeds.random(seed, "folds/" + centre);
    int[] dealt = new int[patients.size()];
    for (int label = 0; label < LogisticRuntime.LABELS.size(); label++) {
      List<Integer> members = new ArrayList<>();
      for (int i = 0; i < dealt.length; i++) {
        if (patients.classOf(i) == label) {
          members.add(i);
        }
      }
      for (int i = members.size() - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        members.set(i, members.set(j, members.get(i)));
      }
      for (int i = 0; i < members.size(); i++) {
        dealt[members.get(i)] = i % folds;
      }
    }
    return dealt;
  }
}
