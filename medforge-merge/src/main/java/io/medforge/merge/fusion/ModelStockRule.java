package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.alignment.LowRankGram;
import java.util.Collections;
import java.util.List;

/** The mean, shortened by how little the deltas agree. */
record ModelStockRule() implements GramRule {
  private static final double SINGULAR = 1e-6;

  @Override
  public RuleDescription description() {
    return new RuleDescription(
        "model-stock",
        Collections.emptySortedMap(),
        List.of(FusionSpace.PRODUCT, FusionSpace.DENSE),
        false,
        false);
  }

  @Override
  public List<Double> coefficients(LowRankGram gram, List<Double> shares) {
    int n = gram.size();
    if (n == 1) {
      return shares;
    }
    double cosines = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        cosines += gram.cosine(i, j);
      }
    }
    double cosine = cosines / (n * (n - 1) / 2.0);
    double divisor = 1 + (n - 1) * cosine;
    if (divisor < SINGULAR) {
      throw new IncompatiblePluginsException(
          "expected deltas that do not oppose each other, found mean cosine "
              + cosine
              + ", at plugins "
              + gram.plugins());
    }
    double t = n * cosine / divisor;
    return shares.stream().map(share -> t * share).toList();
  }
}
