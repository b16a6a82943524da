package io.medforge.plugin.audit;

/**
 * Tells members from strangers by what models answer. Implementations are stateless and
 * thread-safe.
 */
@FunctionalInterface
public interface MembershipAttack {
  /**
   * Scores the pool.
   *
   * @param evidence what the models answer
   * @return a score per row, the higher the more it speaks for a member
   * @throws IllegalArgumentException if the evidence has too few shadow plugins for this attack
   */
  MembershipScores score(MembershipEvidence evidence);

  /**
   * The loss threshold: patients with a small loss are taken for members. Yeom et al., Privacy risk
   * in machine learning, CSF 2018.
   *
   * @return the attack
   */
  static MembershipAttack lossThreshold() {
    return evidence ->
        ScoredRows.score(
            evidence, row -> MembershipEvidence.logProbability(evidence.pluginConfidence(row)));
  }

  /**
   * The loss relative to the base: patients whose loss the plugin lowered most are taken for
   * members. Everybody who has the plugin has the base, so this costs an attacker nothing.
   * LoRA-Leak, arXiv 2507.18302.
   *
   * @return the attack
   */
  static MembershipAttack baseReferencedLoss() {
    return evidence ->
        ScoredRows.score(
            evidence,
            row ->
                MembershipEvidence.logProbability(evidence.pluginConfidence(row))
                    - MembershipEvidence.logProbability(evidence.baseConfidence(row)));
  }

  /**
   * LiRA with shadows that did not see the patient: {@code (phi - mean_out) / deviation_out}, of
   * which the one-sided probability in the paper is an increasing function. Carlini et al.,
   * Membership inference attacks from first principles, S&amp;P 2022. The deviation is that of the
   * row where it has 64 shadows or more, else one pooled over all rows.
   *
   * @return the attack; needs at least two shadows without each row
   */
  static MembershipAttack offlineLikelihoodRatio() {
    return new LikelihoodRatio(false);
  }

  /**
   * LiRA with shadows that saw the patient and shadows that did not: {@code log N(phi; mean_in,
   * deviation_in) - log N(phi; mean_out, deviation_out)}; see {@link #offlineLikelihoodRatio} for
   * the deviations.
   *
   * @return the attack; needs at least two shadows with and two without each row
   */
  static MembershipAttack onlineLikelihoodRatio() {
    return new LikelihoodRatio(true);
  }

  /**
   * RMIA: the share of strangers z for which {@code (p(x) / mean_p(x)) / (p(z) / mean_p(z)) >=
   * gamma}; the mean is that of the shadows' probabilities, those that saw the row and those that
   * did not counting one half each. A stranger is never compared with itself; each member leaves
   * out one stranger, too, so that both have equally many chances. Zarifzadeh et al., Low-cost
   * high-power membership inference attacks, ICML 2024.
   *
   * @param gamma above 0; 1 or 2 as a rule
   * @return the attack; needs at least one shadow with and one without each row
   * @throws IllegalArgumentException if gamma is not above 0 and finite
   */
  static MembershipAttack relativeMembership(double gamma) {
    return new RelativeMembership(gamma);
  }
}
