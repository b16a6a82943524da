package io.medforge.plugin.branch;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The outside of a training: who is told, who may cancel it, where it may be resumed. Nothing of it
 * changes the result. Immutable.
 */
public final class TrainingControl {
  private static final TrainingControl NONE =
      new TrainingControl(progress -> {}, () -> false, Optional.empty());

  private final TrainingListener listener;
  private final BooleanSupplier cancelled;
  private final Optional<Path> checkpoint;

  private TrainingControl(
      TrainingListener listener, BooleanSupplier cancelled, Optional<Path> checkpoint) {
    this.listener = listener;
    this.cancelled = cancelled;
    this.checkpoint = checkpoint;
  }

  /**
   * Tells nobody, is never cancelled, keeps no checkpoint.
   *
   * @return the control
   */
  public static TrainingControl none() {
    return NONE;
  }

  /**
   * This control with a listener in place of an earlier one.
   *
   * @param next is told after each step
   * @return a new control
   */
  public TrainingControl listener(TrainingListener next) {
    return new TrainingControl(next, cancelled, checkpoint);
  }

  /**
   * This control with a question in place of an earlier one: before each step the training asks
   * whether it was cancelled and, if so, ends with a {@link
   * java.util.concurrent.CancellationException}. It leaves nothing but its last checkpoint, if it
   * keeps any.
   *
   * @param question true once the training shall end; asked by the thread that trains
   * @return a new control
   */
  public TrainingControl cancelWhen(BooleanSupplier question) {
    return new TrainingControl(listener, question, checkpoint);
  }

  /**
   * This control with a checkpoint: after each epoch the training's state is written there, at once
   * or not at all, and a training that finds the file goes on from it. The resumed training's
   * result has the same bytes as an uninterrupted one's. A file of another base, other settings or
   * other data is refused by name. The file holds values trained on patients, so it stays inside
   * the hospital; it remains after the training, for the caller to delete.
   *
   * @param file a file to make, or an earlier checkpoint of the same training
   * @return a new control
   */
  public TrainingControl checkpoint(Path file) {
    return new TrainingControl(listener, cancelled, Optional.of(file));
  }

  TrainingListener listener() {
    return listener;
  }

  boolean isCancelled() {
    return cancelled.getAsBoolean();
  }

  Optional<Path> checkpoint() {
    return checkpoint;
  }
}
