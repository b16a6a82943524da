package io.medforge.merge.fusion;

import io.medforge.merge.MergeRecord;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Update;
import java.util.List;

/** What became of a layer. */
sealed interface MergedLayer {
  /**
   * It was merged.
   *
   * @param deviation from the sum of the products before any cut, as a part of its norm; 0 for
   *     rules that are exact
   */
  record Fused(Update update, MergeRecord.Layer record, double deviation) implements MergedLayer {
    /** By an exact rule. */
    Fused(Update update, MergeRecord.Layer record) {
      this(update, record, 0);
    }
  }

  /** It stays with its plugins. */
  record KeptApart(List<PluginId> owners) implements MergedLayer {}
}
