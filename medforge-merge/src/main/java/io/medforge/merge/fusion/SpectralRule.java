package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.LowRankUpdate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A rule on the singular vectors of the updates, in product space. */
record SpectralRule(String name, Step step) implements AveragingRule {
  /*
   * The papers of Iso-C and TSV-M, and fusion_bench, form dense matrices and give weight to arbitrary
   * null vectors where the plugins' ranks do not fill min(d, k). Here only directions that some plugin
   * has take part: the mean in Iso-C is over the numerical rank of the sum, and polar factors are
   * partial isometries.
   */

  /** What becomes of a layer's singular vectors. */
  @FunctionalInterface
  interface Step {
    /** Merges updates that are not zero; at least one. */
    SingularTerms merge(LayerUpdates layer, List<WeightedUpdate<LowRankUpdate>> parts);
  }

  @Override
  public RuleDescription description() {
    return new RuleDescription(
        name, Collections.emptySortedMap(), List.of(FusionSpace.PRODUCT), false, false);
  }

  @Override
  public LayerAverage average(LayerUpdates layer) {
    if (!layer.isLowRank()) {
      return vectors(layer);
    }
    List<WeightedUpdate<LowRankUpdate>> parts = new ArrayList<>();
    for (LayerUpdates.Member member : layer.members()) {
      LowRankUpdate update = (LowRankUpdate) member.update();
      if (member.weight() * update.scaling() != 0) {
        parts.add(new WeightedUpdate<>(member.plugin(), update, member.weight()));
      }
    }
    SingularTerms terms = parts.isEmpty() ? SingularTerms.none() : step.merge(layer, parts);
    return terms.size() == 0
        ? new LayerAverage.Combination(Collections.nCopies(layer.size(), 0.0))
        : new LayerAverage.Factored(terms.left(), terms.right(), terms.values());
  }

  /** A vector has no singular directions: the weighted sum, as both papers take its mean. */
  private LayerAverage vectors(LayerUpdates layer) {
    if (layer.shape().dimensions() > 1) {
      throw new IncompatiblePluginsException(
          "expected low-rank updates, or dense ones of one dimension, for "
              + name
              + ", found a dense update of "
              + layer.shape()
              + ", at layer "
              + layer.layer());
    }
    return new LayerAverage.Combination(layer.weights());
  }
}
