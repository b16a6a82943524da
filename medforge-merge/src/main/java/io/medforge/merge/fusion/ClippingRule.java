package io.medforge.merge.fusion;

import io.medforge.merge.alignment.LowRankGram;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * From v = 0 repeatedly {@code v <- v + sum alpha_i min(1, tau / |Delta_i - v|) (Delta_i - v)}; one
 * step is norm clipping. With v = sum c_i Delta_i all of it happens to c.
 */
record ClippingRule(String name, OptionalDouble radius, int steps) implements GramRule {
  ClippingRule {
    if (radius.isPresent()
        && !(radius.getAsDouble() > 0 && Double.isFinite(radius.getAsDouble()))) {
      throw new IllegalArgumentException(
          "expected a finite norm above 0 to clip to, found " + radius.getAsDouble());
    }
    if (steps < 1) {
      throw new IllegalArgumentException("expected at least 1 step, found " + steps);
    }
  }

  static ClippingRule byMedianNorm() {
    return new ClippingRule("norm-clipping", OptionalDouble.empty(), 1);
  }

  static ClippingRule byNorm(double norm) {
    return new ClippingRule("norm-clipping", OptionalDouble.of(norm), 1);
  }

  static ClippingRule centred(int steps) {
    return new ClippingRule("centred-clipping", OptionalDouble.empty(), steps);
  }

  static ClippingRule centred(double radius, int steps) {
    return new ClippingRule("centred-clipping", OptionalDouble.of(radius), steps);
  }

  @Override
  public RuleDescription description() {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("radius", radius.isPresent() ? Double.toString(radius.getAsDouble()) : "median");
    parameters.put("steps", Integer.toString(steps));
    return new RuleDescription(
        name, parameters, List.of(FusionSpace.PRODUCT, FusionSpace.DENSE), false, false);
  }

  @Override
  public List<Double> coefficients(LowRankGram gram, List<Double> shares) {
    double[] c = new double[gram.size()];
    for (int step = 0; step < steps; step++) {
      double[] distances = distances(gram, c);
      double tau = radius.orElseGet(() -> median(distances));
      double[] moves = new double[c.length];
      double total = 0;
      for (int i = 0; i < c.length; i++) {
        moves[i] = shares.get(i) * (distances[i] <= tau ? 1 : tau / distances[i]);
        total += moves[i];
      }
      for (int i = 0; i < c.length; i++) {
        c[i] = c[i] * (1 - total) + moves[i];
      }
    }
    return Arrays.stream(c).boxed().toList();
  }

  /** {@code |Delta_i - sum c_j Delta_j|} for every i. */
  static double[] distances(LowRankGram gram, double[] c) {
    double[] distances = new double[c.length];
    for (int i = 0; i < c.length; i++) {
      double[] difference = new double[c.length];
      for (int j = 0; j < c.length; j++) {
        difference[j] = (i == j ? 1 : 0) - c[j];
      }
      distances[i] = Math.sqrt(gram.squaredNorm(difference));
    }
    return distances;
  }

  /** The mean of the middle two where their number is even. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
