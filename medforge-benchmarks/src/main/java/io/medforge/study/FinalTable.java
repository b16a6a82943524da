package io.medforge.study;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Every method's answers to the test patients, opened once, when everything is trained and chosen.
 * Immutable.
 *
 * @param rows one per method, in the order given
 * @param comparison Mixture against the best single plugin
 */
record FinalTable(List<Row> rows, Comparison comparison) {
  /** Copies the rows. */
  FinalTable {
    rows = List.copyOf(rows);
  }

  /**
   * A method's row.
   *
   * @param method the method
   * @param answers its answers by hospital
   * @param hospitals its scores by hospital
   * @param overall its score over all hospitals' test patients
   */
  record Row(
      Method method,
      SortedMap<String, Answers> answers,
      SortedMap<String, Score> hospitals,
      Score overall) {
    /** Freezes the maps. */
    Row {
      answers = Collections.unmodifiableSortedMap(new TreeMap<>(answers));
      hospitals = Collections.unmodifiableSortedMap(new TreeMap<>(hospitals));
    }
  }

  /**
   * A method against another on the same patients.
   *
   * @param first the one
   * @param second the other
   * @param mcnemar the test of their accuracies
   * @param accuracyDifference first minus second, 95 % paired bootstrap interval
   * @param aucDifference first minus second, 95 % paired bootstrap interval
   */
  record Comparison(
      Row first,
      Row second,
      McNemarTest mcnemar,
      Bootstrap.Interval accuracyDifference,
      Bootstrap.Interval aucDifference) {}

  /**
   * Opens the test and fills the table.
   *
   * @param methods finished methods, exactly one {@link Method.Kind#MIXTURE}, at least one {@link
   *     Method.Kind#PLUGIN}
   * @param test the sealed test
   * @param seed of the bootstrap
   * @return the table
   */
  static FinalTable open(List<Method> methods, SealedTest test, long seed) {
    Bootstrap bootstrap = new Bootstrap(seed);
    List<Row> rows = new ArrayList<>();
    for (Method method : methods) {
      SortedMap<String, Answers> given = test.answers(method.classifier());
      SortedMap<String, Score> hospitals = new TreeMap<>();
      given.forEach(
          (hospital, part) ->
              hospitals.put(
                  hospital,
                  Score.of(new TreeMap<>(Collections.singletonMap(hospital, part)), bootstrap)));
      rows.add(new Row(method, given, hospitals, Score.of(given, bootstrap)));
    }
    int mixture = only(rows, Method.Kind.MIXTURE);
    int plugin = best(rows, Method.Kind.PLUGIN);
    return new FinalTable(rows, compare(rows.get(mixture), rows.get(plugin), bootstrap));
  }

  private static Comparison compare(Row first, Row second, Bootstrap bootstrap) {
    SortedMap<String, Answers> firstAnswers = first.answers();
    SortedMap<String, Answers> secondAnswers = second.answers();
    return new Comparison(
        first,
        second,
        McNemarTest.of(
            Answers.pooled(firstAnswers.values()), Answers.pooled(secondAnswers.values())),
        bootstrap.difference(
            firstAnswers, secondAnswers, (one, other) -> one.accuracy() - other.accuracy()),
        bootstrap.difference(firstAnswers, secondAnswers, (one, other) -> one.auc() - other.auc()));
  }

  /** The row of a kind that occurs once. */
  Row only(Method.Kind kind) {
    return rows.get(only(rows, kind));
  }

  private static int only(List<Row> rows, Method.Kind kind) {
    int found = -1;
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).method().kind() == kind) {
        if (found >= 0) {
          throw new IllegalArgumentException("expected one row of kind " + kind + ", found more");
        }
        found = i;
      }
    }
    if (found < 0) {
      throw new IllegalArgumentException("expected one row of kind " + kind + ", found none");
    }
    return found;
  }

  /** By overall accuracy, then by overall AUC, then the first. */
  private static int best(List<Row> rows, Method.Kind kind) {
    int best = -1;
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).method().kind() == kind
          && (best < 0 || better(rows.get(i).overall(), rows.get(best).overall()))) {
        best = i;
      }
    }
    if (best < 0) {
      throw new IllegalArgumentException("expected a row of kind " + kind + ", found none");
    }
    return best;
  }

  private static boolean better(Score one, Score other) {
    return one.accuracy() > other.accuracy()
        || (one.accuracy() == other.accuracy() && one.auc() > other.auc());
  }
}
