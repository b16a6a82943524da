package io.medforge.study.heart;

import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.branch.FullTraining;
import io.medforge.plugin.branch.InitialParameters;
import io.medforge.plugin.branch.LoraTraining;
import io.medforge.plugin.branch.NoiseSource;
import io.medforge.plugin.branch.PrivateTraining;
import io.medforge.plugin.branch.TrainingOptions;
import io.medforge.plugin.privacy.PrivacyLoss;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.Network;
import io.medforge.study.Seeds;
import io.medforge.study.evidence.CentreClassifier;
import io.medforge.study.evidence.Entrant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * LoRA on a small base: a perceptron of one hidden layer whose weights are random, public and never
 * trained. It knows no medicine; what a plugin knows it has from its hospital. Hidden biases are 1,
 * since a LoRA on weights alone could not move an intercept.
 *
 * <p>Training refuses rows of one class. A hospital that has only one adds a single imagined
 * patient of the other, average in everything (all features 0): the rule of succession.
 */
final class LoraFamily implements ModelFamily, AutoCloseable {
  private static final List<String> LAYERS = List.of("fc1", "fc2");
  private static final Architecture ARCHITECTURE = Architecture.mlp("fc1", "fc2");
  private static final int HIDDEN = 16;
  private static final int RANK = 2;
  private static final double ALPHA = 4;
  private static final int EPOCHS = 30;
  private static final int BATCH = 16;
  private static final double DELTA = 1e-3;
  private static final double LORA_RATE = 5e-3;
  private static final double FULL_RATE = 1e-3;

  private final Network base;
  private final ModelRuntime runtime;

  LoraFamily(int features) {
    SortedMap<String, Tensor> parameters =
        new TreeMap<>(InitialParameters.mlp(LAYERS, List.of(features, HIDDEN, 2), 1));
    float[] ones = new float[HIDDEN];
    Arrays.fill(ones, 1f);
    parameters.put("fc1.bias", Tensor.of(Shape.of(HIDDEN), ones));
    this.base = network(parameters);
    this.runtime = DjlRuntime.open(base);
  }

  private static Network network(SortedMap<String, Tensor> parameters) {
    return Network.of("heart-perceptron", ARCHITECTURE, parameters);
  }

  @Override
  public String prefix() {
    return "LoRA: ";
  }

  @Override
  public boolean drawn() {
    return true;
  }

  @Override
  public ModelRuntime runtime() {
    return runtime;
  }

  @Override
  public PluginModule train(PluginId id, CentreRows patients, long seed) {
    CentreRows rows = bothClasses(patients);
    return LoraTraining.of(base, id, LogisticRuntime.LABELS, options(EPOCHS, LORA_RATE, seed))
        .rank(RANK)
        .alpha(ALPHA)
        .build()
        .train(rows.inputs(), rows.classes());
  }

  /**
   * A plugin with a guarantee of (epsilon, 0.001) for adding or removing a patient. The noise comes
   * from the seed: right for a study on public data, and for nothing else.
   */
  PluginModule trainPrivately(PluginId id, CentreRows patients, double epsilon, long seed) {
    CentreRows rows = bothClasses(patients);
    long own = Seeds.derive(seed, "private/" + id.centre() + "/" + epsilon);
    LoraTraining training =
        LoraTraining.of(base, id, LogisticRuntime.LABELS, options(EPOCHS, LORA_RATE, own))
            .rank(RANK)
            .alpha(ALPHA)
            .build();
    SampledGaussian asked = PrivateTraining.of(training, 1).build().spentOn(rows.size());
    double noise =
        SampledGaussian.within(asked.samplingRate(), asked.steps(), new PrivacyLoss(epsilon, DELTA))
            .noiseMultiplier();
    return PrivateTraining.of(training, noise)
        .noise(NoiseSource.seeded(own))
        .build()
        .train(rows.inputs(), rows.classes())
        .module();
  }

  private static TrainingOptions options(int epochs, double rate, long seed) {
    return TrainingOptions.seeded(seed).epochs(epochs).batchSize(BATCH).learningRate(rate).build();
  }

  /** The rule of succession where a class is missing. */
  private static CentreRows bothClasses(CentreRows patients) {
    List<CentreRows> parts = new ArrayList<>(List.of(patients));
    for (int label = 0; label < LogisticRuntime.LABELS.size(); label++) {
      if (patients.count(label) == 0) {
        parts.add(CentreRows.of(new float[1][patients.width()], new int[] {label}));
      }
    }
    return CentreRows.pooled(parts);
  }

  @Override
  public CentreClassifier pooled(CentreRows everybody, long seed) {
    return Classifiers.plugin(
        runtime, train(new PluginId("pooled", "heart", "1"), everybody, seed));
  }

  /** FedAvg of all parameters, as many passes as the plugins, shared out over the rounds. */
  @Override
  public List<Entrant> federated(SortedMap<String, CentreRows> hospitals, List<Long> seeds) {
    HeartCosts costs = new HeartCosts(hospitals.size(), 0, modelBytes());
    return List.of(
        new Entrant(
            prefix() + "FedAvg, all parameters",
            prefix() + HeartMethods.FEDERATED,
            seeds.stream().map(seed -> federated(hospitals, seed)).toList(),
            costs.federated(HeartPlan.ROUNDS)));
  }

  private CentreClassifier federated(SortedMap<String, CentreRows> hospitals, long seed) {
    SortedMap<String, double[]> common = new TreeMap<>();
    base.parameters().forEach((name, tensor) -> common.put(name, tensor.toDoubles()));
    int all = hospitals.values().stream().mapToInt(CentreRows::size).sum();
    for (int round = 0; round < HeartPlan.ROUNDS; round++) {
      Network start = network(tensors(common));
      SortedMap<String, double[]> mean = new TreeMap<>();
      for (var hospital : hospitals.entrySet()) {
        CentreRows rows = bothClasses(hospital.getValue());
        double share = (double) hospital.getValue().size() / all;
        long own = Seeds.derive(seed, "fedavg/" + round + "/" + hospital.getKey());
        FullTraining.of(
                start, LogisticRuntime.LABELS, options(EPOCHS / HeartPlan.ROUNDS, FULL_RATE, own))
            .train(rows.inputs(), rows.classes())
            .forEach((name, tensor) -> add(mean, name, tensor.toDoubles(), share));
      }
      common.putAll(mean);
    }
    Network trained = network(tensors(common));
    return (centre, inputs) -> {
      try (ModelRuntime own = DjlRuntime.open(trained)) {
        return Classifiers.diseased(own.runBase(inputs));
      }
    };
  }

  private static void add(
      SortedMap<String, double[]> mean, String name, double[] values, double share) {
    double[] sum = mean.computeIfAbsent(name, key -> new double[values.length]);
    for (int i = 0; i < values.length; i++) {
      sum[i] += share * values[i];
    }
  }

  private SortedMap<String, Tensor> tensors(SortedMap<String, double[]> values) {
    SortedMap<String, Tensor> tensors = new TreeMap<>(base.parameters());
    values.forEach(
        (name, each) ->
            tensors.computeIfPresent(
                name, (key, tensor) -> Tensor.encode(tensor.dtype(), tensor.shape(), each)));
    return tensors;
  }

  @Override
  public Network distilledOn() {
    return base;
  }

  @Override
  public Map<String, Tensor> layerInputs(DistilledSet set) {
    Features hidden = runtime.features(set.inputs());
    float[] values = new float[set.size() * hidden.width()];
    for (int i = 0; i < set.size(); i++) {
      System.arraycopy(hidden.row(i), 0, values, i * hidden.width(), hidden.width());
    }
    return Map.of(
        "fc1.weight",
        set.inputs().values(),
        "fc2.weight",
        Tensor.of(Shape.of(set.size(), hidden.width()), values));
  }

  @Override
  public long bytes(PluginModule plugin) {
    long bytes = 0;
    for (var update : plugin.updates().values()) {
      if (!(update instanceof LowRankUpdate lowRank)) {
        throw new IllegalArgumentException("expected low-rank updates, found another");
      }
      bytes += lowRank.a().dtype().byteSize(lowRank.a().shape());
      bytes += lowRank.b().dtype().byteSize(lowRank.b().shape());
    }
    return bytes;
  }

  @Override
  public long modelBytes() {
    return base.parameters().values().stream()
        .mapToLong(tensor -> tensor.dtype().byteSize(tensor.shape()))
        .sum();
  }

  @Override
  public int rank() {
    return RANK;
  }

  @Override
  public void close() {
    runtime.close();
  }
}
