package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleBiFunction;

/** Distilled sets by their plugins, and the model that answers them; checked to fit together. */
final class DistilledTasks {
  private final SortedMap<PluginId, DistilledSet> sets;
  private final ModelRuntime runtime;

  private DistilledTasks(Map<PluginId, DistilledSet> sets, ModelRuntime runtime) {
    this.sets = Collections.unmodifiableSortedMap(new TreeMap<>(sets));
    this.runtime = runtime;
  }

  /**
   * Checks plugins, sets and model.
   *
   * @throws IllegalArgumentException if a plugin has no set or a set no plugin
   * @throws IncompatiblePluginsException if bases or label spaces differ
   */
  static DistilledTasks of(
      PluginSet plugins, Map<PluginId, DistilledSet> sets, ModelRuntime runtime) {
    TreeSet<PluginId> ids = new TreeSet<>();
    plugins.plugins().forEach(plugin -> ids.add(plugin.id()));
    if (!ids.equals(new TreeSet<>(sets.keySet()))) {
      throw new IllegalArgumentException(
          "expected distilled sets for "
              + ids
              + ", found them for "
              + new TreeSet<>(sets.keySet()));
    }
    if (!runtime.base().matches(plugins.base())) {
      throw new IncompatiblePluginsException(
          "expected a runtime of base " + plugins.base() + ", found " + runtime.base());
    }
    DistilledTasks tasks = new DistilledTasks(sets, runtime);
    tasks.checkLabels();
    return tasks;
  }

  /** By plugin. */
  SortedMap<PluginId, DistilledSet> sets() {
    return sets;
  }

  /** The mean over the sets of these plugins, in the order given, of a loss of the answers. */
  double mean(
      PluginModule model,
      Collection<PluginId> owners,
      ToDoubleBiFunction<Outputs, DistilledSet> loss) {
    double sum = 0;
    for (PluginId owner : owners) {
      DistilledSet set = set(owner);
      Outputs outputs = runtime.run(model, set.inputs());
      if (outputs.size() != set.size() || outputs.classes() != set.labels().size()) {
        throw new IncompatiblePluginsException(
            "expected logits ["
                + set.size()
                + ", "
                + set.labels().size()
                + "] for label space "
                + set.labels().name()
                + ", found ["
                + outputs.size()
                + ", "
                + outputs.classes()
                + "], at the distilled set of "
                + owner);
      }
      sum += loss.applyAsDouble(outputs, set);
    }
    return sum / owners.size();
  }

  private DistilledSet set(PluginId owner) {
    DistilledSet set = sets.get(owner);
    if (set == null) {
      throw new IllegalArgumentException("expected a distilled set, found none, at " + owner);
    }
    return set;
  }

  private void checkLabels() {
    PluginId first = sets.firstKey();
    LabelSpace expected = set(first).labels();
    sets.forEach(
        (owner, set) -> {
          if (!set.labels().equals(expected)) {
            throw new IncompatiblePluginsException(
                "expected label space "
                    + expected
                    + " as in "
                    + first
                    + ", found "
                    + set.labels()
                    + ", at the distilled set of "
                    + owner);
          }
        });
  }
}
