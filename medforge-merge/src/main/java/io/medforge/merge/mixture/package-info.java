/**
 * Mixture: every plugin stays whole, a gate decides per input how much each one counts, and the
 * answer can say who spoke.
 *
 * <p>Conventions: plugins are always in the canonical order of their {@link
 * io.medforge.merge.PluginSet}, and every array over plugins follows it; n = plugins, T =
 * remembered examples. Plugins' answers are mixed as probabilities (the linear opinion pool), in
 * double and in that order, so that equal inputs give equal bits. Logarithms are natural;
 * likelihoods are worked with as logarithms, so that no answer, however confident and wrong,
 * becomes an impossible one.
 */
@NullMarked
package io.medforge.merge.mixture;

import org.jspecify.annotations.NullMarked;
