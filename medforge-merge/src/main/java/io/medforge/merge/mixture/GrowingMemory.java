package io.medforge.merge.mixture;

import io.medforge.forge.Contribution;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * Records memories of one contribution more or less than the last, computing only what is new: for
 * a main branch whose strategy is fitted anew at each offer. The nth offer costs 2 n - 1 runs
 * instead of n^2; the memory is the same, byte for byte, as one recorded from scratch.
 *
 * <pre>{@code
 * GrowingMemory memories = GrowingMemory.of(() -> OutputMemory.recording(runtime).perClass(8));
 * Mainline.<MixtureModel>ofSource(
 *     contributions -> Mixture.gatedBy(Gate.memory(memories.recall(contributions))).build())
 * }</pre>
 *
 * <p>It keeps the last memory, nothing else; what is known is found by the digests of plugin and
 * set, so nothing stale is ever used. Thread-safe; concurrent calls may compute the same cell
 * twice.
 */
public final class GrowingMemory {
  private final Supplier<MemoryRecording> recording;
  private volatile List<OutputMemory> last = List.of();

  private GrowingMemory(Supplier<MemoryRecording> recording) {
    this.recording = recording;
  }

  /**
   * An empty one.
   *
   * @param recording makes a recording with the same settings, and of a runtime of the same base,
   *     each time
   * @return it
   */
  public static GrowingMemory of(Supplier<MemoryRecording> recording) {
    return new GrowingMemory(recording);
  }

  /**
   * The memory of some contributions.
   *
   * @param contributions at least one, in any order
   * @return the memory, as {@link MemoryRecording#record(Collection)} makes it
   * @throws IllegalArgumentException as there
   * @throws io.medforge.merge.IncompatiblePluginsException as there; what was known stays known
   */
  public OutputMemory recall(Collection<Contribution> contributions) {
    OutputMemory memory = recording.get().recall(contributions, last);
    last = List.of(memory);
    return memory;
  }
}
