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
    List<Long> seeds) {
  private static final int FEW = 4;

  /** The study's settings: two seeds, three for few hospitals. */
  static XrayPlan of(int hospitals) {
    List<Long> seeds = hospitals > FEW ? List.of(42L, 43L) : List.of(42L, 43L, 44L);
    return new XrayPlan(hospitals, 32, 2, 12, 8, 4, 10, 60, 40, seeds);
  }

  /** Copies the list. */
  XrayPlan {
    seeds = List.copyOf(seeds);
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
        seeds);
  }
}
