package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.alignment.LowRankGram;
import java.util.Collections;
import java.util.List;

/** The shortest arc between two deltas, by coefficients of the deltas alone. */
record SlerpRule() implements GramRule {
  private static final double COLINEAR = 1e-8;
  private static final double OPPOSITE = 1e-6;

  @Override
  public RuleDescription description() {
    return new RuleDescription(
        "slerp",
        Collections.emptySortedMap(),
        List.of(FusionSpace.PRODUCT, FusionSpace.DENSE),
        false,
        false);
  }

  @Override
  public List<Double> coefficients(LowRankGram gram, List<Double> shares) {
    if (gram.size() != 2) {
      throw new IncompatiblePluginsException(
          "expected exactly 2 plugins for slerp, found "
              + gram.plugins()
              + " (karcher averages any number)");
    }
    double cosine = gram.cosine(0, 1);
    double sine = Math.sqrt((1 - cosine) * (1 + cosine));
    if (cosine < 0 && sine < OPPOSITE) {
      throw new IncompatiblePluginsException(
          "expected deltas that are not opposite, found cosine "
              + cosine
              + " between "
              + gram.plugins()
              + ", which no shortest arc joins");
    }
    if (sine < COLINEAR || gram.norm(0) == 0 || gram.norm(1) == 0) {
      return shares;
    }
    double theta = StrictMath.atan2(sine, cosine);
    return List.of(
        StrictMath.sin(shares.get(0) * theta) / sine, StrictMath.sin(shares.get(1) * theta) / sine);
  }
}
