package io.medforge.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;

/**
 * The stratified percentile bootstrap (Efron, Tibshirani, An Introduction to the Bootstrap, 1993):
 * patients are drawn again within hospital and diagnosis, so every resample has the table's case
 * mix and its AUC exists. Every method sees the same resamples, so differences are paired.
 * Immutable.
 */
public final class Bootstrap {
  /** How often patients are drawn again. */
  static final int RESAMPLES = 2000;

  private static final double TAIL = 0.025;

  private final long seed;

  Bootstrap(long seed) {
    this.seed = seed;
  }

  /**
   * A 95 % interval.
   *
   * @param low its lower end
   * @param high its upper end
   */
  record Interval(double low, double high) {}

  /**
   * The interval of a statistic.
   *
   * @param parts answers by hospital
   * @param statistic of the pooled answers
   * @return the 2.5th to the 97.5th percentile
   */
  Interval interval(SortedMap<String, Answers> parts, ToDoubleFunction<Answers> statistic) {
    Answers pooled = Answers.pooled(parts.values());
    return percentiles(parts, drawn -> statistic.applyAsDouble(pooled.select(drawn)));
  }

  /**
   * The interval of a comparison of two methods on the same patients.
   *
   * @param first answers by hospital
   * @param second another method's answers to the same patients
   * @param statistic of both methods' pooled answers
   * @return the 2.5th to the 97.5th percentile
   */
  Interval difference(
      SortedMap<String, Answers> first,
      SortedMap<String, Answers> second,
      ToDoubleBiFunction<Answers, Answers> statistic) {
    Answers one = Answers.pooled(first.values());
    Answers other = Answers.pooled(second.values());
    return percentiles(
        first, drawn -> statistic.applyAsDouble(one.select(drawn), other.select(drawn)));
  }

  private Interval percentiles(
      SortedMap<String, Answers> parts, ToDoubleFunction<int[]> statisticOfDrawn) {
    List<int[]> strata = strata(parts);
    Random random = Seeds.random(seed, "bootstrap/" + String.join(",", parts.keySet()));
    double[] values = new double[RESAMPLES];
    for (int b = 0; b < RESAMPLES; b++) {
      values[b] = statisticOfDrawn.applyAsDouble(draw(strata, random));
    }
    Arrays.sort(values);
    return new Interval(quantile(values, TAIL), quantile(values, 1 - TAIL));
  }

  /** Indices into the pooled answers, by hospital and diagnosis. */
  private static List<int[]> strata(SortedMap<String, Answers> parts) {
    SortedMap<String, List<Integer>> strata = new TreeMap<>();
    int index = 0;
    for (var part : parts.entrySet()) {
      for (int i = 0; i < part.getValue().size(); i++) {
        String stratum = part.getKey() + "/" + part.getValue().diagnosis(i);
        strata.computeIfAbsent(stratum, name -> new ArrayList<>()).add(index++);
      }
    }
    return strata.values().stream()
        .map(list -> list.stream().mapToInt(Integer::intValue).toArray())
        .toList();
  }

  private static int[] draw(List<int[]> strata, Random random) {
    int[] drawn = new int[strata.stream().mapToInt(stratum -> stratum.length).sum()];
    int at = 0;
    for (int[] stratum : strata) {
      for (int i = 0; i < stratum.length; i++) {
        drawn[at++] = stratum[random.nextInt(stratum.length)];
      }
    }
    return drawn;
  }

  /**
   * Linear between order statistics, as numpy's default (Hyndman, Fan, 1996, type 7).
   *
   * @param sorted at least one value, ascending
   * @param probability 0 to 1
   * @return the quantile
   */
  public static double quantile(double[] sorted, double probability) {
    double position = probability * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
