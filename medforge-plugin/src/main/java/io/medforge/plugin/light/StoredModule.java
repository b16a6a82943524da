package io.medforge.plugin.light;

import io.medforge.plugin.PluginModule;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A module in some stored form. Immutable.
 *
 * @param module its values as they are read back
 * @param storage the form
 * @param bytes what all tensors take, without names and metadata
 * @param errorBounds by layer and tensor, the most by which any value is off; integer tensors have
 *     none
 */
public record StoredModule(
    PluginModule module, Storage storage, long bytes, SortedMap<String, Double> errorBounds) {
  /**
   * Copies.
   *
   * @param module its values as they are read back
   * @param storage the form
   * @param bytes what all tensors take
   * @param errorBounds by layer and tensor
   */
  public StoredModule {
    errorBounds = Collections.unmodifiableSortedMap(new TreeMap<String, Double>(errorBounds));
  }
}
