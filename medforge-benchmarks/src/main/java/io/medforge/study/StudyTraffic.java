package io.medforge.study;

import io.medforge.forge.Contribution;

/**
 * What each method sent, all hospitals together. Immutable.
 *
 * <p>The same rules for all: the public base, where everybody starts, is counted for nobody; the
 * finished model goes down to every hospital. FedAvg's parameters are counted as bare F32, without
 * any container; adapters and distilled sets as the files that they are. FedAvg's first download is
 * the base and not counted, its last is the finished model: 20 up, 20 down.
 *
 * @param federated all parameters, every round
 * @param fusion contributions up, one fused adapter down
 * @param mixture contributions up, all adapters and the memory gate's numbers down
 * @param fitted contributions up, all adapters and static weights down
 * @param uniform adapters up, all adapters down
 */
record StudyTraffic(
    Traffic federated, Traffic fusion, Traffic mixture, Traffic fitted, Traffic uniform) {
  /** Pooled training sends the patients themselves. */
  static final Traffic POOLED = new Traffic(0, 0, 1, true);

  static StudyTraffic of(TrainingPlan plan, Trained trained, Merges merges) {
    int hospitals = trained.contributions().size();
    long parameters = BaseTraining.bytes(trained.base()) * hospitals * plan.rounds();
    long adapters = 0;
    long distilled = 0;
    for (Contribution contribution : trained.contributions()) {
      adapters += SentBytes.of(contribution.module());
      distilled += SentBytes.of(contribution.distilled());
    }
    long gate = (long) Double.BYTES * hospitals;
    return new StudyTraffic(
        new Traffic(parameters, parameters, plan.rounds(), false),
        new Traffic(
            adapters + distilled, SentBytes.of(merges.fusion().value()) * hospitals, 1, false),
        new Traffic(
            adapters + distilled,
            (adapters + SentBytes.ofGate(merges.mixture().value())) * hospitals,
            1,
            false),
        new Traffic(adapters + distilled, (adapters + gate) * hospitals, 1, false),
        new Traffic(adapters, adapters * hospitals, 1, false));
  }
}
