package io.medforge.merge.fusion;

/** What makes up for the elements that a {@link Sparsifier} drops. */
public enum Rescale {
  /** Nothing: what is kept is kept as it is. */
  NONE,
  /**
   * Each element kept is divided by the probability with which it was kept, so that the expected
   * delta is the delta: the DARE and DELLA papers, and PEFT.
   */
  INVERSE_PROBABILITY,
  /**
   * What is kept is multiplied by |delta|_1 / |kept|_1 of its tensor, as mergekit does: the L1 norm
   * stays, the expectation does not. Left alone if either norm is below 1e-7.
   */
  MATCH_L1
}
