package io.medforge.merge.mixture;

import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The static weights under which a memory's labels are most likely, with a certificate of how close
 * to the optimum they are. They maximise the mean of log sum_j w_j p_j(y|x) over all remembered
 * examples on the simplex: a concave problem with one optimal value, reached by EM and Newton steps
 * (Kim, Carbonetto, Stephens and Anitescu, mixSQP, J. Comp. Graph. Stat. 2020). Immutable.
 *
 * <p>A {@link WeightPrior} may hold the weights near equal ones; what is maximised then is the
 * posterior, as concave and as certified.
 *
 * <p>Without a prior the fit is on its memory never worse than any single plugin nor than equal
 * weights. Probabilities are compared as logarithms, so a plugin that gave a true class a
 * probability of 1e-400 is very wrong there, not impossible; no floor is needed and none is used.
 */
public final class FittedWeights {
  private static final double GAP = 1e-8;
  private static final int MAX_ITERATIONS = 1000;

  private final OutputMemory memory;
  private final GateWeights weights;
  private final double logLikelihood;
  private final double strength;
  private final double kktGap;
  private final int iterations;

  private FittedWeights(
      OutputMemory memory,
      GateWeights weights,
      double logLikelihood,
      double strength,
      double kktGap,
      int iterations) {
    this.memory = memory;
    this.weights = weights;
    this.logLikelihood = logLikelihood;
    this.strength = strength;
    this.kktGap = kktGap;
    this.iterations = iterations;
  }

  /**
   * Fits weights to a memory, to a KKT gap of 1e-8 or for at most 1000 steps; {@link #converged()}
   * says which.
   *
   * @param memory what to fit to
   * @return the weights and their certificate
   */
  public static FittedWeights fit(OutputMemory memory) {
    return fit(memory, WeightPrior.none());
  }

  /**
   * Fits weights to a memory under a prior, to a KKT gap of 1e-8 or for at most 1000 steps.
   *
   * @param memory what to fit to
   * @param prior how far to hold them near equal weights
   * @return the weights and their certificate
   */
  public static FittedWeights fit(OutputMemory memory, WeightPrior prior) {
    MemoryTable table = MemoryTable.of(memory);
    return fit(memory, table, prior.strength(table));
  }

  static FittedWeights fit(OutputMemory memory, MemoryTable table, double strength) {
    if (strength == Double.POSITIVE_INFINITY) {
      GateWeights equal = GateWeights.uniform(table.plugins());
      double value = table.logLikelihood(equal.toArray());
      return new FittedWeights(memory, equal, value, strength, 0, 0);
    }
    MixtureProportions end = maximum(table, strength);
    double value = table.logLikelihood(end.weights());
    return new FittedWeights(
        memory, GateWeights.of(end.weights()), value, strength, end.kktGap(), end.iterations());
  }

  /**
   * The optimum for a table. A Dirichlet prior of density prod_j w_j^(strength / n) is n more
   * examples, each explained by one plugin alone and counting strength / n: the problem stays what
   * it was.
   */
  static MixtureProportions maximum(MemoryTable table, double strength) {
    int n = table.plugins();
    int rows = table.rows();
    int all = strength > 0 ? rows + n : rows;
    double[] likelihood = new double[all * n];
    double[] counts = Arrays.copyOf(table.counts(), all);
    for (int t = 0; t < rows; t++) {
      double highest = table.rowMaximum(t);
      for (int j = t * n; j < (t + 1) * n; j++) {
        likelihood[j] = StrictMath.exp(table.logs()[j] - highest);
      }
    }
    for (int t = rows; t < all; t++) {
      likelihood[t * n + t - rows] = 1;
      counts[t] = strength / n;
    }
    return MixtureProportions.maximise(likelihood, counts, n, GAP, MAX_ITERATIONS);
  }

  /**
   * The memory that was fitted to.
   *
   * @return the memory
   */
  public OutputMemory memory() {
    return memory;
  }

  /**
   * The weights.
   *
   * @return one per plugin, in the canonical order of the memory's plugins
   */
  public GateWeights weights() {
    return weights;
  }

  /**
   * The weights by plugin.
   *
   * @return an unmodifiable map
   */
  public SortedMap<PluginId, Double> byPlugin() {
    SortedMap<PluginId, Double> byPlugin = new TreeMap<>();
    int j = 0;
    for (PluginModule plugin : memory.plugins().plugins()) {
      byPlugin.put(plugin.id(), weights.at(j++));
    }
    return Collections.unmodifiableSortedMap(byPlugin);
  }

  /**
   * How likely the remembered labels are under the weights: what was maximised, but for the prior.
   *
   * @return mean log-likelihood of a remembered label, nats per example
   */
  public double logLikelihood() {
    return logLikelihood;
  }

  /**
   * The prior's strength.
   *
   * @return in examples: 0 without a prior, infinite for equal weights
   */
  public double priorStrength() {
    return strength;
  }

  /**
   * How far from the optimum at most: no weights reach a {@link #logLikelihood()} (with a prior, a
   * mean over its examples too) that is higher by more than this (Jensen's inequality).
   *
   * @return max_j of the mean over x of p_j(y|x) / sum_i w_i p_i(y|x), minus 1; at least 0
   */
  public double kktGap() {
    return kktGap;
  }

  /**
   * The steps it took.
   *
   * @return at least 0
   */
  public int iterations() {
    return iterations;
  }

  /**
   * Whether the gap aimed at was reached within the bound on steps.
   *
   * @return true if {@link #kktGap()} is at most 1e-8
   */
  public boolean converged() {
    return kktGap <= GAP;
  }
}
