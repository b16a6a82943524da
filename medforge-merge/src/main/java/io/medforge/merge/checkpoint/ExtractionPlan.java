package io.medforge.merge.checkpoint;

import java.util.List;

/**
 * What an extraction will take, known before it begins. Immutable.
 *
 * @param factored the tensors that get factors if training changed them
 * @param whole the tensors that have no factors; {@link AdapterExtraction.Remainder} says what
 *     becomes of those that training changed
 * @param readBytes what one pass over both models reads
 * @param passes how often a changed tensor is read at most
 * @param parallelism how many tensors are factored at a time
 * @param peakBytes how much memory is held at most: the adapter, and what factoring takes
 */
public record ExtractionPlan(
    List<String> factored,
    List<String> whole,
    long readBytes,
    int passes,
    int parallelism,
    long peakBytes) {
  /**
   * Copies the lists.
   *
   * @param factored the tensors that get factors if training changed them
   * @param whole the tensors that have no factors
   * @param readBytes what one pass over both models reads
   * @param passes how often a changed tensor is read at most
   * @param parallelism how many tensors are factored at a time
   * @param peakBytes how much memory is held at most
   */
  public ExtractionPlan {
    factored = List.copyOf(factored);
    whole = List.copyOf(whole);
  }
}
