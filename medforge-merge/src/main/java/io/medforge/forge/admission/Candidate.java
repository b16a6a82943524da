package io.medforge.forge.admission;

import io.medforge.merge.Merged;
import java.util.Optional;

/**
 * The item that an offer would lead to, beside the one it would follow. Immutable.
 *
 * @param <R> what the main branch merges into
 * @param offer what is offered, and to what
 * @param before the newest item's model; empty if nothing is admitted and the base alone answers
 * @param after the model that would follow
 */
public record Candidate<R>(Offer offer, Optional<Merged<R>> before, Merged<R> after) {}
