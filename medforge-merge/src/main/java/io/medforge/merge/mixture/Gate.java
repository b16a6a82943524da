package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.GateParameters;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Decides for one input how much each plugin counts. Implementations are immutable, thread-safe and
 * deterministic: the same input, the same weights.
 */
@FunctionalInterface
public interface Gate {
  /**
   * Weighs the plugins for one input.
   *
   * @param query the plugins and their answers
   * @return one weight per plugin, in canonical order
   * @throws IncompatiblePluginsException if the gate was made for other plugins
   */
  GateWeights weigh(GateQuery query);

  /**
   * Says what is known before any input. A gate of the integrator's own need not override this; its
   * mixture's digest then covers the plugins only, and the merge record remarks on it.
   *
   * @param plugins what is to be weighed
   * @return the description
   * @throws IncompatiblePluginsException if the gate was made for other plugins
   */
  default GateDescription describe(PluginSet plugins) {
    return new GateDescription(
        "custom",
        Collections.emptySortedMap(),
        Optional.empty(),
        Optional.empty(),
        List.of("the gate is not MedForge's own: the result's digest covers the plugins only"));
  }

  /**
   * This gate and then another, which goes on from these weights: {@code
   * Gate.memory(memory).then(Gate.topK(2))} runs two plugins. What the base was given it keeps.
   *
   * @param next {@link #topK}, {@link #confidence} and {@link #abstain} go on from what came
   *     before; the others begin anew
   * @return the two as one
   */
  default Gate then(Gate next) {
    return new ComposedGate(this, next);
  }

  /**
   * Every plugin counts the same.
   *
   * @return weights of 1/n
   */
  static Gate uniform() {
    return new UniformGate();
  }

  /**
   * The static weights under which a memory's labels are most likely, see {@link FittedWeights}.
   *
   * @param memory the memory; the gate weighs exactly its plugins
   * @return the gate, fitted now
   */
  static Gate fitted(OutputMemory memory) {
    return fitted(FittedWeights.fit(memory));
  }

  /**
   * Static weights held near equal ones, see {@link WeightPrior}: the better choice where the
   * memory is of distilled examples, which are easier than patients.
   *
   * @param memory the memory; the gate weighs exactly its plugins
   * @param prior how far to hold them
   * @return the gate, fitted now
   */
  static Gate fitted(OutputMemory memory, WeightPrior prior) {
    return fitted(FittedWeights.fit(memory, prior));
  }

  /**
   * Static weights that have been fitted.
   *
   * @param weights the fit; the gate weighs exactly its memory's plugins
   * @return the gate
   */
  static Gate fitted(FittedWeights weights) {
    return fixed("fitted", weights.weights(), weights.memory())
        .with("log-likelihood", ParametricGate.text(weights.logLikelihood()))
        .with("prior-strength", ParametricGate.text(weights.priorStrength()))
        .with("kkt-gap", ParametricGate.text(weights.kktGap()))
        .with("iterations", Integer.toString(weights.iterations()))
        .remarking(
            weights.converged()
                ? List.of()
                : List.of("the fit stopped at its bound on steps, before the KKT gap aimed at"));
  }

  private static ParametricGate fixed(String name, GateWeights weights, OutputMemory memory) {
    return ParametricGate.of(
        name, new GateParameters.Static(Arrays.stream(weights.toArray()).boxed().toList()), memory);
  }

  /**
   * Static weights fitted to calibrated answers: first one temperature per plugin (Guo et al., ICML
   * 2017), of at least 1, by which its logits are divided in the mixture, then the weights as in
   * {@link #fitted(OutputMemory)}.
   *
   * @param memory the memory; the gate weighs exactly its plugins
   * @return the gate, fitted now
   * @throws IncompatiblePluginsException if the memory's examples of a task are all of one class
   */
  static Gate calibrated(OutputMemory memory) {
    double[] temperatures = Temperatures.fit(memory);
    MemoryTable table = MemoryTable.of(memory, Optional.of(temperatures));
    MixtureProportions end = FittedWeights.maximum(table, 0);
    return fixed("calibrated", GateWeights.of(end.weights()), memory)
        .with("kkt-gap", ParametricGate.text(end.kktGap()))
        .calibrated(Optional.of(temperatures));
  }

  /**
   * Per input, by which task it looks like: the memory says how likely each task is, and within a
   * task the plugins count as weights fitted to that task alone say. With one task this is {@link
   * #fitted(OutputMemory)}.
   *
   * @param memory the memory; the gate weighs exactly its plugins
   * @return the gate, fitted now
   * @throws IncompatiblePluginsException if the memory's examples of a task are all of one class
   */
  static Gate perTask(OutputMemory memory) {
    return MemoryGates.perTask(memory);
  }

  /**
   * Per input, by whose set it looks like: q_j ~ exp(-min_c m(phi(x), mu_jc) / 2 tau) over
   * prototypes mu_jc of each plugin's set, m the squared Mahalanobis distance of their shared,
   * shrunk covariance. Half of q_j is plugin j's; the other half all plugins of its task share
   * equally, so that no input fares much worse than with equal weights. See {@link MemoryGate} for
   * the reason and for settings.
   *
   * @param memory the memory; the gate weighs exactly its plugins
   * @return the gate, fitted now
   * @throws IncompatiblePluginsException if the memory's examples of a task are all of one class
   */
  static Gate memory(OutputMemory memory) {
    return MemoryGate.of(memory).build();
  }

  /**
   * Per input, by who was right about the remembered examples nearest to it: each of the k nearest
   * votes for plugins in proportion to the probability that they gave its true class.
   *
   * @param memory the memory; the gate weighs exactly its plugins
   * @param k how many vote, at least 1; all if there are fewer
   * @return the gate
   * @throws IllegalArgumentException if k is less than 1
   * @throws IncompatiblePluginsException if the memory's examples of a task are all of one class
   */
  static Gate nearest(OutputMemory memory, int k) {
    return MemoryGates.nearest(memory, k);
  }

  /**
   * Certain plugins count more, see {@link #confidence(double)}, with a sharpness of 4: of two
   * plugins the one that is certain counts 55 times as much as one that does not know at all.
   *
   * @return the gate, for any plugins
   */
  static Gate confidence() {
    return confidence(4);
  }

  /**
   * Certain plugins count more: what came before times exp(-sharpness h), h the entropy of a
   * plugin's answer over its greatest possible one. Runs every plugin of positive weight.
   *
   * @param sharpness at least 0, finite; 0 changes nothing
   * @return the gate, for any plugins
   * @throws IllegalArgumentException if it is negative or not finite
   */
  static Gate confidence(double sharpness) {
    return ParametricGate.of("confidence", new GateParameters.Confidence(sharpness))
        .with("sharpness", ParametricGate.text(sharpness));
  }

  /**
   * Only the k plugins that weighed most before, of equals the first in canonical order; the others
   * are not run.
   *
   * @param k at least 1; the number of plugins or more changes nothing
   * @return the gate, for any plugins; to be used in {@link #then}
   * @throws IllegalArgumentException if k is less than 1
   */
  static Gate topK(int k) {
    return ParametricGate.of("top-k", new GateParameters.TopK(k)).with("k", Integer.toString(k));
  }

  /**
   * Silence far from everything remembered: the base answers, and the prediction says so. No plugin
   * is run then.
   *
   * @param threshold how far is too far
   * @return the gate; it weighs exactly the plugins of the threshold's memory
   */
  static Gate abstain(ConformalThreshold threshold) {
    return threshold.gate();
  }

  /**
   * The static weights of MedForge's Mixture as published, a baseline: composed stage by stage in
   * order of arrival, each stage freezing the ratios of those before. What the published search
   * leaves is clipped at 0 and scaled to sum 1, so that answers are probabilities.
   *
   * @param memory the memory; the gate weighs exactly its plugins
   * @param order each plugin once, in order of arrival
   * @return the gate, searched now
   * @throws IllegalArgumentException if the order is not of the memory's plugins
   */
  static Gate published(OutputMemory memory, List<PluginId> order) {
    double[] omega = PublishedWeights.fit(memory, order);
    List<PluginModule> plugins = memory.plugins().plugins();
    double[] weights = new double[omega.length];
    double sum = 0;
    for (int j = 0; j < weights.length; j++) {
      weights[j] = Math.max(0, omega[order.indexOf(plugins.get(j).id())]);
      sum += weights[j];
    }
    for (int j = 0; j < weights.length; j++) {
      weights[j] = sum > 0 ? weights[j] / sum : 1.0 / weights.length;
    }
    return fixed("published", GateWeights.of(weights), memory)
        .with("order", String.join(" ", order.stream().map(PluginId::toString).toList()))
        .with("omega", String.join(" ", Arrays.stream(omega).mapToObj(Double::toString).toList()))
        .remarking(
            List.of(
                "the published algorithm, kept as a baseline: the order of arrival decides;"
                    + " negative weights were clipped and the rest scaled to sum 1"));
  }
}
