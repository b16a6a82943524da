package io.medforge.plugin.branch;

/**
 * What a training made, and how it went.
 *
 * @param value what was trained
 * @param report how it went
 * @param <T> the type of what was trained
 */
public record Trained<T>(T value, TrainingReport report) {}
