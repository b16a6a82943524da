package io.medforge.merge.fusion;

import io.medforge.merge.kernel.SignElection;

/** How the sign of an element is elected where plugins disagree; a tie elects plus. */
public enum SignVote {
  /** The sign of {@code sum w_i delta_i}: a plugin that counts more has more say; as mergekit. */
  WEIGHTED(SignElection.Vote.WEIGHTED_VALUE),
  /** The sign of {@code sum delta_i}, whatever the coefficients: the TIES paper, PEFT's "total". */
  UNWEIGHTED(SignElection.Vote.VALUE),
  /** The sign that more plugins have, whatever the sizes: PEFT's "frequency". */
  FREQUENCY(SignElection.Vote.SIGN);

  private final SignElection.Vote vote;

  SignVote(SignElection.Vote vote) {
    this.vote = vote;
  }

  SignElection.Vote vote() {
    return vote;
  }
}
