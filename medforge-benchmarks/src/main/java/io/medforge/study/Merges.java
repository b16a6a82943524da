package io.medforge.study;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.KnowledgeMerger;
import io.medforge.forge.mainline.Mainline;
import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelRuntime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What came of the contributions on two main branches, one per strategy. Immutable.
 *
 * @param fusion one module
 * @param mixture all modules behind a fitted gate
 * @param uniform all modules, each counting the same
 * @param orderFree whether the opposite order of arrival gave the same models
 */
record Merges(
    Merged<PluginModule> fusion,
    Merged<MixtureModel> mixture,
    MixtureModel uniform,
    boolean orderFree) {
  /**
   * Offers every contribution to both branches.
   *
   * @param contributions in order of arrival
   * @param runtime the base model, to record the plugins' answers on the distilled sets
   * @return the heads
   * @throws IllegalStateException if a contribution is not admitted
   */
  static Merges of(List<Contribution> contributions, ModelRuntime runtime) {
    List<Contribution> opposite = new ArrayList<>(contributions);
    Collections.reverse(opposite);
    Merged<PluginModule> fusion = offerAll(fusionBranch(), contributions);
    Merged<MixtureModel> mixture = offerAll(mixtureBranch(runtime), contributions);
    boolean orderFree =
        offerAll(fusionBranch(), opposite).record().result().equals(fusion.record().result())
            && offerAll(mixtureBranch(runtime), opposite)
                .record()
                .result()
                .equals(mixture.record().result());
    MixtureModel uniform =
        Mixture.gatedBy(Gate.uniform()).build().merge(mixture.value().plugins()).value();
    return new Merges(fusion, mixture, uniform, orderFree);
  }

  private static KnowledgeMerger<PluginModule> fusionBranch() {
    return Mainline.of(Fusion.average().build()).build();
  }

  private static KnowledgeMerger<MixtureModel> mixtureBranch(ModelRuntime runtime) {
    return Mainline.<MixtureModel>ofSource(
            contributions ->
                Mixture.gatedBy(Gate.fitted(OutputMemory.record(contributions, runtime))).build())
        .build();
  }

  private static <R> Merged<R> offerAll(
      KnowledgeMerger<R> branch, List<Contribution> contributions) {
    for (Contribution contribution : contributions) {
      Admission<R> admission = branch.offer(contribution);
      if (!(admission instanceof Admission.Admitted)) {
        throw new IllegalStateException(
            "expected " + contribution.module().id() + " to be admitted, found " + admission);
      }
    }
    ForgeItem<R> head = branch.head();
    return head.merged().orElseThrow();
  }

  /** The gate's weight of each plugin, by id. */
  SortedMap<String, Double> gateWeights() {
    SortedMap<String, Double> weights = new TreeMap<>();
    if (mixture.record().coefficients().orElseThrow() instanceof Coefficients.PerPlugin fitted) {
      fitted.weights().forEach((plugin, weight) -> weights.put(plugin.toString(), weight));
    }
    return weights;
  }

  /** The largest part of a layer's energy that Fusion lost. */
  double fusionDiscarded() {
    return fusion.record().layers().values().stream()
        .mapToDouble(MergeRecord.Layer::discardedEnergy)
        .max()
        .orElse(0);
  }
}
