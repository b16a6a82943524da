/**
 * How a frozen base model runs with a plugin: inputs, outputs, the runtime that engines implement,
 * and the distilled sets on which plugins are compared.
 *
 * <p>Conventions: the first axis is the batch, n examples; logits are raw scores before any
 * softmax; values are immutable and safe to share between threads.
 */
@NullMarked
package io.medforge.runtime;

import org.jspecify.annotations.NullMarked;
