package io.medforge.plugin;

/**
 * A parameter trained whole, whose base value is unknown or meaningless: a classifier head. It
 * belongs to a label space and is averaged only within it. Immutable.
 *
 * @param tensor the new value of the parameter
 * @param labels what the head's outputs mean; {@link LabelSpace#unstated} if nobody said
 */
public record Replacement(Tensor tensor, LabelSpace labels) implements Update {}
