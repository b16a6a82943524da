package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.alignment.LowRankGram;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The mean of the m plugins that lie closest to their n - f - 2 nearest others. */
record KrumRule(int f, int m) implements GramRule {
  KrumRule {
    if (f < 0) {
      throw new IllegalArgumentException("expected f of at least 0, found " + f);
    }
    if (m < 1) {
      throw new IllegalArgumentException("expected m of at least 1, found " + m);
    }
  }

  @Override
  public RuleDescription description() {
    return new RuleDescription(
        m == 1 ? "krum" : "multi-krum",
        new TreeMap<>(Map.of("f", Integer.toString(f), "m", Integer.toString(m))),
        List.of(FusionSpace.PRODUCT, FusionSpace.FACTORS, FusionSpace.DENSE),
        false,
        false);
  }

  @Override
  public List<Double> coefficients(LowRankGram gram, List<Double> shares) {
    checkFeasible(gram);
    double[] scores = scores(gram, f);
    Integer[] order = IntStream.range(0, scores.length).boxed().toArray(Integer[]::new);
    // Stable, so ties stay in canonical order.
    Arrays.sort(order, Comparator.comparingDouble(i -> scores[i]));
    double total = 0;
    for (int rank = 0; rank < m; rank++) {
      total += shares.get(order[rank]);
    }
    if (total == 0) {
      throw new IncompatiblePluginsException(
          "expected a coefficient above 0 at one of the chosen plugins, found none, at "
              + Arrays.stream(order).limit(m).map(gram.plugins()::get).toList());
    }
    Double[] coefficients = new Double[scores.length];
    Arrays.fill(coefficients, 0.0);
    for (int rank = 0; rank < m; rank++) {
      coefficients[order[rank]] = shares.get(order[rank]) / total;
    }
    return List.of(coefficients);
  }

  /** Per plugin the sum of the squared distances to its n - f - 2 nearest others. */
  static double[] scores(LowRankGram gram, int f) {
    int n = gram.size();
    double[] scores = new double[n];
    for (int i = 0; i < n; i++) {
      double[] distances = new double[n - 1];
      for (int j = 0; j < n; j++) {
        if (j != i) {
          distances[j < i ? j : j - 1] = gram.squaredDistance(i, j);
        }
      }
      Arrays.sort(distances);
      for (int j = 0; j < n - f - 2; j++) {
        scores[i] += distances[j];
      }
    }
    return scores;
  }

  private void checkFeasible(LowRankGram gram) {
    // In long, since f may be anything.
    if (gram.size() < 2L * f + 3) {
      throw new IncompatiblePluginsException(
          "expected at least 2 f + 3 = "
              + (2L * f + 3)
              + " plugins for "
              + description().name()
              + " with f = "
              + f
              + ", found "
              + gram.size()
              + " (the geometric median needs only a majority of honest ones)");
    }
    if (m > gram.size() - f) {
      throw new IncompatiblePluginsException(
          "expected m of at most n - f = "
              + (gram.size() - f)
              + " for multi-krum with f = "
              + f
              + ", found "
              + m);
    }
  }
}
