package io.medforge.study;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.KnowledgeMerger;
import io.medforge.forge.mainline.Mainline;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.mixture.FittedWeights;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.ModelRuntime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What came of the contributions on two main branches, one per strategy. Immutable.
 *
 * @param fusion one module
 * @param mixture all modules behind the memory gate
 * @param fitted all modules behind fitted static weights
 * @param published all modules behind the published static weights
 * @param uniform all modules, each counting the same
 * @param fit the static weights
 * @param orderFree whether the opposite order of arrival gave the same models
 */
record Merges(
    Merged<PluginModule> fusion,
    Merged<MixtureModel> mixture,
    MixtureModel fitted,
    MixtureModel published,
    MixtureModel uniform,
    FittedWeights fit,
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
    PluginSet plugins = mixture.value().plugins();
    OutputMemory memory = memory(contributions, runtime);
    FittedWeights fit = FittedWeights.fit(memory);
    List<PluginId> arrival = contributions.stream().map(each -> each.module().id()).toList();
    return new Merges(
        fusion,
        mixture,
        behind(Gate.fitted(fit), plugins),
        behind(Gate.published(memory, arrival), plugins),
        behind(Gate.uniform(), plugins),
        fit,
        orderFree);
  }

  private static MixtureModel behind(Gate gate, PluginSet plugins) {
    return Mixture.gatedBy(gate).build().merge(plugins).value();
  }

  /**
   * Where patients lie is asked of the measurements themselves: the hospitals differ by how their
   * instruments are calibrated, which the base has partly learned to look past. Chosen on held-out
   * training patients, as was the gate's default trust (see the site's page on the study).
   */
  private static OutputMemory memory(Collection<Contribution> contributions, ModelRuntime runtime) {
    return OutputMemory.recording(runtime)
        .features(FeatureExtractor.pooledInput())
        .record(contributions);
  }

  private static KnowledgeMerger<PluginModule> fusionBranch() {
    return Mainline.of(Fusion.average().build()).build();
  }

  private static KnowledgeMerger<MixtureModel> mixtureBranch(ModelRuntime runtime) {
    return Mainline.<MixtureModel>ofSource(
            contributions -> Mixture.gatedBy(Gate.memory(memory(contributions, runtime))).build())
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

  /** The fitted gate's weight of each plugin, by id. */
  SortedMap<String, Double> gateWeights() {
    SortedMap<String, Double> weights = new TreeMap<>();
    fit.byPlugin().forEach((plugin, weight) -> weights.put(plugin.toString(), weight));
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
