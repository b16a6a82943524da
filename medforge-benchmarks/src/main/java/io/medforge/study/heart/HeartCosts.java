package io.medforge.study.heart;

import io.medforge.merge.mixture.MixtureModel;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.study.evidence.Cost;
import java.util.Collection;

/**
 * What the heart suite's methods send; a distilled row is 13 features in F32 and a class in a byte.
 *
 * @param hospitals how many
 * @param module bytes of one plugin
 * @param model bytes of all parameters that federated learning sends, in F32
 */
record HeartCosts(int hospitals, long module, long model) {
  /** The model up and down in every round; the first download is the public start. */
  Cost federated(int rounds) {
    long bytes = (long) rounds * hospitals * model;
    return new Cost(bytes, bytes, rounds, false);
  }

  /** One hospital's module, which all others get. */
  Cost single() {
    return new Cost(module, module * (hospitals - 1), 1, false);
  }

  /** All modules up, the fused one down. */
  Cost fusion(long fused) {
    return new Cost(module * hospitals, fused * hospitals, 1, false);
  }

  /** All modules up, each hospital gets the others'. */
  Cost mixture() {
    return new Cost(module * hospitals, module * hospitals * (hospitals - 1), 1, false);
  }

  /** The same and the distilled sets up. */
  Cost with(Cost cost, Collection<DistilledSet> sets) {
    long bytes = 0;
    for (DistilledSet set : sets) {
      bytes += bytes(set.inputs().values()) + set.size();
    }
    return new Cost(cost.up() + bytes, cost.down(), cost.rounds(), false);
  }

  /** The same and a gate's numbers down to every hospital. */
  Cost with(Cost cost, MixtureModel mixture) {
    long gate = mixture.toBundle().tensors().values().stream().mapToLong(HeartCosts::bytes).sum();
    return new Cost(cost.up(), cost.down() + gate * hospitals, cost.rounds(), false);
  }

  private static long bytes(Tensor tensor) {
    return tensor.dtype().byteSize(tensor.shape());
  }
}
