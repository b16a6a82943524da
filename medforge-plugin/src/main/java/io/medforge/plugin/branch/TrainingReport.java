package io.medforge.plugin.branch;

import java.util.List;
import java.util.Optional;

/**
 * How a training went. The losses are computed on patients: the report is for those who train, and
 * nothing of it is in what leaves.
 *
 * @param steps the steps done
 * @param history each epoch's losses, in order
 * @param bestEpoch the epoch, from 1, whose values are the result; the last one unless the options
 *     have a patience
 */
public record TrainingReport(long steps, List<Epoch> history, int bestEpoch) {
  /**
   * Copies the history.
   *
   * @param steps the steps done
   * @param history each epoch's losses, in order
   * @param bestEpoch the epoch, from 1, whose values are the result
   */
  public TrainingReport {
    history = List.copyOf(history);
  }

  /**
   * One pass over the data.
   *
   * @param loss the mean over its steps of the batches' losses, each before its step
   * @param validation how the validation part fared after it, if there is such a part
   */
  public record Epoch(double loss, Optional<Validation> validation) {}
}
