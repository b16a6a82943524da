package io.medforge.merge.alignment;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Assignment;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Brings the hidden units of heads into the order of a reference, label space by label space. */
record PermutationAlignment(TwoLayerHead layers) implements Alignment {
  /*
   * The assignment is solved by our own Assignment: the libraries for Java that solve it (JGraphT,
   * OR-Tools) bring graphs of objects or native code for what is a page of loops, checked against SciPy.
   */
  private static final double EQUAL = 1e-9;

  @Override
  public String description() {
    return "permutation of " + String.join(", ", HiddenUnits.layers(layers));
  }

  @Override
  public PluginSet align(PluginSet plugins) {
    List<List<HiddenUnits>> spaces = new ArrayList<>();
    for (PluginModule plugin : plugins.plugins()) {
      HiddenUnits.of(plugin, layers).ifPresent(head -> spaceOf(head, spaces).add(head));
    }
    if (spaces.isEmpty()) {
      throw new IncompatiblePluginsException(
          "expected a head of layers "
              + HiddenUnits.layers(layers)
              + ", found layers "
              + plugins.layers());
    }
    SortedMap<PluginId, SortedMap<String, Update>> updates = new TreeMap<>();
    for (PluginModule plugin : plugins.plugins()) {
      updates.put(plugin.id(), new TreeMap<>(plugin.updates()));
    }
    spaces.forEach(heads -> align(heads, updates));
    return LayerwiseAlignment.rewritten(plugins, updates);
  }

  private static List<HiddenUnits> spaceOf(HiddenUnits head, List<List<HiddenUnits>> spaces) {
    for (List<HiddenUnits> space : spaces) {
      if (space.get(0).labels().equals(head.labels())) {
        return space;
      }
    }
    List<HiddenUnits> space = new ArrayList<>();
    spaces.add(space);
    return space;
  }

  private void align(
      List<HiddenUnits> heads, SortedMap<PluginId, SortedMap<String, Update>> updates) {
    int n = heads.size();
    int[][][] orders = new int[n][n][];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        orders[i][j] = Assignment.cheapest(heads.get(i).costs(heads.get(j)));
      }
    }
    int reference = reference(heads, orders);
    List<String> names = HiddenUnits.layers(layers);
    for (int j = 0; j < n; j++) {
      // The reference itself stays, even where two of its units are equal.
      if (j != reference) {
        List<Replacement> moved = heads.get(j).inOrder(orders[reference][j]);
        SortedMap<String, Update> of = updates.getOrDefault(heads.get(j).plugin(), new TreeMap<>());
        for (int part = 0; part < moved.size(); part++) {
          of.put(names.get(part), moved.get(part));
        }
      }
    }
  }

  private static int reference(List<HiddenUnits> heads, int[][][] orders) {
    int chosen = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < heads.size(); i++) {
      double sum = 0;
      for (int j = 0; j < heads.size(); j++) {
        if (j != i) {
          sum += Math.sqrt(heads.get(i).squaredDistance(heads.get(j), orders[i][j]));
        }
      }
      boolean equal = i > 0 && Math.abs(sum - least) <= EQUAL * least;
      boolean better =
          equal ? heads.get(i).plugin().compareTo(heads.get(chosen).plugin()) < 0 : sum < least;
      if (better) {
        chosen = i;
        least = sum;
      }
    }
    return chosen;
  }
}
