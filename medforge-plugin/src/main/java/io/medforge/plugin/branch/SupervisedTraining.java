package io.medforge.plugin.branch;

import ai.djl.ndarray.NDManager;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.Network;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * Minimises the mean cross-entropy of a network on labelled rows, in batches whose order is drawn
 * anew for each epoch.
 */
final class SupervisedTraining {
  private final Network network;
  private final Trainables parameters;
  private final LabelSpace labels;
  private final TrainingOptions options;
  private final Dropout dropout;

  SupervisedTraining(
      Network network,
      Trainables parameters,
      LabelSpace labels,
      TrainingOptions options,
      Dropout dropout) {
    this.network = network;
    this.parameters = parameters;
    this.labels = labels;
    this.options = options;
    this.dropout = dropout;
  }

  /**
   * Trains the parameters in place.
   *
   * @param settings what is trained, beside the options, in one line
   */
  TrainingReport run(TrainingData data, TrainingControl control, String settings) {
    TrainingParts parts = TrainingParts.of(data, labels, options);
    Optional<Checkpoint> checkpoint =
        control.checkpoint().map(file -> new Checkpoint(file, identity(parts, settings)));
    try (Descent descent = new Descent(parameters.arrays(), options);
        NDManager manager = DjlEngine.newManager()) {
      TrainingState state =
          new TrainingState(parameters.arrays(), descent.rules(), options.patience());
      Epochs epochs = new Epochs(parts, control, descent, manager);
      checkpoint.ifPresent(file -> file.resume(state, epochs.stepsPerEpoch));
      epochs.start = state.history().size() * (long) epochs.stepsPerEpoch;
      while (state.history().size() < options.epochs() && !state.isOver()) {
        state.end(epochs.run(state.history().size()));
        checkpoint.ifPresent(file -> file.write(state));
      }
      return state.finish(epochs.stepsPerEpoch);
    }
  }

  private Checkpoint.Identity identity(TrainingParts parts, String settings) {
    BaseModel base = network.base();
    return new Checkpoint.Identity(
        base.toString(), settings + "; " + options, parts.digest().toString());
  }

  /** The passes over one data set. */
  private final class Epochs {
    final int stepsPerEpoch;
    private final TrainingParts parts;
    private final TrainingControl control;
    private final Descent descent;
    private final NDManager manager;
    private final ClassifierLoss loss;
    private final Batch whole;
    private final Batch rest;
    private final long began = System.nanoTime();
    private long start;

    Epochs(TrainingParts parts, TrainingControl control, Descent descent, NDManager manager) {
      LabelledRows rows = parts.training();
      this.parts = parts;
      this.control = control;
      this.descent = descent;
      this.manager = manager;
      double[] weights = options.classWeights().of(rows, labels);
      this.loss = new ClassifierLoss(network.architecture(), parameters, labels, weights, dropout);
      int full = Math.min(options.batchSize(), rows.size());
      this.whole = loss.batch(rows, full);
      this.rest = loss.batch(rows, rows.size() % full);
      this.stepsPerEpoch = (rows.size() + full - 1) / full;
    }

    TrainingReport.Epoch run(int epoch) {
      LabelledRows rows = parts.training();
      int[] order = SeededRandom.of(options.seed(), "order", epoch).permutation(rows.size());
      long steps = (long) stepsPerEpoch * options.epochs();
      double sum = 0;
      Optional<Validation> validation = Optional.empty();
      for (int i = 0; i < stepsPerEpoch; i++) {
        if (control.isCancelled()) {
          throw new CancellationException(
              "the training was cancelled in epoch " + (epoch + 1) + " of " + options.epochs());
        }
        long step = (long) epoch * stepsPerEpoch + i;
        int from = i * whole.size();
        Batch batch = order.length - from < whole.size() ? rest : whole;
        batch.fill(rows, order, from);
        double found =
            descent.step(
                (scope, leaves) -> loss.of(batch, step, scope, leaves),
                options.schedule().factor(step, steps));
        sum += found;
        if (i == stepsPerEpoch - 1) {
          validation = parts.validation().map(part -> loss.validate(part, manager));
        }
        control.listener().after(progress(epoch, step + 1, steps, found, validation));
      }
      return new TrainingReport.Epoch(sum / stepsPerEpoch, validation);
    }

    private TrainingProgress progress(
        int epoch, long done, long steps, double found, Optional<Validation> validation) {
      long elapsed = System.nanoTime() - began;
      double each = (double) elapsed / (done - start);
      return new TrainingProgress(
          epoch + 1,
          options.epochs(),
          done,
          steps,
          found,
          validation,
          Duration.ofNanos(elapsed),
          Duration.ofNanos((long) (each * (steps - done))));
    }
  }
}
