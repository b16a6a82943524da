package io.medforge.study.evidence;

import io.medforge.study.Answers;
import io.medforge.study.McNemarTest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Every method's answers to the test patients, opened once, when everything is trained and chosen.
 * Immutable.
 */
public final class EvidenceTable {
  private final List<String> centres;
  private final List<Row> rows;

  private EvidenceTable(List<String> centres, List<Row> rows) {
    this.centres = List.copyOf(centres);
    this.rows = List.copyOf(rows);
  }

  /**
   * Opens the test and fills the table.
   *
   * @param entrants finished methods, at least one, each name once
   * @param test the sealed test
   * @param seed of the resamples
   * @return the table
   * @throws IllegalArgumentException if there is no method or a name twice
   */
  public static EvidenceTable open(List<Entrant> entrants, SealedCentres test, long seed) {
    if (entrants.isEmpty()
        || entrants.stream().map(Entrant::name).distinct().count() != entrants.size()) {
      throw new IllegalArgumentException(
          "expected methods, each name once, found "
              + entrants.stream().map(Entrant::name).toList());
    }
    List<String> centres = List.copyOf(test.sizes().keySet());
    List<List<List<Answers>>> answers = new ArrayList<>();
    for (Entrant entrant : entrants) {
      List<List<Answers>> bySeed = new ArrayList<>();
      for (CentreClassifier classifier : entrant.bySeed()) {
        bySeed.add(List.copyOf(test.answers(classifier).values()));
      }
      answers.add(bySeed);
    }
    Resamples resamples = Resamples.of(answers.get(0).get(0), seed);
    // Rows know nothing of each other; models, asked above, are for one thread.
    List<Row> rows =
        IntStream.range(0, entrants.size())
            .parallel()
            .mapToObj(i -> new Row(entrants.get(i), centres, answers.get(i), resamples))
            .toList();
    return new EvidenceTable(centres, rows);
  }

  /** A method's row. Immutable. */
  public static final class Row {
    private final Entrant entrant;
    private final List<String> centres;
    private final List<List<Answers>> bySeed;
    private final Map<Quantity, double[]> values = new EnumMap<>(Quantity.class);
    private final Map<Quantity, double[][]> resampled = new EnumMap<>(Quantity.class);

    private Row(
        Entrant entrant, List<String> centres, List<List<Answers>> bySeed, Resamples resamples) {
      this.entrant = entrant;
      this.centres = centres;
      this.bySeed = List.copyOf(bySeed);
      List<List<Answers>> all = Scopes.withPooled(bySeed);
      for (Quantity quantity : Quantity.values()) {
        values.put(quantity, Scopes.of(quantity, all));
        resampled.put(quantity, new double[centres.size() + 3][Resamples.COUNT]);
      }
      for (int b = 0; b < Resamples.COUNT; b++) {
        List<List<Answers>> drawn = Scopes.select(bySeed, resamples.get(b));
        for (Quantity quantity : Quantity.WITH_INTERVAL) {
          double[] found = Scopes.of(quantity, drawn);
          for (int scope = 0; scope < found.length; scope++) {
            resampled(quantity)[scope][b] = found[scope];
          }
        }
      }
    }

    /**
     * Who it is.
     *
     * @return the method
     */
    public Entrant entrant() {
      return entrant;
    }

    /**
     * What it answered.
     *
     * @return per seed, per centre in order of name
     */
    public List<List<Answers>> answers() {
      return bySeed;
    }

    /**
     * A centre's value.
     *
     * @param quantity what is measured
     * @param centre which centre
     * @return the mean over the seeds
     */
    public Estimate at(Quantity quantity, String centre) {
      return estimate(quantity, centres.indexOf(centre));
    }

    /**
     * The mean of the centres, each counting the same.
     *
     * @param quantity what is measured
     * @return the mean over the seeds
     */
    public Estimate meanOfCentres(Quantity quantity) {
      return estimate(quantity, Scopes.mean(centres.size()));
    }

    /**
     * The centre that fares worst.
     *
     * @param quantity what is measured
     * @return its mean over the seeds
     */
    public Estimate worstCentre(Quantity quantity) {
      return estimate(quantity, Scopes.worst(centres.size()));
    }

    /**
     * All patients as one.
     *
     * @param quantity what is measured
     * @return the mean over the seeds
     */
    public Estimate pooled(Quantity quantity) {
      return estimate(quantity, Scopes.pooled(centres.size()));
    }

    private Estimate estimate(Quantity quantity, int scope) {
      double value = values(quantity)[scope];
      return quantity.hasInterval()
          ? Estimate.of(value, resampled(quantity)[scope])
          : new Estimate(value, Double.NaN, Double.NaN);
    }

    private double[] values(Quantity quantity) {
      return present(values.get(quantity), quantity);
    }

    private double[][] resampled(Quantity quantity) {
      return present(resampled.get(quantity), quantity);
    }

    private Estimate difference(Row other, Quantity quantity, int scope) {
      double[] one = resampled(quantity)[scope];
      double[] two = other.resampled(quantity)[scope];
      double[] differences = new double[one.length];
      for (int b = 0; b < differences.length; b++) {
        differences[b] = one[b] - two[b];
      }
      return Estimate.of(values(quantity)[scope] - other.values(quantity)[scope], differences);
    }

    private static <T> T present(@Nullable T value, Quantity quantity) {
      if (value == null) {
        throw new IllegalStateException(
            "expected " + quantity + " to be measured, found it is not");
      }
      return value;
    }
  }

  /**
   * A method against another on the same patients; differences are first minus second.
   *
   * @param first the one's name
   * @param second the other's
   * @param meanAccuracy of the means of centres
   * @param pooledAccuracy of all patients
   * @param meanAuc of the means of centres
   * @param pooledAuc of all patients
   * @param mcnemar the exact paired test of the first seeds' calls, all patients
   */
  public record Comparison(
      String first,
      String second,
      Estimate meanAccuracy,
      Estimate pooledAccuracy,
      Estimate meanAuc,
      Estimate pooledAuc,
      McNemarTest mcnemar) {}

  /**
   * The hospitals.
   *
   * @return in order of name
   */
  public List<String> centres() {
    return centres;
  }

  /**
   * The methods.
   *
   * @return in the order given
   */
  public List<Row> rows() {
    return rows;
  }

  /**
   * A method's row.
   *
   * @param name its name
   * @return the row
   * @throws IllegalArgumentException if there is none of that name
   */
  public Row row(String name) {
    return rows.stream()
        .filter(row -> row.entrant().name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("expected a method of the table, found " + name));
  }

  /**
   * The best of a group by the test itself: nobody could have chosen it before.
   *
   * @param group the group
   * @return the row with the highest mean of centres in accuracy, the first of equals
   * @throws IllegalArgumentException if the group is empty
   */
  public Row best(String group) {
    Row best = null;
    double highest = Double.NEGATIVE_INFINITY;
    for (Row row : rows) {
      double value = row.meanOfCentres(Quantity.ACCURACY).value();
      if (row.entrant().group().equals(group) && value > highest) {
        best = row;
        highest = value;
      }
    }
    if (best == null) {
      throw new IllegalArgumentException("expected methods of group " + group + ", found none");
    }
    return best;
  }

  /**
   * Compares two methods.
   *
   * @param first the one's name
   * @param second the other's
   * @return the paired comparison
   */
  public Comparison compare(String first, String second) {
    Row one = row(first);
    Row other = row(second);
    int n = centres.size();
    return new Comparison(
        first,
        second,
        one.difference(other, Quantity.ACCURACY, Scopes.mean(n)),
        one.difference(other, Quantity.ACCURACY, Scopes.pooled(n)),
        one.difference(other, Quantity.AUC, Scopes.mean(n)),
        one.difference(other, Quantity.AUC, Scopes.pooled(n)),
        McNemarTest.of(
            Answers.pooled(one.answers().get(0)), Answers.pooled(other.answers().get(0))));
  }
}
