package io.medforge.merge.fusion;

import io.medforge.merge.MergeRecord;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Update;
import java.util.List;

/** What became of a layer. */
sealed interface MergedLayer {
  /** It was merged. */
  record Fused(Update update, MergeRecord.Layer record) implements MergedLayer {}

  /** It stays with its plugins. */
  record KeptApart(List<PluginId> owners) implements MergedLayer {}
}
