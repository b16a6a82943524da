package io.medforge.study;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/**
 * The exact McNemar test: whether two classifiers, asked about the same patients, err equally
 * often. McNemar, Psychometrika 1947; exact by the binomial of the discordant pairs.
 *
 * @param onlyFirst patients whom only the first called rightly
 * @param onlySecond patients whom only the second called rightly
 */
public record McNemarTest(int onlyFirst, int onlySecond) {
  /**
   * Compares two classifiers.
   *
   * @param first one classifier's answers
   * @param second the other's, for the same patients in the same order
   * @return the test
   * @throws IllegalArgumentException if the patients are not the same
   */
  public static McNemarTest of(Answers first, Answers second) {
    if (first.size() != second.size()) {
      throw new IllegalArgumentException(
          "expected answers for the same patients, found "
              + first.size()
              + " and "
              + second.size());
    }
    int onlyFirst = 0;
    int onlySecond = 0;
    for (int i = 0; i < first.size(); i++) {
      if (first.diagnosis(i) != second.diagnosis(i)) {
        throw new IllegalArgumentException(
            "expected answers for the same patients, found two diagnoses, at patient " + i);
      }
      onlyFirst += first.correct(i) && !second.correct(i) ? 1 : 0;
      onlySecond += second.correct(i) && !first.correct(i) ? 1 : 0;
    }
    return new McNemarTest(onlyFirst, onlySecond);
  }

  /**
   * The two-sided p-value: 2 P(X <= min) for X ~ Binomial(discordant, 1/2), at most 1.
   *
   * @return 0 to 1; 1 if no pair is discordant
   */
  public double pValue() {
    int n = onlyFirst + onlySecond;
    BigInteger tail = BigInteger.ZERO;
    BigInteger choose = BigInteger.ONE;
    for (int i = 0; i <= Math.min(onlyFirst, onlySecond); i++) {
      tail = tail.add(choose);
      choose = choose.multiply(BigInteger.valueOf(n - i)).divide(BigInteger.valueOf(i + 1L));
    }
    BigDecimal doubled = new BigDecimal(tail.shiftLeft(1));
    BigDecimal all = new BigDecimal(BigInteger.ONE.shiftLeft(n));
    return Math.min(1, doubled.divide(all, MathContext.DECIMAL64).doubleValue());
  }
}
