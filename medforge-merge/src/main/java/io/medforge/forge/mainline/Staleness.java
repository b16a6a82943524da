package io.medforge.forge.mainline;

import io.medforge.forge.Contribution;
import io.medforge.merge.MergeStrategy;
import io.medforge.plugin.PluginId;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * How much less a module counts the older the version it was trained from. Immutable.
 *
 * <p>Staleness tau is counted in versions: from the version a module was trained from to the newest
 * version that any admitted module was trained from. So it is a function of what is admitted, not
 * of when it arrived, and the order of arrival still does not matter; a module whose centre does
 * not state a version counts as trained from the bare base, version 0. The rules are those of
 * asynchronous federated averaging (FedAsync, arXiv 1903.03934; FedBuff, 2106.06639).
 */
public final class Staleness {
  private interface Rule {
    double weight(int tau);
  }

  private final String name;
  private final Rule rule;

  private Staleness(String name, Rule rule) {
    this.name = name;
    this.rule = rule;
  }

  /**
   * Old modules count as much as new ones.
   *
   * @return the rule {@code s = 1}
   */
  public static Staleness constant() {
    return new Staleness("constant", tau -> 1);
  }

  /**
   * Old modules fade slowly.
   *
   * @return the rule {@code s = 1 / sqrt(1 + tau)}
   */
  public static Staleness inverseRoot() {
    return new Staleness("1/sqrt(1+tau)", tau -> 1 / Math.sqrt(1.0 + tau));
  }

  /**
   * Modules count fully up to an age and then fade.
   *
   * @param slope a, above 0
   * @param grace b, at least 0
   * @return the rule {@code s = 1 if tau <= b, else 1 / (a (tau - b) + 1)}
   * @throws IllegalArgumentException if one is outside
   */
  public static Staleness hinge(double slope, int grace) {
    if (!(slope > 0 && Double.isFinite(slope)) || grace < 0) {
      throw new IllegalArgumentException(
          "expected a slope above 0 and a grace of at least 0, found " + slope + " and " + grace);
    }
    return new Staleness(
        "hinge(" + slope + ", " + grace + ")",
        tau -> tau <= grace ? 1 : 1 / (slope * ((double) tau - grace) + 1));
  }

  /**
   * The weight of one staleness.
   *
   * @param tau versions, at least 0
   * @return s, above 0, at most 1
   * @throws IllegalArgumentException if negative
   */
  public double weight(int tau) {
    if (tau < 0) {
      throw new IllegalArgumentException("expected a staleness of at least 0, found " + tau);
    }
    return rule.weight(tau);
  }

  /**
   * The shares of some contributions in an average.
   *
   * @param contributions at least one
   * @return {@code s_i / sum s}, by plugin
   * @throws IllegalArgumentException if there is none
   */
  public SortedMap<PluginId, Double> shares(List<Contribution> contributions) {
    SortedMap<PluginId, Double> weights = new TreeMap<>();
    int newest =
        contributions.stream()
            .mapToInt(Staleness::version)
            .max()
            .orElseThrow(
                () ->
                    new IllegalArgumentException("expected at least one contribution, found none"));
    double sum = 0;
    for (Contribution each : contributions) {
      weights.put(each.module().id(), weight(newest - version(each)));
    }
    for (double weight : weights.values()) {
      sum += weight;
    }
    double total = sum;
    weights.replaceAll((plugin, weight) -> weight / total);
    return weights;
  }

  private static int version(Contribution contribution) {
    return contribution.baseVersion().orElse(0);
  }

  /**
   * How many equally weighted contributions weigh as much: {@code (sum s)^2 / sum s^2}.
   *
   * @param shares as {@link #shares} gives them
   * @return 1 to n
   */
  public static double effectiveSize(SortedMap<PluginId, Double> shares) {
    double sum = 0;
    double squares = 0;
    for (double share : shares.values()) {
      sum += share;
      squares += share * share;
    }
    return sum * sum / squares;
  }

  /**
   * A source of strategies that weigh by this rule.
   *
   * @param <R> what is merged into
   * @param byShares makes a strategy of the shares by plugin
   * @return the source
   */
  public <R> StrategySource<R> source(
      Function<SortedMap<PluginId, Double>, MergeStrategy<R>> byShares) {
    return canonical -> byShares.apply(shares(canonical));
  }

  /** The rule. */
  @Override
  public String toString() {
    return name;
  }
}
