/**
 * Fusion: many plugins become one plugin of bounded rank.
 *
 * <p>Conventions: every merge works layer by layer, in the plugins' canonical order, and holds one
 * layer (one per thread) in memory. Coefficients are used as given; nothing is normalised unless
 * asked for. Factors of the product space are computed in double and rounded once, to the output
 * type. What a rule cannot merge without loss is refused by name or kept apart, and the record says
 * so. Legend: n = number of plugins, r = rank, d = out, k = in, R = sum of the ranks, s = scaling,
 * w = coefficient.
 */
@NullMarked
package io.medforge.merge.fusion;

import org.jspecify.annotations.NullMarked;
