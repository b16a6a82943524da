package io.medforge.plugin.audit;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Whether a distilled set lies nearer to the patients behind it than to strangers: the ratio of the
 * median distances to the nearest of either, equally many of both. A distilled set drawn from the
 * population has a ratio near 1, one that remembers patients a small one.
 *
 * <p>The ratio's interval is a percentile bootstrap over the distilled examples. A near copy is an
 * example nearer to a patient than a tenth of the median distance between a stranger and the
 * stranger nearest to it; copies of strangers happen by chance, and only an excess over them
 * counts.
 */
final class NearestNeighbours {
  static final String NAME = "nearest-neighbours";

  private static final int RESAMPLES = 1000;
  private static final double NEAR = 0.1;
  private static final double LARGEST_RATIO = 1e6;

  private final double[] toMembers;
  private final double[] toStrangers;
  private final double[] memberContrast;
  private final double strangersApart;

  private NearestNeighbours(double[][] distilled, double[][] members, double[][] strangers) {
    this.toMembers = new double[distilled.length];
    this.toStrangers = new double[distilled.length];
    this.memberContrast = new double[distilled.length];
    for (int s = 0; s < distilled.length; s++) {
      double[] nearest = twoNearest(distilled[s], members, -1);
      toMembers[s] = nearest[0];
      memberContrast[s] = nearest[1] == 0 ? 1 : nearest[0] / nearest[1];
      toStrangers[s] = twoNearest(distilled[s], strangers, -1)[0];
    }
    this.strangersApart =
        median(
            IntStream.range(0, strangers.length)
                .mapToDouble(i -> twoNearest(strangers[i], strangers, i)[0])
                .toArray());
  }

  static AttackResult measure(
      double[][] distilled,
      double[][] members,
      double[][] strangers,
      AuditLimits limits,
      long seed) {
    int equally = Math.min(members.length, strangers.length);
    if (equally < 2) {
      throw new IllegalArgumentException(
          "expected at least 2 members and 2 strangers, found "
              + members.length
              + " and "
              + strangers.length);
    }
    NearestNeighbours found =
        new NearestNeighbours(
            distilled,
            some(members, equally, AuditRandom.of(seed, "members", 0)),
            some(strangers, equally, AuditRandom.of(seed, "strangers", 0)));
    return found.result(limits, AuditRandom.of(seed, "bootstrap", 0));
  }

  private AttackResult result(AuditLimits limits, AuditRandom random) {
    Estimate ratio = ratio(random);
    int copies = within(toMembers, 0) - within(toStrangers, 0);
    int near =
        within(toMembers, NEAR * strangersApart) - within(toStrangers, NEAR * strangersApart);
    SortedMap<String, Estimate> figures = new TreeMap<>();
    figures.put("distance-ratio", ratio);
    figures.put("median-distance-to-members", Estimate.exactly(median(toMembers)));
    figures.put("median-distance-to-strangers", Estimate.exactly(median(toStrangers)));
    figures.put("median-nearest-to-second-nearest", Estimate.exactly(median(memberContrast)));
    figures.put("exact-copies-of-members", Estimate.exactly(within(toMembers, 0)));
    figures.put("exact-copies-of-strangers", Estimate.exactly(within(toStrangers, 0)));
    figures.put(
        "near-copies-of-members", Estimate.exactly(within(toMembers, NEAR * strangersApart)));
    figures.put(
        "near-copies-of-strangers", Estimate.exactly(within(toStrangers, NEAR * strangersApart)));
    if (copies > 0 || near > 0) {
      return AttackResult.of(
          NAME,
          Verdict.FAIL,
          Math.max(copies, near) + " more distilled examples copy members than copy strangers",
          figures);
    }
    String interval =
        "the distance to members is "
            + AttackResult.text(ratio.lower())
            + " to "
            + AttackResult.text(ratio.upper())
            + " of that to strangers, against a limit of "
            + AttackResult.text(limits.distanceRatio());
    Verdict verdict =
        ratio.upper() < limits.distanceRatio()
            ? Verdict.FAIL
            : ratio.lower() < limits.distanceRatio() ? Verdict.INCONCLUSIVE : Verdict.PASS;
    return AttackResult.of(NAME, verdict, interval, figures);
  }

  private Estimate ratio(AuditRandom random) {
    int n = toMembers.length;
    double[] ratios = new double[RESAMPLES];
    double[] members = new double[n];
    double[] strangers = new double[n];
    for (int r = 0; r < RESAMPLES; r++) {
      for (int i = 0; i < n; i++) {
        int drawn = random.below(n);
        members[i] = toMembers[drawn];
        strangers[i] = toStrangers[drawn];
      }
      ratios[r] = ratio(median(members), median(strangers));
    }
    Arrays.sort(ratios);
    double value = ratio(median(toMembers), median(toStrangers));
    double lower = ratios[(int) (0.025 * RESAMPLES)];
    double upper = ratios[(int) (0.975 * RESAMPLES) - 1];
    return new Estimate(value, Math.min(value, lower), Math.max(value, upper));
  }

  private static double ratio(double members, double strangers) {
    if (strangers == 0) {
      return members == 0 ? 1 : LARGEST_RATIO;
    }
    return Math.min(LARGEST_RATIO, members / strangers);
  }

  /** Distances to the nearest and the second nearest of the others. */
  private static double[] twoNearest(double[] row, double[][] others, int except) {
    double first = Double.POSITIVE_INFINITY;
    double second = Double.POSITIVE_INFINITY;
    for (int i = 0; i < others.length; i++) {
      if (i != except) {
        double squared = squaredDistance(row, others[i]);
        if (squared < first) {
          second = first;
          first = squared;
        } else if (squared < second) {
          second = squared;
        }
      }
    }
    return new double[] {StrictMath.sqrt(first), StrictMath.sqrt(second)};
  }

  static double squaredDistance(double[] one, double[] other) {
    if (one.length != other.length) {
      throw new IllegalArgumentException(
          "expected rows of " + one.length + " values, found " + other.length);
    }
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      double difference = one[i] - other[i];
      sum += difference * difference;
    }
    return sum;
  }

  private static int within(double[] distances, double limit) {
    return (int) Arrays.stream(distances).filter(d -> d <= limit).count();
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static double[][] some(double[][] rows, int count, AuditRandom random) {
    int[] order = random.shuffled(IntStream.range(0, rows.length).toArray());
    return IntStream.range(0, count).mapToObj(i -> rows[order[i]]).toArray(double[][]::new);
  }
}
