package io.medforge.plugin.audit;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one attack found. Numbers are rounded to six significant digits: a distance in full
 * precision would name the two rows that it lies between. Immutable.
 *
 * @param attack its name, such as {@code lira-online}
 * @param verdict what follows from it
 * @param reason why, in one sentence with numbers
 * @param figures its statistics by name
 * @param roc its curve, if it tells members from strangers
 */
public record AttackResult(
    String attack,
    Verdict verdict,
    String reason,
    SortedMap<String, Estimate> figures,
    Optional<Roc> roc) {
  private static final MathContext DIGITS = new MathContext(6, RoundingMode.HALF_EVEN);

  /**
   * Copies and rounds.
   *
   * @param attack its name
   * @param verdict what follows from it
   * @param reason why, in one sentence with numbers
   * @param figures its statistics by name
   * @param roc its curve, if it tells members from strangers
   */
  public AttackResult {
    SortedMap<String, Estimate> copy = new TreeMap<>();
    figures.forEach(
        (name, each) ->
            copy.put(
                name,
                new Estimate(rounded(each.value()), rounded(each.lower()), rounded(each.upper()))));
    figures = Collections.unmodifiableSortedMap(copy);
  }

  static AttackResult of(
      String attack, Verdict verdict, String reason, Map<String, Estimate> figures) {
    return new AttackResult(attack, verdict, reason, new TreeMap<>(figures), Optional.empty());
  }

  static double rounded(double value) {
    return value == 0 ? 0 : new BigDecimal(value).round(DIGITS).doubleValue();
  }

  /** A number as a sentence carries it. */
  static String text(double value) {
    return value == 0
        ? "0"
        : new BigDecimal(value)
            .round(new MathContext(3, RoundingMode.HALF_EVEN))
            .stripTrailingZeros()
            .toPlainString();
  }
}
