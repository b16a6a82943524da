package io.medforge.cli;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Merges what plugins change and leaves their heads to them: the record lists every head as kept
 * apart, and the plugins as they came.
 *
 * @param merging merges the rest
 */
record HeadsApart(MergeStrategy<PluginModule> merging) implements MergeStrategy<PluginModule> {

  /**
   * A strategy that refuses heads.
   *
   * @param merging merges plugins that have none
   * @return it throws {@link IncompatiblePluginsException} for the first head, by name
   */
  static MergeStrategy<PluginModule> refusing(MergeStrategy<PluginModule> merging) {
    return plugins -> {
      for (PluginModule plugin : plugins.plugins()) {
        plugin
            .updates()
            .forEach(
                (layer, update) -> {
                  if (update instanceof Replacement) {
                    throw new IncompatiblePluginsException(
                        "expected no head (heads: refuse), found one, at plugin "
                            + plugin.id()
                            + ", layer "
                            + layer);
                  }
                });
      }
      return merging.merge(plugins);
    };
  }

  @Override
  public Merged<PluginModule> merge(PluginSet plugins) {
    SortedMap<String, List<PluginId>> heads = new TreeMap<>();
    List<PluginModule> bodies = new ArrayList<>();
    for (PluginModule plugin : plugins.plugins()) {
      bodies.add(body(plugin, heads));
    }
    if (heads.isEmpty()) {
      return merging.merge(plugins);
    }
    Merged<PluginModule> merged = merging.merge(PluginSet.of(bodies));
    return new Merged<>(merged.value(), record(merged.record(), plugins, heads));
  }

  private static PluginModule body(PluginModule plugin, Map<String, List<PluginId>> heads) {
    SortedMap<String, Update> updates = new TreeMap<>(plugin.updates());
    updates
        .entrySet()
        .removeIf(
            entry -> {
              boolean isHead = entry.getValue() instanceof Replacement;
              if (isHead) {
                heads.computeIfAbsent(entry.getKey(), layer -> new ArrayList<>()).add(plugin.id());
              }
              return isHead;
            });
    if (updates.isEmpty()) {
      throw new IncompatiblePluginsException(
          "expected more than heads to merge (heads: keep), found nothing else, at plugin "
              + plugin.id());
    }
    return updates.size() == plugin.updates().size()
        ? plugin
        : PluginModule.of(plugin.id(), plugin.base(), updates, plugin.provenance());
  }

  private static MergeRecord record(
      MergeRecord record, PluginSet plugins, SortedMap<String, List<PluginId>> heads) {
    SortedMap<String, String> parameters = new TreeMap<>(record.parameters());
    parameters.put("heads", HeadChoice.KEEP.toString());
    return new MergeRecord(
        record.strategy(),
        parameters,
        record.base(),
        plugins.plugins().stream()
            .map(plugin -> new MergeRecord.Parent(plugin.id(), plugin.digest()))
            .toList(),
        record.coefficients(),
        record.seed(),
        record.layers(),
        heads,
        record.remarks(),
        record.environment(),
        record.result());
  }
}
