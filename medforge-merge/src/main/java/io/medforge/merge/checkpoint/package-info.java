/**
 * Merging whole models, tensor by tensor and tile by tile: the result is a set of tensors that are
 * computed as they are read, so a model of any size is merged in a few megabytes.
 *
 * <p>Element-wise work is in float, multiply then add, in the order of the models as given: sums of
 * floats depend on it, and a canonical order by content would take another read of everything. Each
 * result is rounded once, to nearest even, to the type that is stored. Any tiling and any number of
 * threads give the same bytes.
 */
@NullMarked
package io.medforge.merge.checkpoint;

import org.jspecify.annotations.NullMarked;
