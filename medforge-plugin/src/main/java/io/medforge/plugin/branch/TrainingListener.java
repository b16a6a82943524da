package io.medforge.plugin.branch;

/** Is told how a training goes on. */
@FunctionalInterface
public interface TrainingListener {
  /**
   * Is called after each step, by the thread that trains; what it throws ends the training.
   *
   * @param progress where the training stands
   */
  void after(TrainingProgress progress);
}
