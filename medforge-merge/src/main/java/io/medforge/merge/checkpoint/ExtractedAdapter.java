package io.medforge.merge.checkpoint;

import io.medforge.merge.MergeRecord;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.PluginModule;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * An adapter that was extracted from a trained model, and the certificate of what it holds.
 * Immutable.
 *
 * @param module the adapter; what it keeps whole is read from the models, which must stay readable
 * @param layers of each changed tensor the rank, the squared norm of the difference, and the part
 *     of it that the rank leaves out; rank 0 where it is kept whole
 * @param unchanged the tensors that are the same in both models
 * @param parameters the extraction's settings
 */
public record ExtractedAdapter(
    PluginModule module,
    SortedMap<String, MergeRecord.Layer> layers,
    SortedSet<String> unchanged,
    SortedMap<String, String> parameters) {
  /**
   * Copies the collections.
   *
   * @param module the adapter
   * @param layers of each changed tensor what became of it
   * @param unchanged the tensors that are the same in both models
   * @param parameters the extraction's settings
   */
  public ExtractedAdapter {
    layers =
        Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, MergeRecord.Layer>) layers));
    unchanged = Collections.unmodifiableSortedSet(new TreeSet<>(unchanged));
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, String>) parameters));
  }

  /**
   * The part of the squared norm of all differences that the adapter leaves out.
   *
   * @return 0 to 1
   */
  public double discardedEnergy() {
    double all = 0;
    double lost = 0;
    for (MergeRecord.Layer layer : layers.values()) {
      all += layer.energy();
      lost += layer.energy() * layer.discardedEnergy();
    }
    return all > 0 ? Math.min(1, lost / all) : 0;
  }

  /**
   * The record of the extraction.
   *
   * @param trained the trained model and the {@linkplain BaseModel#digestOf digest} of its tensors
   * @return how the adapter came to be
   */
  public MergeRecord record(MergeRecord.Parent trained) {
    return new MergeRecord(
        "extraction",
        parameters,
        module.base(),
        List.of(trained),
        Optional.empty(),
        OptionalLong.empty(),
        layers,
        new TreeMap<>(),
        unchanged.isEmpty()
            ? List.of()
            : List.of(unchanged.size() + " tensors are the same in both models"),
        MergeRecord.Environment.current(),
        module.digest());
  }
}
