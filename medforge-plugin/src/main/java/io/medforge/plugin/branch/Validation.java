package io.medforge.plugin.branch;

/**
 * How a network fares on labelled rows.
 *
 * @param loss the mean cross-entropy in nats, weighted by class as the training's
 * @param accuracy the share of rows whose class has the highest logit, 0 to 1
 */
public record Validation(double loss, double accuracy) {}
