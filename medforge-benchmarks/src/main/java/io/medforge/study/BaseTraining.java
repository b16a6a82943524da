package io.medforge.study;

import io.medforge.plugin.Tensor;
import io.medforge.plugin.branch.FullTraining;
import io.medforge.plugin.branch.InitialParameters;
import io.medforge.plugin.branch.TrainingOptions;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Trains whole networks: the base, pooled training, federated averaging. */
final class BaseTraining {
  /** The layers' names, input first. */
  static final List<String> LAYERS = List.of("fc1", "fc2", "fc3");

  private static final Architecture ARCHITECTURE = Architecture.mlp(LAYERS.toArray(String[]::new));

  private final TrainingPlan plan;
  private final long seed;

  BaseTraining(TrainingPlan plan, long seed) {
    this.plan = plan;
    this.seed = seed;
  }

  /** The base, from random values, on the public share. */
  Network base(TrainingRows publicShare, int measurements) {
    List<Integer> widths = new ArrayList<>();
    widths.add(measurements);
    widths.addAll(plan.hidden());
    widths.add(TrainingRows.LABELS.size());
    Network start =
        network(InitialParameters.mlp(LAYERS, widths, Seeds.derive(seed, "base/initial")));
    return train(start, publicShare, plan.baseEpochs(), "base");
  }

  /** All parameters, from the base, on all hospitals' patients together. */
  Network pooled(Network base, TrainingRows everybody) {
    return train(base, everybody, plan.localEpochs(), "pooled");
  }

  /**
   * Federated averaging: McMahan et al., Communication-Efficient Learning of Deep Networks from
   * Decentralized Data, AISTATS 2017. Every round each hospital trains all parameters from the
   * common ones; these become the average, weighted by numbers of patients.
   */
  Network federated(Network base, List<TrainingRows> hospitals) {
    Network global = base;
    for (int round = 0; round < plan.rounds(); round++) {
      List<SortedMap<String, Tensor>> locals = new ArrayList<>();
      for (int h = 0; h < hospitals.size(); h++) {
        locals.add(
            train(global, hospitals.get(h), plan.epochsPerRound(), "fedavg/" + round + "/" + h)
                .parameters());
      }
      global = network(average(locals, hospitals.stream().mapToInt(TrainingRows::size).toArray()));
    }
    return global;
  }

  /** The size of all parameters as bare F32. */
  static long bytes(Network network) {
    return network.parameters().values().stream()
        .mapToLong(tensor -> Float.BYTES * tensor.shape().elements())
        .sum();
  }

  /** sum n_h theta_h / sum n_h, in double, rounded once. */
  static SortedMap<String, Tensor> average(List<SortedMap<String, Tensor>> locals, int... sizes) {
    double patients = 0;
    for (int size : sizes) {
      patients += size;
    }
    SortedMap<String, Tensor> averaged = new TreeMap<>();
    for (String name : locals.get(0).keySet()) {
      List<Tensor> same = locals.stream().map(local -> tensor(local, name)).toList();
      float[] mean = new float[same.get(0).toFloats().length];
      double[] sum = new double[mean.length];
      for (int h = 0; h < sizes.length; h++) {
        double[] values = same.get(h).toDoubles();
        for (int i = 0; i < sum.length; i++) {
          sum[i] += sizes[h] * values[i];
        }
      }
      for (int i = 0; i < sum.length; i++) {
        mean[i] = (float) (sum[i] / patients);
      }
      averaged.put(name, Tensor.of(same.get(0).shape(), mean));
    }
    return averaged;
  }

  private static Tensor tensor(SortedMap<String, Tensor> parameters, String name) {
    Tensor tensor = parameters.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("expected parameter " + name + ", found none");
    }
    return tensor;
  }

  private Network train(Network start, TrainingRows rows, int epochs, String purpose) {
    TrainingOptions options =
        TrainingOptions.seeded(Seeds.derive(seed, purpose))
            .epochs(epochs)
            .batchSize(plan.batchSize())
            .learningRate(plan.learningRate())
            .build();
    return network(
        FullTraining.of(start, TrainingRows.LABELS, options).train(rows.inputs(), rows.classes()));
  }

  private static Network network(SortedMap<String, Tensor> parameters) {
    return Network.of("wdbc-mlp", ARCHITECTURE, parameters);
  }
}
