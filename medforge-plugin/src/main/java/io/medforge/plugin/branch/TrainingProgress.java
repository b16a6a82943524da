package io.medforge.plugin.branch;

import java.time.Duration;
import java.util.Optional;

/**
 * Where a training stands after a step. The losses are computed on patients: they are for those who
 * train.
 *
 * @param epoch the epoch, from 1
 * @param epochs of the whole training, if it does not end early
 * @param step the steps done, from 1
 * @param steps of the whole training, if it does not end early
 * @param loss the loss of the step's batch, before the step
 * @param validation how the validation part fared; present after an epoch's last step, if there is
 *     such a part
 * @param elapsed since the training began or was resumed
 * @param left an estimate, from the mean duration of the steps so far
 */
public record TrainingProgress(
    int epoch,
    int epochs,
    long step,
    long steps,
    double loss,
    Optional<Validation> validation,
    Duration elapsed,
    Duration left) {}
