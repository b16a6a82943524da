package io.medforge.merge.alignment;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How much plugins get into each other's way, known before any merge: for every pair, per layer and
 * overall, the cosine of their updates, how often their elements have opposite signs, and how much
 * of one's energy lies in the other's subspaces. Immutable.
 *
 * <p>Plugins that agree (cosines near 1) merge by any rule. Orthogonal ones (cosine and overlap
 * near 0) can be summed without harm. Large overlap with cosines near 0 or below, and signs that
 * conflict on half of the elements or more, are where averaging loses and sign election (TIES),
 * orthogonal directions (TSV-M) or a mixture help. Ilharco et al., ICLR 2023; Yadav et al., NeurIPS
 * 2023.
 */
public final class ConflictReport {
  private final List<PluginId> plugins;
  private final SortedMap<String, LayerConflict> layers;
  private final LayerConflict overall;

  private ConflictReport(
      List<PluginId> plugins, SortedMap<String, LayerConflict> layers, LayerConflict overall) {
    this.plugins = plugins;
    this.layers = Collections.unmodifiableSortedMap(layers);
    this.overall = overall;
  }

  /**
   * Compares plugins. O((d + k) R^2) per layer, and O(min(d k, 2^18) R) for the signs, without
   * forming a whole delta. Heads are left out.
   *
   * @param plugins n plugins
   * @return the report
   * @throws IncompatiblePluginsException if an inner product exceeds the range of double
   */
  public static ConflictReport of(PluginSet plugins) {
    SortedMap<String, LayerConflict> layers = new TreeMap<>();
    List<LayerConflict> all = new ArrayList<>();
    for (String layer : plugins.layers()) {
      LayerComparison.of(plugins, layer)
          .ifPresent(
              found -> {
                layers.put(layer, found);
                all.add(found);
              });
    }
    LowRankGram gram = LowRankGram.sum(plugins, all.stream().map(LayerConflict::gram).toList());
    return new ConflictReport(gram.plugins(), layers, LayerConflict.sum(gram, all));
  }

  /**
   * The plugins.
   *
   * @return n ids in canonical order, which is the order of all indices
   */
  public List<PluginId> plugins() {
    return plugins;
  }

  /**
   * Layer by layer.
   *
   * @return unmodifiable; every layer that is no head
   */
  public SortedMap<String, LayerConflict> layers() {
    return layers;
  }

  /**
   * Over all layers: Gram matrices, elements and energies are summed before they are compared.
   *
   * @return the sum; it has no angles
   */
  public LayerConflict overall() {
    return overall;
  }
}
