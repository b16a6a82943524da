package io.medforge.merge.fusion;

import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.Alignment;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The same weights and order of summation for aligned plugins. */
record AlignedWeighting(Weighting given, Alignment alignment) implements Weighting {
  @Override
  public Weighted weigh(PluginSet plugins) {
    Weighted before = given.weigh(plugins);
    if (plugins.size() == 1) {
      return before;
    }
    SortedMap<PluginId, PluginModule> aligned = new TreeMap<>();
    alignment.align(plugins).plugins().forEach(plugin -> aligned.put(plugin.id(), plugin));
    List<PluginModule> order = new ArrayList<>();
    for (PluginModule plugin : before.order()) {
      PluginModule found = aligned.get(plugin.id());
      if (found == null) {
        throw new IllegalStateException(
            "expected the alignment to keep the plugins, found "
                + aligned.keySet()
                + ", at plugin "
                + plugin.id());
      }
      order.add(found);
    }
    return new Weighted(order, before.coefficients());
  }
}
