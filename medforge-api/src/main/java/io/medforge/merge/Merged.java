package io.medforge.merge;

/**
 * A merge's result and the record of how it came to be. Immutable as far as the value is.
 *
 * @param <R> what was merged into
 * @param value the model
 * @param record what was done
 */
public record Merged<R>(R value, MergeRecord record) {}
