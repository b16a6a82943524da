package io.medforge.plugin.audit;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Guesses a hidden attribute of a member from all else and the module: {@code arg max over v of p(y
 * | x with v) prior(v)} (Fredrikson et al., CCS 2015; Yeom et al., CSF 2018).
 *
 * <p>What the module adds is the advantage over the better one of two guesses without it: the most
 * frequent value, and an imputer, the k nearest strangers of the same class (k the root of their
 * number). Without them population statistics would pass for leakage (Jayaraman and Evans, CCS
 * 2022). The advantage's interval comes from the patients on whom both guesses differ: Clopper and
 * Pearson's limits of who wins among them, times the limits of their share.
 */
final class AttributeInference {
  static final String NAME = "attribute-inference";

  private final double[][] strangers;
  private final int[] strangerClasses;
  private final int[] strangerValues;
  private final int column;
  private final double[] logPrior;

  AttributeInference(SensitiveAttribute attribute, double[][] strangers, int[] strangerClasses) {
    this.strangers = strangers;
    this.strangerClasses = strangerClasses;
    this.strangerValues = attribute.of("strangers", strangers);
    this.column = attribute.column();
    double[] counts = new double[attribute.values().size()];
    Arrays.fill(counts, 1);
    for (int value : strangerValues) {
      counts[value]++;
    }
    this.logPrior =
        Arrays.stream(counts)
            .map(count -> StrictMath.log(count / (strangers.length + counts.length)))
            .toArray();
  }

  /**
   * Compares the guesses.
   *
   * @param logLikelihoods {@code [value][member]}: log p(y | x with that value) of the module
   */
  AttackResult measure(
      double[][] logLikelihoods,
      double[][] members,
      int[] classes,
      int[] truth,
      AuditLimits limits) {
    int n = members.length;
    int prior = greatest(logPrior);
    boolean[] byModule = new boolean[n];
    boolean[] byPrior = new boolean[n];
    boolean[] byImputer = new boolean[n];
    for (int row = 0; row < n; row++) {
      double[] scores = new double[logPrior.length];
      for (int v = 0; v < scores.length; v++) {
        scores[v] = logLikelihoods[v][row] + logPrior[v];
      }
      byModule[row] = greatest(scores) == truth[row];
      byPrior[row] = prior == truth[row];
      byImputer[row] = impute(members[row], classes[row]) == truth[row];
    }
    boolean[] baseline = count(byImputer) >= count(byPrior) ? byImputer : byPrior;
    Estimate advantage = advantage(byModule, baseline);
    SortedMap<String, Estimate> figures = new TreeMap<>();
    figures.put("accuracy-with-module", BinomialInterval.of(count(byModule), n));
    figures.put("accuracy-of-prior", BinomialInterval.of(count(byPrior), n));
    figures.put("accuracy-of-imputer", BinomialInterval.of(count(byImputer), n));
    figures.put("advantage", advantage);
    double limit = limits.attributeAdvantage();
    Verdict verdict =
        advantage.lower() > limit
            ? Verdict.FAIL
            : advantage.upper() > limit ? Verdict.INCONCLUSIVE : Verdict.PASS;
    return AttackResult.of(
        NAME,
        verdict,
        "the module adds "
            + AttackResult.text(advantage.lower())
            + " to "
            + AttackResult.text(advantage.upper())
            + " to the share guessed right without it, against a limit of "
            + AttackResult.text(limit),
        figures);
  }

  static Estimate advantage(boolean[] attack, boolean[] baseline) {
    int won = 0;
    int lost = 0;
    for (int i = 0; i < attack.length; i++) {
      won += attack[i] && !baseline[i] ? 1 : 0;
      lost += !attack[i] && baseline[i] ? 1 : 0;
    }
    int differ = won + lost;
    double most = BinomialInterval.upper(differ, attack.length);
    double least = BinomialInterval.lower(differ, attack.length);
    double low = differ == 0 ? -1 : 2 * BinomialInterval.lower(won, differ) - 1;
    double high = differ == 0 ? 1 : 2 * BinomialInterval.upper(won, differ) - 1;
    return new Estimate(
        (double) (won - lost) / attack.length,
        low * (low < 0 ? most : least),
        high * (high > 0 ? most : least));
  }

  private int impute(double[] row, int label) {
    int[] candidates = new int[strangers.length];
    int n = 0;
    for (int i = 0; i < strangers.length; i++) {
      if (strangerClasses[i] == label) {
        candidates[n++] = i;
      }
    }
    if (n == 0) {
      return greatest(logPrior);
    }
    double[] distances = new double[n];
    for (int i = 0; i < n; i++) {
      distances[i] = distanceWithoutColumn(row, strangers[candidates[i]]);
    }
    double[] sorted = distances.clone();
    Arrays.sort(sorted);
    double reach = sorted[(int) StrictMath.round(StrictMath.sqrt((double) n)) - 1];
    // Equally near ones all vote; the prior breaks ties.
    double[] votes = new double[logPrior.length];
    for (int v = 0; v < votes.length; v++) {
      votes[v] = StrictMath.exp(logPrior[v]) / 2;
    }
    for (int i = 0; i < n; i++) {
      votes[strangerValues[candidates[i]]] += distances[i] <= reach ? 1 : 0;
    }
    return greatest(votes);
  }

  private double distanceWithoutColumn(double[] one, double[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      double difference = i == column ? 0 : one[i] - other[i];
      sum += difference * difference;
    }
    return sum;
  }

  private static int count(boolean[] right) {
    int count = 0;
    for (boolean each : right) {
      count += each ? 1 : 0;
    }
    return count;
  }

  /** The index of the greatest value; the lowest one of several. */
  private static int greatest(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}
