package io.medforge.merge.mixture;

import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The static weights under which a memory's labels are most likely, with a certificate of how close
 * to the optimum they are. They maximise the mean of log sum_j w_j p_j(y|x) over all remembered
 * examples on the simplex: a concave problem with one optimal value, reached by EM and Newton steps
 * (Kim, Carbonetto, Stephens and Anitescu, mixSQP, J. Comp. Graph. Stat. 2020). Immutable.
 *
 * <p>On its memory the fit is never worse than any single plugin nor than equal weights.
 * Probabilities are compared as logarithms, so a plugin that gave a true class a probability of
 * 1e-400 is very wrong there, not impossible; no floor is needed and none is used.
 */
public final class FittedWeights {
  private static final double GAP = 1e-8;
  private static final int MAX_ITERATIONS = 1000;

  private final OutputMemory memory;
  private final GateWeights weights;
  private final double logLikelihood;
  private final double kktGap;
  private final int iterations;

  private FittedWeights(
      OutputMemory memory,
      GateWeights weights,
      double logLikelihood,
      double kktGap,
      int iterations) {
    this.memory = memory;
    this.weights = weights;
    this.logLikelihood = logLikelihood;
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
    int n = memory.plugins().size();
    double[] table = memory.logLikelihoods();
    double scaled = 0;
    for (int start = 0; start < table.length; start += n) {
      double highest = OutputMemory.rowMaximum(table, start, n);
      for (int j = start; j < start + n; j++) {
        table[j] = StrictMath.exp(table[j] - highest);
      }
      scaled += highest;
    }
    MixtureProportions end = MixtureProportions.maximise(table, n, GAP, MAX_ITERATIONS);
    double value = end.value() + scaled * n / table.length;
    return new FittedWeights(
        memory, GateWeights.of(end.weights()), value, end.kktGap(), end.iterations());
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
   * What was maximised.
   *
   * @return mean log-likelihood of a remembered label, nats per example
   */
  public double logLikelihood() {
    return logLikelihood;
  }

  /**
   * How far from the optimum at most: no weights reach a {@link #logLikelihood()} that is higher by
   * more than this (Jensen's inequality).
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
