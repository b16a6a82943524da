/**
 * What each centre's contributions are worth to the merged model, with intervals: exact and sampled
 * Shapley values and leave-one-out, from scores per example.
 *
 * <p>Conventions: a player is a centre with everything it contributed; near copies are one
 * contribution, so splitting one contributor in two does not pay. Values never enter a merge. They
 * are computed on a shared set and tell a little about each hospital: count them among what is
 * disclosed.
 */
@NullMarked
package io.medforge.forge.valuation;

import org.jspecify.annotations.NullMarked;
