package io.medforge.plugin.audit;

import io.medforge.runtime.DistilledSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the means of the classes give away. Distribution matching makes the mean of a distilled
 * class that of the patients; so a class of one patient is that patient, and two releases between
 * which a class grew by few patients give their mean: {@code (n mean - n' mean') / (n - n')}.
 *
 * <p>Both are a matter of counting, and the verdict counts. How near that difference comes to a
 * patient is reported beside it: its distance to the nearest member of the class over that to the
 * nearest stranger.
 */
final class ClassMeans {
  static final String NAME = "class-mean-differencing";

  private final DistilledSet distilled;
  private final Cohort members;
  private final Cohort strangers;
  private final Function<DistilledSet, double[][]> embedding;
  private final double[][] memberRows;
  private final double[][] strangerRows;

  ClassMeans(
      DistilledSet distilled,
      Cohort members,
      Cohort strangers,
      Function<DistilledSet, double[][]> embedding,
      double[][] memberRows,
      double[][] strangerRows) {
    this.distilled = distilled;
    this.members = members;
    this.strangers = strangers;
    this.embedding = embedding;
    this.memberRows = memberRows;
    this.strangerRows = strangerRows;
  }

  AttackResult measure(@Nullable PreviousRelease previous, AuditLimits limits) {
    SortedMap<String, Estimate> figures = new TreeMap<>();
    int smallest = smallestClass();
    figures.put("smallest-class", Estimate.exactly(smallest));
    int change = 0;
    if (previous != null) {
      change = smallestChange(previous);
      figures.put("smallest-change", Estimate.exactly(change));
      double nearest = nearestDifference(previous);
      if (Double.isFinite(nearest)) {
        figures.put("difference-to-member-over-stranger", Estimate.exactly(nearest));
      }
    }
    if (smallest < limits.classSize()) {
      return AttackResult.of(
          NAME,
          Verdict.FAIL,
          "a released class stands for "
              + smallest
              + " patients, below the limit of "
              + limits.classSize(),
          figures);
    }
    if (change > 0 && change < limits.classSize()) {
      return AttackResult.of(
          NAME,
          Verdict.FAIL,
          "a class changed by "
              + change
              + " patients since the previous release, below the limit of "
              + limits.classSize(),
          figures);
    }
    return AttackResult.of(
        NAME,
        Verdict.PASS,
        "every released class stands for at least "
            + limits.classSize()
            + " patients"
            + (previous == null
                ? "; no previous release was given"
                : "; none changed by fewer since the previous release"),
        figures);
  }

  private int smallestClass() {
    int smallest = Integer.MAX_VALUE;
    for (int row = 0; row < distilled.size(); row++) {
      smallest = Math.min(smallest, members.count(distilled.classOf(row)));
    }
    return smallest;
  }

  /** The least change of a class that changed; 0 if none did. */
  private int smallestChange(PreviousRelease previous) {
    int smallest = 0;
    for (int label = 0; label < previous.classCounts().size(); label++) {
      int change = Math.abs(members.count(label) - previous.classCounts().get(label));
      smallest = change > 0 && (smallest == 0 || change < smallest) ? change : smallest;
    }
    return smallest;
  }

  private double nearestDifference(PreviousRelease previous) {
    double[][] now = embedding.apply(distilled);
    double[][] then = embedding.apply(previous.distilled());
    double nearest = Double.POSITIVE_INFINITY;
    for (int label = 0; label < previous.classCounts().size(); label++) {
      int n = members.count(label);
      int before = previous.classCounts().get(label);
      double[] mean = mean(distilled, now, label);
      double[] meanBefore = mean(previous.distilled(), then, label);
      if (n != before && mean != null && meanBefore != null) {
        double[] difference = new double[mean.length];
        for (int i = 0; i < mean.length; i++) {
          difference[i] = (n * mean[i] - before * meanBefore[i]) / (n - before);
        }
        double member = nearest(difference, members, memberRows, label);
        double stranger = nearest(difference, strangers, strangerRows, label);
        nearest = stranger > 0 ? Math.min(nearest, StrictMath.sqrt(member / stranger)) : nearest;
      }
    }
    return nearest;
  }

  private static double nearest(double[] point, Cohort cohort, double[][] rows, int label) {
    double nearest = Double.POSITIVE_INFINITY;
    for (int row = 0; row < rows.length; row++) {
      if (cohort.classOf(row) == label) {
        nearest = Math.min(nearest, NearestNeighbours.squaredDistance(point, rows[row]));
      }
    }
    return nearest;
  }

  private static double @Nullable [] mean(DistilledSet set, double[][] rows, int label) {
    double[] sum = new double[rows[0].length];
    int count = 0;
    for (int row = 0; row < rows.length; row++) {
      if (set.classOf(row) == label) {
        for (int i = 0; i < sum.length; i++) {
          sum[i] += rows[row][i];
        }
        count++;
      }
    }
    if (count == 0) {
      return null;
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] /= count;
    }
    return sum;
  }
}
