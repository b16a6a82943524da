package io.medforge.forge.admission;

import io.medforge.forge.Finding;
import java.util.List;

/**
 * Asks for a rebase where a module was trained from too old a version: staleness is the number of
 * versions since the one it was trained from. Nothing is dropped: it waits in quarantine until it
 * is trained again from a newer version, or people admit it as it is. A version that does not exist
 * yet is refused; one not stated is noted.
 *
 * @param <R> what the main branch merges into
 * @param most the greatest staleness
 */
public record StalenessCheck<R>(int most) implements CandidateCheck<R> {
  /**
   * Checks the bound.
   *
   * @param most the greatest staleness
   * @throws IllegalArgumentException if negative
   */
  public StalenessCheck {
    if (most < 0) {
      throw new IllegalArgumentException("expected a staleness of at least 0, found " + most);
    }
  }

  @Override
  public List<Finding> examine(Candidate<R> candidate) {
    Offer offer = candidate.offer();
    FindingDraft draft = new FindingDraft("rebase").number("newest version", offer.version());
    String where = ", at plugin " + offer.contribution().module().id();
    if (offer.contribution().baseVersion().isEmpty()) {
      return List.of(
          draft.note("expected the version it was trained from, found none stated" + where));
    }
    int base = offer.contribution().baseVersion().getAsInt();
    int staleness = offer.version() - base;
    draft.number("base version", base).number("staleness", staleness).number("most", most);
    if (staleness < 0) {
      return List.of(
          draft.refuse(
              "expected a base version of at most " + offer.version() + ", found " + base + where));
    }
    return staleness <= most
        ? List.of()
        : List.of(
            draft.quarantine(
                "expected a module trained from version "
                    + (offer.version() - most)
                    + " or later, found one trained from version "
                    + base
                    + ": rebase it"
                    + where));
  }
}
