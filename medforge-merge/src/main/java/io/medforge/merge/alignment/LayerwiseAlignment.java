package io.medforge.merge.alignment;

import io.medforge.merge.PluginSet;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** Aligns the low-rank updates of each layer by themselves. */
record LayerwiseAlignment(Step step) implements Alignment {
  /** Aligns one layer. */
  interface Step {
    /** For the record. */
    String name();

    /** Aligned updates in the order given; the plugins' ids break ties. */
    List<LowRankUpdate> align(String layer, List<PluginId> plugins, List<LowRankUpdate> updates);
  }

  @Override
  public String description() {
    return step.name();
  }

  @Override
  public PluginSet align(PluginSet plugins) {
    if (plugins.size() == 1) {
      return plugins;
    }
    SortedMap<PluginId, SortedMap<String, Update>> updates = new TreeMap<>();
    for (PluginModule plugin : plugins.plugins()) {
      updates.put(plugin.id(), new TreeMap<>(plugin.updates()));
    }
    for (String layer : plugins.layers()) {
      List<PluginId> owners = new ArrayList<>();
      List<LowRankUpdate> found = new ArrayList<>();
      for (PluginModule plugin : plugins.plugins()) {
        if (plugin.updates().get(layer) instanceof LowRankUpdate lowRank) {
          owners.add(plugin.id());
          found.add(lowRank);
        }
      }
      if (found.size() > 1) {
        List<LowRankUpdate> aligned = step.align(layer, owners, found);
        for (int i = 0; i < owners.size(); i++) {
          updates.computeIfPresent(owners.get(i), with(layer, aligned.get(i)));
        }
      }
    }
    return rewritten(plugins, updates);
  }

  private static BiFunction<PluginId, SortedMap<String, Update>, SortedMap<String, Update>> with(
      String layer, Update update) {
    return (id, before) -> {
      before.put(layer, update);
      return before;
    };
  }

  /** The same plugins with other updates. */
  static PluginSet rewritten(
      PluginSet plugins, SortedMap<PluginId, SortedMap<String, Update>> updates) {
    List<PluginModule> modules = new ArrayList<>();
    for (PluginModule plugin : plugins.plugins()) {
      SortedMap<String, Update> of = updates.getOrDefault(plugin.id(), plugin.updates());
      modules.add(PluginModule.of(plugin.id(), plugin.base(), of, plugin.provenance()));
    }
    return plugins.missingLayersAllowed()
        ? PluginSet.allowingMissingLayers(modules)
        : PluginSet.of(modules);
  }
}
