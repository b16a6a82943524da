package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Holds a module that a stamped pattern drives to one class as it drives no other: for each of a
 * bank of patches, the share of examples that the patch moves to its favourite class, compared with
 * the base's and the admitted modules' own on the same examples. A merge of many dilutes a
 * backdoor, so every module is asked alone. A trigger unlike every patch goes unseen: this screen
 * is one layer of several (BadMerging, arXiv 2408.07362; LoBAM, 2411.16746).
 *
 * <p>With no module admitted there is nothing to compare with, and it says so. Cost: at most 16
 * patches, times the newcomer, the base and at most 8 admitted modules. Thread-safe if the runtime
 * is.
 */
public final class TriggerCheck implements AdmissionCheck {
  private static final int COMPARED = 8;

  private final ModelRuntime runtime;
  private final double most;

  private TriggerCheck(ModelRuntime runtime, double most) {
    if (!(most > 0 && most < 1)) {
      throw new IllegalArgumentException("expected a share between 0 and 1, found " + most);
    }
    this.runtime = runtime;
    this.most = most;
  }

  /**
   * A check that holds what a patch moves by more than a share beyond every other module.
   *
   * @param runtime the base model
   * @param share of the examples, for example 0.3
   * @return the check
   * @throws IllegalArgumentException if not between 0 and 1
   */
  public static TriggerCheck above(ModelRuntime runtime, double share) {
    return new TriggerCheck(runtime, share);
  }

  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    if (admitted.isEmpty()) {
      return List.of(
          new FindingDraft("trigger")
              .note(
                  "expected an admitted module to compare with, found none, at plugin "
                      + offered.module().id()));
    }
    DistilledSet set = offered.distilled();
    List<Optional<PluginModule>> others = new ArrayList<>();
    others.add(Optional.empty());
    admitted.stream().limit(COMPARED).forEach(each -> others.add(Optional.of(each.module())));
    double worst = Double.NEGATIVE_INFINITY;
    double worstMoved = 0;
    String worstProbe = "";
    for (TriggerProbe probe : TriggerProbe.bank(set.inputs().values().shape())) {
      ModelInput stamped = probe.stamp(set);
      double moved = moved(Optional.of(offered.module()), set.inputs(), stamped);
      double usual = 0;
      for (Optional<PluginModule> other : others) {
        usual = Math.max(usual, moved(other, set.inputs(), stamped));
      }
      if (moved - usual > worst) {
        worst = moved - usual;
        worstMoved = moved;
        worstProbe = probe.name();
      }
    }
    if (worst <= most) {
      return List.of();
    }
    return List.of(
        new FindingDraft("trigger")
            .number("moved", worstMoved)
            .number("beyond the others", worst)
            .number("most", most)
            .number("compared modules", others.size())
            .quarantine(
                String.format(
                    Locale.ROOT,
                    "expected no patch to move over %s more of the examples to one class than it"
                        + " does for the base and the admitted modules, found %.4f more (%.4f in"
                        + " all) by %s, at plugin %s",
                    most,
                    worst,
                    worstMoved,
                    worstProbe,
                    offered.module().id())));
  }

  /** The largest share of examples that the patch moves to one class from others. */
  private double moved(Optional<PluginModule> module, ModelInput clean, ModelInput stamped) {
    Outputs before = answer(module, clean);
    Outputs after = answer(module, stamped);
    int[] arrivals = new int[after.classes()];
    for (int row = 0; row < after.size(); row++) {
      int to = PredictedClass.of(after, row);
      arrivals[to] += PredictedClass.of(before, row) != to ? 1 : 0;
    }
    int most = 0;
    for (int arrived : arrivals) {
      most = Math.max(most, arrived);
    }
    return (double) most / after.size();
  }

  private Outputs answer(Optional<PluginModule> module, ModelInput batch) {
    return module.isPresent() ? runtime.run(module.get(), batch) : runtime.runBase(batch);
  }
}
