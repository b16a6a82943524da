package io.medforge.study.xray;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.fusion.CoefficientSearch;
import io.medforge.merge.fusion.DistilledLoss;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.GramRule;
import io.medforge.merge.fusion.MedForgeReference;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.MemoryGate;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.Network;
import io.medforge.study.evidence.CentreClassifier;
import io.medforge.study.evidence.Cost;
import io.medforge.study.evidence.Entrant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Every method, finished, from training images alone. For one thread. */
final class XrayMethods {
  static final String BASE = "base";
  static final String LOCAL = "local";
  static final String SINGLE = "single plugin";
  static final String POOLED = "pooled";
  static final String FEDERATED = "federated";
  static final String FUSION = "Fusion";
  static final String MIXTURE = "Mixture";
  static final String REFERENCE = "MedForgeReference";
  static final String PUBLISHED = "Mixture, published weights";
  static final String ORDERED = "MedForgeReference, other orders";
  static final String LATE = "late";

  private final XrayPlan plan;
  private final XrayHospitals hospitals;
  private final List<XrayRun> runs;

  XrayMethods(XrayPlan plan, XrayHospitals hospitals, List<XrayRun> runs) {
    this.plan = plan;
    this.hospitals = hospitals;
    this.runs = List.copyOf(runs);
  }

  /** All methods without an attacker, in the table's order. */
  List<Entrant> entrants() {
    List<Entrant> entrants = new ArrayList<>();
    entrants.add(
        entrant(
            "base alone",
            BASE,
            Cost.NONE,
            run -> (centre, inputs) -> found(run.runtime().runBase(inputs))));
    entrants.add(entrant("local", LOCAL, Cost.NONE, this::local));
    int hospital = 0;
    for (String centre : hospitals.training().keySet()) {
      int index = hospital++;
      entrants.add(
          entrant("plugin " + centre, SINGLE, single(), run -> plugin(run, run.module(index))));
    }
    Images everybody = Images.pooled(List.copyOf(hospitals.training().values()));
    entrants.add(
        entrant(
            "pooled",
            POOLED,
            new Cost(0, 0, 1, true),
            run -> plugin(run, run.models().lora("pooled", everybody))));
    entrants.add(federated());
    entrants.addAll(fusions());
    entrants.addAll(mixtures());
    return entrants;
  }

  private Entrant entrant(
      String name, String group, Cost cost, Function<XrayRun, CentreClassifier> classifier) {
    return new Entrant(name, group, runs.stream().map(classifier).toList(), cost);
  }

  /** A hospital asks its own plugin; one that trained nothing has the base. */
  private CentreClassifier local(XrayRun run) {
    Map<String, CentreClassifier> own = new TreeMap<>();
    run.contributions()
        .forEach(each -> own.put(each.module().id().centre(), plugin(run, each.module())));
    return (centre, inputs) -> {
      CentreClassifier classifier = own.get(centre);
      return classifier == null
          ? found(run.runtime().runBase(inputs))
          : classifier.finding(centre, inputs);
    };
  }

  private Entrant federated() {
    List<FederatedLora> trained =
        runs.stream()
            .map(run -> FederatedLora.train(plan, run.models(), hospitals.training()))
            .toList();
    return new Entrant(
        "FedAvg",
        FEDERATED,
        trained.stream().map(each -> network(each.network())).toList(),
        trained.get(0).cost());
  }

  private static CentreClassifier network(Network network) {
    return (centre, inputs) -> {
      try (ModelRuntime own = DjlRuntime.open(network)) {
        return found(own.runBase(inputs));
      }
    };
  }

  private List<Entrant> fusions() {
    Map<PluginId, Double> images = new TreeMap<>();
    runs.get(0).arrival().forEach(id -> images.put(id, (double) hospitals.of(id.centre()).size()));
    int rank = XrayModels.RANK;
    return List.of(
        fused("Fusion", FUSION, false, run -> Fusion.average().rank(rank).build()),
        fused("Fusion, full rank", FUSION, false, run -> Fusion.average().build()),
        fused(
            "Fusion, by numbers of images",
            FUSION,
            false,
            run ->
                Fusion.average()
                    .coefficients(Coefficients.perPlugin(images))
                    .normalized()
                    .rank(rank)
                    .build()),
        fused(
            "Fusion, geometric median",
            FUSION,
            false,
            run -> Fusion.by(GramRule.geometricMedian()).rank(rank).build()),
        fused("Fusion, searched", FUSION, true, this::searched),
        fused(
            REFERENCE,
            REFERENCE,
            true,
            run -> MedForgeReference.inOrder(run.arrival(), run.sets(), run.runtime())));
  }

  private MergeStrategy<PluginModule> searched(XrayRun run) {
    return CoefficientSearch.perPlugin(plan.evaluations(), run.seed())
        .build()
        .fusion(set -> DistilledLoss.of(set, run.sets(), run.runtime()).build());
  }

  private Entrant fused(
      String name, String group, boolean sets, Function<XrayRun, MergeStrategy<PluginModule>> how) {
    List<PluginModule> fused =
        runs.stream().map(run -> how.apply(run).merge(run.plugins()).value()).toList();
    List<CentreClassifier> bySeed = new ArrayList<>();
    for (int i = 0; i < fused.size(); i++) {
      bySeed.add(plugin(runs.get(i), fused.get(i)));
    }
    long down = XrayModels.bytes(fused.get(0)) * plan.hospitals();
    return new Entrant(name, group, bySeed, new Cost(up(sets), down, 1, false));
  }

  /** What the published fold makes of every order of arrival but the hospitals' order of name. */
  List<Entrant> references(List<Arrivals> arrivals) {
    List<Entrant> entrants = new ArrayList<>();
    for (int order = 1; order < arrivals.get(0).arrivals().size(); order++) {
      List<CentreClassifier> bySeed = new ArrayList<>();
      for (int i = 0; i < runs.size(); i++) {
        XrayRun run = runs.get(i);
        arrivals
            .get(i)
            .arrivals()
            .get(order)
            .reference()
            .ifPresent(module -> bySeed.add(plugin(run, module)));
      }
      if (!bySeed.isEmpty()) {
        String name = REFERENCE + ", order " + arrivals.get(0).arrivals().get(order).name();
        long down = modules();
        entrants.add(new Entrant(name, ORDERED, bySeed, new Cost(up(true), down, 1, false)));
      }
    }
    return entrants;
  }

  /** Fusion where the last hospital's module is old and counts less. */
  Entrant late(List<LateHospital> late) {
    List<CentreClassifier> bySeed = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      bySeed.add(plugin(runs.get(i), late.get(i).module()));
    }
    long down = XrayModels.bytes(late.get(0).module()) * plan.hospitals();
    return new Entrant(
        "Fusion, last hospital late", LATE, bySeed, new Cost(up(false), down, 1, false));
  }

  private List<Entrant> mixtures() {
    return List.of(
        mixed("Mixture", true, run -> Gate.memory(run.memory())),
        mixed(
            "Mixture, resemblance alone",
            true,
            run -> MemoryGate.of(run.memory()).trust(1).build()),
        mixed("Mixture, equal weights", false, run -> Gate.uniform()),
        mixed("Mixture, fitted", true, run -> Gate.fitted(run.memory())),
        mixed(PUBLISHED, true, run -> Gate.published(run.memory(), run.arrival())));
  }

  private Entrant mixed(String name, boolean sets, Function<XrayRun, Gate> gate) {
    List<MixtureModel> models = runs.stream().map(run -> run.behind(gate.apply(run))).toList();
    List<CentreClassifier> bySeed = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      bySeed.add(mixture(runs.get(i), models.get(i)));
    }
    long down = modules() * (plan.hospitals() - 1);
    if (sets) {
      for (Tensor tensor : models.get(0).toBundle().tensors().values()) {
        down += tensor.dtype().byteSize(tensor.shape()) * plan.hospitals();
      }
    }
    return new Entrant(name, MIXTURE, bySeed, new Cost(up(sets), down, 1, false));
  }

  /** A finished plugin as the table asks it. */
  static CentreClassifier plugin(XrayRun run, PluginModule plugin) {
    return (centre, inputs) -> found(run.runtime().run(plugin, inputs));
  }

  /** A finished mixture as the table asks it. */
  static CentreClassifier mixture(XrayRun run, MixtureModel model) {
    return (centre, inputs) ->
        model.predictAll(run.runtime(), inputs).stream()
            // A sum of shares may exceed 1 by its rounding.
            .mapToDouble(prediction -> Math.min(1, prediction.probabilities()[Images.PNEUMONIA]))
            .toArray();
  }

  private static double[] found(Outputs outputs) {
    double[] scores = new double[outputs.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = outputs.probabilities(i)[Images.PNEUMONIA];
    }
    return scores;
  }

  private Cost single() {
    long bytes = XrayModels.bytes(runs.get(0).module(0));
    return new Cost(bytes, bytes * (plan.hospitals() - 1), 1, false);
  }

  private long modules() {
    return runs.get(0).contributions().stream()
        .mapToLong(each -> XrayModels.bytes(each.module()))
        .sum();
  }

  private long up(boolean sets) {
    long bytes = modules();
    if (sets) {
      for (DistilledSet set : runs.get(0).sets().values()) {
        bytes += XrayModels.bytes(set);
      }
    }
    return bytes;
  }
}
