package io.medforge.study.heart;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.fusion.AveragingRule;
import io.medforge.merge.fusion.CoefficientSearch;
import io.medforge.merge.fusion.DistilledLoss;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.GramRule;
import io.medforge.merge.fusion.MedForgeReference;
import io.medforge.merge.fusion.RegMean;
import io.medforge.merge.mixture.Gate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelRuntime;
import io.medforge.study.evidence.CentreClassifier;
import io.medforge.study.evidence.ComputeTimes;
import io.medforge.study.evidence.Cost;
import io.medforge.study.evidence.Entrant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Every method on one family of models, finished, from training rows alone. For one thread.
 *
 * <p>Arrival, where it matters (the two published algorithms), is the centres' order of name.
 */
final class HeartMethods {
  static final String LOCAL = "local";
  static final String SINGLE = "single plugin";
  static final String POOLED = "pooled";
  static final String FEDERATED = "federated";
  static final String FUSION = "Fusion";
  static final String MIXTURE = "Mixture";
  static final String REFERENCE = "MedForgeReference";

  private static final double REGMEAN_RIDGE = 0.01;

  private final HeartPlan plan;
  private final ModelFamily family;
  private final ModelRuntime runtime;
  private final SortedMap<String, CentreRows> training;
  private final List<SeedRun> runs;
  private final HeartCosts costs;

  HeartMethods(
      HeartPlan plan,
      ModelFamily family,
      SortedMap<String, CentreRows> training,
      ComputeTimes times) {
    this.plan = plan;
    this.family = family;
    this.runtime = family.runtime();
    this.training = training;
    SortedMap<String, HospitalBranch> branches = new TreeMap<>();
    training.forEach(
        (centre, rows) ->
            branches.put(centre, new HospitalBranch(centre, rows, plan.folds(), family)));
    HeartDistillation distillation =
        new HeartDistillation(plan.distilledRows(), family.distilledOn());
    this.runs =
        plan.seeds().stream()
            .map(seed -> SeedRun.of(branches, family, distillation, seed, times))
            .toList();
    PluginModule module = runs.get(0).modules().values().iterator().next();
    this.costs = new HeartCosts(training.size(), family.bytes(module), family.modelBytes());
  }

  /** What the family's plugins run on; the family's to close. */
  ModelRuntime runtime() {
    return runtime;
  }

  /** What the hospitals made with the first seed. */
  SeedRun first() {
    return runs.get(0);
  }

  /** Each hospital's own weight of each plugin's centre, the mean over the seeds. */
  SortedMap<String, SortedMap<String, Double>> ownWeights() {
    SortedMap<String, SortedMap<String, Double>> mean = new TreeMap<>();
    for (SeedRun run : runs) {
      run.own()
          .forEach(
              (centre, fit) ->
                  fit.byPlugin()
                      .forEach(
                          (plugin, weight) ->
                              mean.computeIfAbsent(centre, name -> new TreeMap<>())
                                  .merge(plugin.centre(), weight / runs.size(), Double::sum)));
    }
    return mean;
  }

  /** All methods, in the table's order. */
  List<Entrant> entrants() {
    List<Entrant> entrants = new ArrayList<>();
    entrants.add(
        entrant("local", LOCAL, Cost.NONE, family.drawn(), run -> Classifiers.byCentre(own(run))));
    for (String centre : training.keySet()) {
      entrants.add(
          entrant(
              "plugin " + centre,
              SINGLE,
              costs.single(),
              family.drawn(),
              run -> plugin(run.module(centre))));
    }
    CentreRows everybody = CentreRows.pooled(List.copyOf(training.values()));
    entrants.add(
        entrant(
            "pooled",
            POOLED,
            new Cost(0, 0, 1, true),
            family.drawn(),
            run -> family.pooled(everybody, run.seed())));
    entrants.addAll(family.federated(training, plan.seeds()));
    entrants.addAll(fusions());
    entrants.addAll(mixtures());
    return entrants;
  }

  private Entrant entrant(
      String name, String group, Cost cost, boolean drawn, Function<SeedRun, CentreClassifier> of) {
    return new Entrant(
        family.prefix() + name,
        family.prefix() + group,
        (drawn ? runs : runs.subList(0, 1)).stream().map(of).toList(),
        cost);
  }

  private CentreClassifier plugin(PluginModule module) {
    return Classifiers.plugin(runtime, module);
  }

  private SortedMap<String, CentreClassifier> own(SeedRun run) {
    SortedMap<String, CentreClassifier> own = new TreeMap<>();
    run.modules().forEach((centre, module) -> own.put(centre, plugin(module)));
    return own;
  }

  private List<Entrant> fusions() {
    Map<PluginId, Double> patients = new TreeMap<>();
    runs.get(0)
        .modules()
        .forEach((centre, module) -> patients.put(module.id(), (double) rows(centre).size()));
    List<Entrant> entrants = new ArrayList<>();
    entrants.add(fused("Fusion", run -> Fusion.average().rank(family.rank()).build()));
    entrants.add(
        fused(
            "Fusion, by numbers of patients",
            run ->
                Fusion.average()
                    .coefficients(Coefficients.perPlugin(patients))
                    .normalized()
                    .build()));
    entrants.add(
        fused("Fusion, geometric median", run -> Fusion.by(GramRule.geometricMedian()).build()));
    entrants.add(
        fused(
            "Fusion, coordinate median",
            run -> Fusion.by(AveragingRule.coordinateMedian()).rank(family.rank()).build()));
    entrants.add(
        fusedWithSets(
            "Fusion, RegMean",
            FUSION,
            run -> Fusion.by(RegMean.rule(layerInputs(run), REGMEAN_RIDGE)).build()));
    entrants.add(fusedWithSets("Fusion, searched", FUSION, run -> searched(run, false)));
    entrants.add(fusedWithSets("Fusion, searched per layer", FUSION, run -> searched(run, true)));
    entrants.add(
        fusedWithSets(
            REFERENCE,
            REFERENCE,
            run -> MedForgeReference.inOrder(run.arrival(), run.sets(), runtime)));
    return entrants;
  }

  private CentreRows rows(String centre) {
    CentreRows rows = training.get(centre);
    if (rows == null) {
      throw new IllegalArgumentException("expected a hospital, found " + centre);
    }
    return rows;
  }

  private MergeStrategy<PluginModule> searched(SeedRun run, boolean perLayer) {
    CoefficientSearch.Builder search =
        perLayer
            ? CoefficientSearch.perLayer(plan.searchEvaluations(), run.seed())
            : CoefficientSearch.perPlugin(plan.searchEvaluations(), run.seed());
    return search.build().fusion(set -> DistilledLoss.of(set, run.sets(), runtime).build());
  }

  private Map<PluginId, Map<String, Tensor>> layerInputs(SeedRun run) {
    Map<PluginId, Map<String, Tensor>> inputs = new TreeMap<>();
    run.sets().forEach((plugin, set) -> inputs.put(plugin, family.layerInputs(set)));
    return inputs;
  }

  private Entrant fused(String name, Function<SeedRun, MergeStrategy<PluginModule>> strategy) {
    List<PluginModule> fused =
        (family.drawn() ? runs : runs.subList(0, 1))
            .stream().map(run -> strategy.apply(run).merge(run.plugins()).value()).toList();
    return new Entrant(
        family.prefix() + name,
        family.prefix() + FUSION,
        fused.stream().map(this::plugin).toList(),
        costs.fusion(family.bytes(fused.get(0))));
  }

  private Entrant fusedWithSets(
      String name, String group, Function<SeedRun, MergeStrategy<PluginModule>> strategy) {
    List<PluginModule> fused =
        runs.stream().map(run -> strategy.apply(run).merge(run.plugins()).value()).toList();
    return new Entrant(
        family.prefix() + name,
        family.prefix() + group,
        fused.stream().map(this::plugin).toList(),
        costs.with(costs.fusion(family.bytes(fused.get(0))), runs.get(0).sets().values()));
  }

  private List<Entrant> mixtures() {
    List<Entrant> entrants = new ArrayList<>();
    entrants.add(entrant("Mixture", MIXTURE, costs.mixture(), true, run -> run.mixtures(runtime)));
    entrants.add(
        entrant(
            "Mixture, equal weights",
            MIXTURE,
            costs.mixture(),
            family.drawn(),
            run -> Classifiers.mixture(runtime, run.behind(Gate.uniform()))));
    entrants.add(
        entrant(
            "Mixture, own distilled set",
            MIXTURE,
            costs.mixture(),
            true,
            run -> run.distilledMixtures(runtime)));
    entrants.add(mixed("Mixture, fitted", run -> Gate.fitted(run.memory())));
    entrants.add(mixed("Mixture, memory", run -> Gate.memory(run.memory())));
    entrants.add(
        mixed("Mixture, published weights", run -> Gate.published(run.memory(), run.arrival())));
    return entrants;
  }

  private Entrant mixed(String name, Function<SeedRun, Gate> gate) {
    Cost cost = costs.with(costs.mixture(), runs.get(0).sets().values());
    return entrant(
        name,
        MIXTURE,
        costs.with(cost, runs.get(0).behind(gate.apply(runs.get(0)))),
        true,
        run -> Classifiers.mixture(runtime, run.behind(gate.apply(run))));
  }
}
