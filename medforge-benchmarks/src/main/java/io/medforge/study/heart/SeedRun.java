package io.medforge.study.heart;

import io.medforge.merge.PluginSet;
import io.medforge.merge.mixture.FittedWeights;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.study.evidence.CentreClassifier;
import io.medforge.study.evidence.ComputeTimes;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the hospitals made with one seed. Immutable.
 *
 * @param seed of every draw
 * @param modules each hospital's plugin
 * @param plugins the same, to be merged
 * @param sets each plugin's distilled set
 * @param memory what the plugins answer to them
 * @param own each hospital's own weights of all plugins
 */
record SeedRun(
    long seed,
    SortedMap<String, PluginModule> modules,
    PluginSet plugins,
    SortedMap<PluginId, DistilledSet> sets,
    OutputMemory memory,
    SortedMap<String, FittedWeights> own) {
  /** Freezes the maps. */
  SeedRun {
    modules = Collections.unmodifiableSortedMap(new TreeMap<>(modules));
    sets = Collections.unmodifiableSortedMap(new TreeMap<>(sets));
    own = Collections.unmodifiableSortedMap(new TreeMap<>(own));
  }

  static SeedRun of(
      SortedMap<String, HospitalBranch> branches,
      ModelFamily family,
      HeartDistillation distillation,
      long seed,
      ComputeTimes times) {
    SortedMap<String, PluginModule> modules = new TreeMap<>();
    SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
    branches.forEach(
        (centre, branch) -> {
          modules.put(centre, times.timed(centre, () -> branch.plugin(seed)));
          sets.put(
              branch.id(),
              times.timed(centre, () -> distillation.distil(centre, branch.patients(), seed)));
        });
    PluginSet plugins = PluginSet.of(modules.values());
    SortedMap<String, FittedWeights> own = new TreeMap<>();
    branches.forEach(
        (centre, branch) ->
            own.put(centre, times.timed(centre, () -> branch.ownWeights(plugins, seed))));
    return new SeedRun(
        seed, modules, plugins, sets, OutputMemory.record(plugins, sets, family.runtime()), own);
  }

  PluginModule module(String centre) {
    PluginModule module = modules.get(centre);
    if (module == null) {
      throw new IllegalArgumentException(
          "expected a hospital of " + modules.keySet() + ", found " + centre);
    }
    return module;
  }

  /** The plugins in order of arrival. */
  List<PluginId> arrival() {
    return modules.values().stream().map(PluginModule::id).toList();
  }

  MixtureModel behind(Gate gate) {
    return Mixture.gatedBy(gate).build().merge(plugins).value();
  }

  /** Each hospital with its own weights. */
  CentreClassifier mixtures(ModelRuntime runtime) {
    return gated(own, runtime);
  }

  /** Each hospital with weights fitted to its own distilled set: no patient is asked again. */
  CentreClassifier distilledMixtures(ModelRuntime runtime) {
    SortedMap<String, FittedWeights> weights = new TreeMap<>();
    sets.forEach(
        (plugin, set) ->
            weights.put(
                plugin.centre(),
                FittedWeights.fit(HospitalBranch.everyones(plugins, set, runtime))));
    return gated(weights, runtime);
  }

  private CentreClassifier gated(SortedMap<String, FittedWeights> weights, ModelRuntime runtime) {
    SortedMap<String, CentreClassifier> gates = new TreeMap<>();
    weights.forEach(
        (centre, fit) -> gates.put(centre, Classifiers.mixture(runtime, behind(Gate.fitted(fit)))));
    return Classifiers.byCentre(gates);
  }
}
