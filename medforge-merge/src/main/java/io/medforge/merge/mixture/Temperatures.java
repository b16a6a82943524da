package io.medforge.merge.mixture;

import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * One temperature per plugin, by which its logits are divided, so that it is as certain as it is
 * right: Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, ICML 2017.
 * Fitted to the other plugins' sets, where a plugin has no home advantage, and to its own if its
 * task has no other.
 */
final class Temperatures {
  /*
   * The log-likelihood is concave in 1/T, hence has one maximum in log T too, which golden-section
   * search finds. T is never below 1: distilled examples are easier than patients, so that a plugin
   * is right about them is no reason to make it more certain of patients (on the study's held-out
   * training patients, sharpening tripled the log-loss).
   */
  private static final double LOWEST = 0;
  private static final double HIGHEST = StrictMath.log(100);
  private static final double GOLDEN = (StrictMath.sqrt(5) - 1) / 2;
  private static final int STEPS = 60;

  private Temperatures() {}

  static double[] fit(OutputMemory memory) {
    MemoryPrototypes.checkClasses(memory);
    List<PluginModule> plugins = memory.plugins().plugins();
    double[] temperatures = new double[plugins.size()];
    for (int j = 0; j < temperatures.length; j++) {
      PluginId plugin = plugins.get(j).id();
      List<PluginId> others = new ArrayList<>();
      for (PluginModule owner : plugins) {
        if (!owner.id().equals(plugin) && memory.find(owner.id(), plugin).isPresent()) {
          others.add(owner.id());
        }
      }
      List<PluginId> sets = others.isEmpty() ? List.of(plugin) : others;
      temperatures[j] =
          StrictMath.exp(maximum(log -> logLikelihood(memory, plugin, sets, StrictMath.exp(log))));
    }
    return temperatures;
  }

  private static double logLikelihood(
      OutputMemory memory, PluginId plugin, List<PluginId> sets, double temperature) {
    Optional<int[]> mapping = memory.labelSpaces().mapping(plugin).map(LabelMapping::indices);
    double sum = 0;
    for (PluginId owner : sets) {
      int[] classes = memory.classes(owner);
      int[] counts = memory.remembered(owner).counts();
      for (int row = 0; row < classes.length; row++) {
        double log =
            Answers.logProbability(
                memory.outputs(owner, plugin), row, classes[row], mapping, temperature);
        // A class that this plugin has no name for says nothing about its temperature.
        sum += log == Double.NEGATIVE_INFINITY ? 0 : counts[row] * log;
      }
    }
    return sum;
  }

  static double maximum(DoubleUnaryOperator value) {
    double low = LOWEST;
    double high = HIGHEST;
    double left = high - GOLDEN * (high - low);
    double right = low + GOLDEN * (high - low);
    double atLeft = value.applyAsDouble(left);
    double atRight = value.applyAsDouble(right);
    for (int step = 0; step < STEPS; step++) {
      if (atLeft >= atRight) {
        high = right;
        right = left;
        atRight = atLeft;
        left = high - GOLDEN * (high - low);
        atLeft = value.applyAsDouble(left);
      } else {
        low = left;
        left = right;
        atLeft = atRight;
        right = low + GOLDEN * (high - low);
        atRight = value.applyAsDouble(right);
      }
    }
    return (low + high) / 2;
  }
}
