package io.medforge.study.heart;

import java.util.List;

/**
 * What FLamby published on the same rows: accuracy, mean of 5 seeds, logistic regression, from its
 * benchmark files (owkin/FLamby, {@code flamby/results/results_benchmark_fed_heart_disease},
 * heart_seed42 to 46).
 */
final class PublishedResults {
  /** Pooled training's mean of centres: what Mixture is held to. */
  static final double POOLED_MEAN = 0.7353;

  /** FedAvg's mean of centres: what Fusion is held to. */
  static final double FEDAVG_MEAN = 0.6850;

  /** FedAdagrad's mean of centres: what Fusion aims at. */
  static final double FEDADAGRAD_MEAN = 0.7314;

  /** What Mixture aims at. */
  static final double MIXTURE_AIM = 0.755;

  /** Where they come from. */
  static final String SOURCE =
      "owkin/FLamby, flamby/results/results_benchmark_fed_heart_disease, heart_seed42 to 46;"
          + " accuracy, mean of 5 seeds, logistic regression, the same split";

  /** All methods. */
  static final List<Published> ALL =
      List.of(
          new Published("pooled training", 0.7827, 0.7640, 0.7500, 0.6444, POOLED_MEAN, 0),
          new Published(
              "best single centre (Cleveland)", 0.7462, 0.7596, 0.7250, 0.6578, 0.7221, 0),
          new Published("FedAvg, FedProx", 0.7308, 0.7191, 0.6500, 0.6400, FEDAVG_MEAN, 15),
          new Published("FedAdam", 0.7519, 0.7461, 0.7375, 0.6667, 0.7255, 15),
          new Published("FedAdagrad, FedYogi", 0.7596, 0.7528, 0.7375, 0.6756, FEDADAGRAD_MEAN, 15),
          new Published("Cyclic", 0.7577, 0.7618, 0.7125, 0.6400, 0.7180, 15));

  private PublishedResults() {}

  /**
   * One method's accuracies.
   *
   * @param method its name
   * @param cleveland at Cleveland
   * @param hungarian at Budapest
   * @param switzerland at Zurich and Basel
   * @param va at Long Beach
   * @param mean of the centres
   * @param rounds of exchange
   */
  record Published(
      String method,
      double cleveland,
      double hungarian,
      double switzerland,
      double va,
      double mean,
      int rounds) {
    /** The value at a centre of {@link HeartData#CENTRES}. */
    double at(String centre) {
      return switch (centre) {
        case "cleveland" -> cleveland;
        case "hungarian" -> hungarian;
        case "switzerland" -> switzerland;
        case "va" -> va;
        default -> throw new IllegalArgumentException("expected a centre, found " + centre);
      };
    }
  }

  /** FedAvg's. */
  static Published fedAvg() {
    return ALL.get(2);
  }
}
