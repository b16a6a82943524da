package io.medforge.study.xray;

import java.util.List;

/**
 * What is trained, and how much. Everything was chosen on training images alone: a seventh of them
 * as if they were the test.
 *
 * @param hospitals how many train
 * @param width of the vision transformer
 * @param depth its blocks
 * @param baseEpochs passes over the public images
 * @param epochs a hospital's passes over its own
 * @param rounds of federated learning, among which the same passes are shared out
 * @param distilled synthetic images per class and hospital
 * @param distillationSteps of distribution matching
 * @param evaluations of Fusion's coefficient search
 * @param seeds of the base, the plugins, and the synthetic images
 * @param epsilons guarantees of private branches; none leaves privacy and leakage out
 * @param shadows plugins that an attacker trains
 */
record XrayPlan(
    int hospitals,
    int width,
    int depth,
    int baseEpochs,
    int epochs,
    int rounds,
    int distilled,
    int distillationSteps,
    int evaluations,
    List<Long> seeds,
    List<Double> epsilons,
    int shadows) {
  private static final int FEW = 4;
  private static final int SHADOWS = 8;

  /** The study's settings: two seeds; for few hospitals three, and privacy. */
  static XrayPlan of(int hospitals) {
    // Below 2 the noise exceeds the fewest images of a class, 36, and distillation may refuse.
    boolean few = hospitals <= FEW;
    List<Long> seeds = few ? List.of(42L, 43L, 44L) : List.of(42L, 43L);
    List<Double> epsilons = few ? List.of(2.0, 4.0, 16.0) : List.of();
    return new XrayPlan(hospitals, 32, 2, 12, 8, 4, 10, 60, 40, seeds, epsilons, SHADOWS);
  }

  /** Copies the lists. */
  XrayPlan {
    seeds = List.copyOf(seeds);
    epsilons = List.copyOf(epsilons);
  }

  /** The same with another number of passes over the public images. */
  XrayPlan withBaseEpochs(int passes) {
    return new XrayPlan(
        hospitals,
        width,
        depth,
        passes,
        epochs,
        rounds,
        distilled,
        distillationSteps,
        evaluations,
        seeds,
        epsilons,
        shadows);
  }
}
