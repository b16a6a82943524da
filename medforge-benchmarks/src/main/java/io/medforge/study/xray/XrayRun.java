package io.medforge.study.xray;

import io.medforge.forge.Contribution;
import io.medforge.merge.PluginSet;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.study.evidence.ComputeTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the hospitals made with one seed, and the model that it runs in. */
final class XrayRun implements AutoCloseable {
  private final long seed;
  private final XrayModels models;
  private final ModelRuntime runtime;
  private final List<Contribution> contributions;
  private final PluginSet plugins;
  private final SortedMap<PluginId, DistilledSet> sets;
  private final OutputMemory memory;

  private XrayRun(
      long seed, XrayModels models, ModelRuntime runtime, List<Contribution> contributions) {
    this.seed = seed;
    this.models = models;
    this.runtime = runtime;
    this.contributions = List.copyOf(contributions);
    this.plugins = PluginSet.of(contributions.stream().map(Contribution::module).toList());
    this.sets = new TreeMap<>();
    contributions.forEach(each -> sets.put(each.module().id(), each.distilled()));
    this.memory = OutputMemory.record(plugins, sets, runtime);
  }

  static XrayRun of(XrayPlan plan, XrayHospitals hospitals, long seed, ComputeTimes times) {
    XrayModels models = XrayModels.preTrained(plan, hospitals.publicShare(), seed);
    List<Contribution> contributions = new ArrayList<>();
    hospitals
        .training()
        .forEach(
            (centre, images) ->
                contributions.add(
                    times.timed(
                        centre,
                        () ->
                            new Contribution(
                                models.lora(centre, images), models.distil(centre, images)))));
    ModelRuntime runtime =
        new RememberingRuntime(
            DjlRuntime.open(models.base()),
            contributions.stream().map(Contribution::module).toList());
    return new XrayRun(seed, models, runtime, contributions);
  }

  long seed() {
    return seed;
  }

  XrayModels models() {
    return models;
  }

  ModelRuntime runtime() {
    return runtime;
  }

  /** In order of the hospitals' names. */
  List<Contribution> contributions() {
    return contributions;
  }

  PluginModule module(int hospital) {
    return contributions.get(hospital).module();
  }

  PluginSet plugins() {
    return plugins;
  }

  SortedMap<PluginId, DistilledSet> sets() {
    return new TreeMap<>(sets);
  }

  /** What the plugins answer to all distilled sets, with the base's features. */
  OutputMemory memory() {
    return memory;
  }

  /** The plugins in order of the hospitals' names. */
  List<PluginId> arrival() {
    return contributions.stream().map(each -> each.module().id()).toList();
  }

  MixtureModel behind(Gate gate) {
    return Mixture.gatedBy(gate).build().merge(plugins).value();
  }

  @Override
  public void close() {
    runtime.close();
  }
}
