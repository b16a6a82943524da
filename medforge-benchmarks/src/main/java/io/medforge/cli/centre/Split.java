package io.medforge.cli.centre;

import io.medforge.cli.data.Examples;
import io.medforge.plugin.Digest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which rows are trained on, which choose between models, and which nothing of the branch ever
 * sees: the strangers of the audit. Rows of one patient (of one id) stay together; classes are
 * spread evenly. Immutable.
 *
 * @param data the digest of the rows, so that other data is not taken for these
 * @param seed of the draw
 * @param training indices of rows, ascending
 * @param validation indices of rows, ascending
 * @param holdout indices of rows, ascending
 */
record Split(
    String data,
    long seed,
    List<Integer> training,
    List<Integer> validation,
    List<Integer> holdout) {
  Split {
    training = List.copyOf(training);
    validation = List.copyOf(validation);
    holdout = List.copyOf(holdout);
  }

  /** Draws a split; refuses rows that no classifier can be trained on. */
  static Split draw(Examples examples, double validationShare, double holdoutShare, long seed) {
    checkShare("--validation", validationShare);
    checkShare("--holdout", holdoutShare);
    int[] classes = examples.classes();
    checkTrainable(examples, classes);
    List<List<List<Integer>>> patients = patientsByClass(examples, classes);
    List<Integer> training = new ArrayList<>();
    List<Integer> validation = new ArrayList<>();
    List<Integer> holdout = new ArrayList<>();
    Random random = new Random(seed);
    for (List<List<Integer>> ofClass : patients) {
      Collections.shuffle(ofClass, random);
      int held = (int) Math.round(holdoutShare * ofClass.size());
      int validated = (int) Math.round(validationShare * ofClass.size());
      for (int i = 0; i < ofClass.size(); i++) {
        // The last patient of a class is always trained on.
        boolean last = i == ofClass.size() - 1;
        List<Integer> part =
            last || i >= held + validated ? training : i < held ? holdout : validation;
        part.addAll(ofClass.get(i));
      }
    }
    checkFilled("--validation", validationShare, validation, classes.length);
    checkFilled("--holdout", holdoutShare, holdout, classes.length);
    for (List<Integer> part : List.of(training, validation, holdout)) {
      Collections.sort(part);
    }
    return new Split(digest(examples).toString(), seed, training, validation, holdout);
  }

  /** Refuses data other than that which was split. */
  void checkData(Examples examples, String path) {
    String found = digest(examples).toString();
    if (!found.equals(data)) {
      throw new IllegalArgumentException(
          "expected the rows that were split, with digest "
              + data
              + ", found "
              + found
              + ", at "
              + path);
    }
  }

  /** How many rows of each class a part has. */
  static SortedMap<String, Integer> counts(Examples examples, List<Integer> rows) {
    int[] classes = examples.classes();
    SortedMap<String, Integer> counts = new TreeMap<>();
    examples.classNames().forEach(name -> counts.put(name, 0));
    rows.forEach(row -> counts.merge(examples.classNames().get(classes[row]), 1, Integer::sum));
    return counts;
  }

  /** Each class's patients, each with its rows; a patient belongs to the class of the first row. */
  private static List<List<List<Integer>>> patientsByClass(Examples examples, int[] classes) {
    Map<String, List<Integer>> patients = new TreeMap<>();
    for (int row = 0; row < classes.length; row++) {
      patients.computeIfAbsent(examples.names().get(row), name -> new ArrayList<>()).add(row);
    }
    List<List<List<Integer>>> byClass = new ArrayList<>();
    examples.classNames().forEach(name -> byClass.add(new ArrayList<>()));
    patients.values().stream()
        .sorted((one, other) -> Integer.compare(one.get(0), other.get(0)))
        .forEach(rows -> byClass.get(classes[rows.get(0)]).add(rows));
    return byClass;
  }

  private static void checkTrainable(Examples examples, int[] classes) {
    List<String> names = examples.classNames();
    if (classes.length < names.size()) {
      throw new IllegalArgumentException(
          "expected at least as many rows as classes, "
              + names.size()
              + ", found "
              + classes.length);
    }
    boolean one = true;
    for (int label : classes) {
      one &= label == classes[0];
    }
    if (one) {
      throw new IllegalArgumentException(
          "expected rows of at least two classes, found " + classes.length + " rows of one class");
    }
  }

  private static void checkShare(String option, double share) {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException(
          "expected " + option + " of at least 0 and below 1, found " + share);
    }
  }

  private static void checkFilled(String option, double share, List<Integer> part, int rows) {
    if (share > 0 && part.isEmpty()) {
      throw new IllegalArgumentException(
          "expected at least one row, found none: "
              + option
              + " "
              + share
              + " of "
              + rows
              + " rows");
    }
  }

  private static Digest digest(Examples examples) {
    Digest.Builder digest =
        Digest.builder().add("medforge-split-v1").add(examples.inputs().values());
    for (int label : examples.classes()) {
      digest.add(label);
    }
    return digest.build();
  }
}
