/**
 * Loops over arrays: weighted sums, QR, SVD. Knows no plugin, layer or name; not exported.
 *
 * <p>Conventions: callers own and check their arguments. A matrix is given as its columns, {@code
 * double[columns][length]}, because HotSpot vectorises a loop only if every array in it is indexed
 * by the same expression, which slices of one flat array are not. Sums run in index order, so
 * results depend on neither the thread nor the JDK. {@code Math.fma} is never used.
 */
@NullMarked
package io.medforge.merge.kernel;

import org.jspecify.annotations.NullMarked;
