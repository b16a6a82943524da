package io.medforge.runtime;

import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import java.util.List;

/**
 * A whole mixture as values, for whoever builds it into another format: the plugins, and how their
 * answers become one. Plugin j's logits z_j become p_j = softmax(z_j / temperatures_j), read in the
 * label space that {@code joins} leads to; the gate weighs the plugins, and the pool mixes those of
 * one label space. Immutable.
 *
 * @param plugins n modules in canonical order
 * @param labels the label space of each plugin's own outputs; empty if nobody has said, then all
 *     plugins' outputs are taken to mean the same
 * @param joins mappings that are applied to plugins of their {@code from}; at most one per space
 * @param gate what weighs the plugins
 * @param pool how their answers are mixed
 * @param temperatures n positive numbers
 */
public record MixtureParameters(
    List<PluginModule> plugins,
    List<LabelSpace> labels,
    List<LabelMapping> joins,
    GateParameters gate,
    Pool pool,
    List<Double> temperatures) {
  /**
   * Checks and copies.
   *
   * @param plugins n modules in canonical order
   * @param labels n label spaces or none
   * @param joins mappings of label spaces
   * @param gate what weighs the plugins
   * @param pool how their answers are mixed
   * @param temperatures n positive numbers
   * @throws IllegalArgumentException if numbers of elements do not fit or a temperature is not
   *     positive
   */
  public MixtureParameters {
    plugins = List.copyOf(plugins);
    labels = List.copyOf(labels);
    joins = List.copyOf(joins);
    temperatures = List.copyOf(temperatures);
    if (plugins.isEmpty()
        || temperatures.size() != plugins.size()
        || (!labels.isEmpty() && labels.size() != plugins.size())) {
      throw new IllegalArgumentException(
          "expected at least one plugin, a temperature for each and a label space for each or none,"
              + " found "
              + plugins.size()
              + " plugins, "
              + temperatures.size()
              + " temperatures and "
              + labels.size()
              + " label spaces");
    }
    temperatures.forEach(value -> GateNumbers.checkPositive("temperature", value));
  }
}
