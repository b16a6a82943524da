/**
 * How contributions become one: the set of plugins, the coefficients, the strategy, and the record
 * of what it did.
 *
 * <p>Conventions: a strategy is a pure function of its {@link io.medforge.merge.PluginSet}; the set
 * has one canonical order, by digest, so the order in which plugins arrived never matters. Legend:
 * n = number of plugins, r = rank, d = out, k = in.
 */
@NullMarked
package io.medforge.merge;

import org.jspecify.annotations.NullMarked;
