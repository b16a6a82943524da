package io.medforge.study.heart;

import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.branch.InitialParameters;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.Network;
import io.medforge.study.evidence.CentreClassifier;
import io.medforge.study.evidence.Entrant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * FLamby's model: logistic regression on a base of zeros. A hospital with patients of one class
 * only trains like any other: the ridge towards the base keeps its intercept finite. A plugin is
 * sent as its 14 numbers in F16; federated learning sends them in F32, as published.
 */
final class LogisticFamily implements ModelFamily {
  private static final double TUNED_RATE = 0.03;

  private final double ridge;
  private final int features;
  private final LogisticRuntime runtime;

  LogisticFamily(double ridge, int features) {
    this.ridge = ridge;
    this.features = features;
    this.runtime = new LogisticRuntime(features);
  }

  @Override
  public String prefix() {
    return "";
  }

  @Override
  public boolean drawn() {
    return false;
  }

  @Override
  public ModelRuntime runtime() {
    return runtime;
  }

  @Override
  public PluginModule train(PluginId id, CentreRows patients, long seed) {
    return runtime.plugin(id, new RidgeRegression(ridge).fit(patients));
  }

  @Override
  public CentreClassifier pooled(CentreRows everybody, long seed) {
    return Classifiers.model(new RidgeRegression(ridge).fit(everybody));
  }

  @Override
  public List<Entrant> federated(SortedMap<String, CentreRows> hospitals, List<Long> seeds) {
    FederatedTraining.Server average = FederatedTraining.Server.AVERAGE;
    return List.of(
        federated("FedAvg", 1e-3, 0, average, hospitals, seeds),
        federated("FedProx", 1e-3, 0.01, average, hospitals, seeds),
        federated("FedAdam", 1e-4, 0, FederatedTraining.Server.ADAM, hospitals, seeds),
        federated("FedAvg, tuned rate", TUNED_RATE, 0, average, hospitals, seeds));
  }

  private Entrant federated(
      String name,
      double rate,
      double proximal,
      FederatedTraining.Server server,
      SortedMap<String, CentreRows> hospitals,
      List<Long> seeds) {
    FederatedTraining training =
        new FederatedTraining(
            HeartPlan.ROUNDS, HeartPlan.UPDATES, HeartPlan.BATCH, rate, proximal, server);
    HeartCosts costs = new HeartCosts(hospitals.size(), 0, modelBytes());
    return new Entrant(
        name,
        HeartMethods.FEDERATED,
        seeds.stream()
            .map(seed -> Classifiers.model(training.train(hospitals.values(), seed)))
            .toList(),
        costs.federated(HeartPlan.ROUNDS));
  }

  /** The features are the inputs, whatever the weights. */
  @Override
  public Network distilledOn() {
    return Network.of(
        "heart-features",
        Architecture.mlp("logistic"),
        InitialParameters.mlp(List.of("logistic"), List.of(features, 2), 0));
  }

  /** The features, and ones. */
  @Override
  public Map<String, Tensor> layerInputs(DistilledSet set) {
    float[] ones = new float[set.size()];
    Arrays.fill(ones, 1f);
    return Map.of(
        LogisticRuntime.WEIGHTS,
        set.inputs().values(),
        LogisticRuntime.INTERCEPT,
        Tensor.of(Shape.of(set.size(), 1), ones));
  }

  @Override
  public long bytes(PluginModule plugin) {
    return (features + 1L) * Short.BYTES;
  }

  @Override
  public long modelBytes() {
    return (features + 1L) * Float.BYTES;
  }

  @Override
  public int rank() {
    return 1;
  }
}
