/**
 * How plugins lie to each other, and how to bring them together: the Gram matrix of their updates,
 * the conflict report, alignment.
 *
 * <p>Conventions: everything is computed in double, from the factors, without forming a d x k
 * matrix (sign conflicts, which are about single elements, form it tile by tile), and in the
 * plugins' canonical order. Scalings are part of an update, coefficients are not. Heads ({@link
 * io.medforge.plugin.Replacement}) are values, not changes: they have no part in Gram matrices and
 * reports. Legend: n = number of plugins, r = rank, d = out, k = in, s = scaling, Delta = s B A or
 * a dense delta.
 */
@NullMarked
package io.medforge.merge.alignment;

import org.jspecify.annotations.NullMarked;
