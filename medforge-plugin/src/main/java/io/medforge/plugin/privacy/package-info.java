/**
 * What differential privacy costs a centre: accounting of single mechanisms, and a ledger of all
 * that a centre has spent on its patients.
 *
 * <p>Conventions of this package:
 *
 * <ul>
 *   <li>Legend: q = sampling rate, sigma = noise multiplier (the noise's deviation divided by the
 *       clipping norm), epsilon and delta as usual, alpha = order of a Rényi divergence.
 *   <li>Neighbouring data sets differ by <b>one patient added or removed</b>. Sampling is
 *       <b>Poisson</b>: every patient enters a step with probability q, on its own. Shuffled
 *       batches of fixed size do not keep what is computed here.
 *   <li>Noise is assumed to be Gaussian in the reals. Doubles are not reals (Mironov, CCS 2012): a
 *       sampler on doubles keeps the guarantee up to its rounding only.
 *   <li>All exponentials and logarithms are {@link StrictMath}'s: the same numbers on every
 *       machine.
 * </ul>
 */
@NullMarked
package io.medforge.plugin.privacy;

import org.jspecify.annotations.NullMarked;
