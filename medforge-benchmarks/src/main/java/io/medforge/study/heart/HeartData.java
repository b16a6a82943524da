package io.medforge.study.heart;

import io.medforge.study.evidence.SealedCentres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The data as FLamby makes them: of 14 columns the last is the class (0 healthy, 1 to 4 diseased),
 * columns 10 to 12 are dropped, then rows that lack a value; chest pain and the resting
 * electrocardiogram become one column per level but the first, which leaves 13 features; these are
 * standardised by the mean and sample deviation of the centre's own training patients (a feature
 * that does not vary there is centred only). {@code split.csv} says who is a training and who a
 * test patient. Immutable.
 *
 * @param training by centre, in order of name
 * @param test sealed
 */
record HeartData(SortedMap<String, CentreRows> training, SealedCentres test) {
  /** The folder in the data folder. */
  static final String FOLDER = "heart-disease";

  /** The centres, in order of name. */
  static final List<String> CENTRES = List.of("cleveland", "hungarian", "switzerland", "va");

  /** Features of a patient. */
  static final int FEATURES = 13;

  private static final int COLUMNS = 14;
  private static final int KEPT = 10;
  private static final int CHEST_PAIN = 2;
  private static final int ELECTROCARDIOGRAM = 6;
  private static final int MAX_LINES = 100_000;
  private static final int MAX_LINE = 1_000;

  /** Freezes the map. */
  HeartData {
    training = Collections.unmodifiableSortedMap(new TreeMap<>(training));
  }

  /**
   * Reads the four centres' files and the split.
   *
   * @param data a folder with {@code heart-disease/processed.<centre>.data} and {@code split.csv}
   * @return the data
   * @throws IllegalArgumentException if a file is missing or has another form; the message names
   *     file and line and carries no patient's value
   * @throws UncheckedIOException if one cannot be read
   */
  static HeartData in(Path data) {
    Path folder = data.resolve(FOLDER);
    SortedMap<String, SortedMap<Integer, Boolean>> split = split(folder.resolve("split.csv"));
    SortedMap<String, CentreRows> training = new TreeMap<>();
    SealedCentres.Builder test = SealedCentres.builder();
    for (String centre : CENTRES) {
      Path file = folder.resolve("processed." + centre + ".data");
      SortedMap<Integer, Boolean> sets = split.getOrDefault(centre, Collections.emptySortedMap());
      List<double[]> rows = complete(file, sets);
      List<Integer> lines = List.copyOf(sets.keySet());
      int[] trained = positions(lines, sets, true);
      int[] tested = positions(lines, sets, false);
      if (trained.length < 2 || tested.length == 0) {
        throw new IllegalArgumentException(
            "expected at least 2 training rows and a test row, found "
                + trained.length
                + " and "
                + tested.length
                + ", at "
                + folder.resolve("split.csv")
                + ", centre "
                + centre);
      }
      float[][] features = standardised(rows, trained);
      int[] classes = rows.stream().mapToInt(row -> (int) row[FEATURES]).toArray();
      CentreRows all = CentreRows.of(features, classes);
      training.put(centre, all.select(trained));
      CentreRows sealed = all.select(tested);
      test.seal(centre, sealed.inputs(), sealed.classes());
    }
    return new HeartData(training, test.build());
  }

  private static int[] positions(
      List<Integer> lines, Map<Integer, Boolean> sets, boolean training) {
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (Objects.equals(sets.get(lines.get(i)), training)) {
        positions.add(i);
      }
    }
    return positions.stream().mapToInt(Integer::intValue).toArray();
  }

  /** By centre: line, from 0, and whether it is a training patient's. */
  private static SortedMap<String, SortedMap<Integer, Boolean>> split(Path file) {
    List<String> lines = lines(file);
    if (lines.isEmpty() || !lines.get(0).equals("center,row,set")) {
      throw malformed("the header center,row,set", "another", file, 1);
    }
    SortedMap<String, SortedMap<Integer, Boolean>> split = new TreeMap<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] fields = lines.get(i).split(",", -1);
      boolean fits =
          fields.length == 3
              && CENTRES.contains(fields[0])
              && fields[1].matches("[0-9]{1,6}")
              && (fields[2].equals("train") || fields[2].equals("test"));
      if (!fits) {
        throw malformed(
            "a centre of " + CENTRES + ", a row, train or test", "another", file, i + 1);
      }
      Boolean before =
          split
              .computeIfAbsent(fields[0], centre -> new TreeMap<>())
              .put(Integer.parseInt(fields[1]), fields[2].equals("train"));
      if (before != null) {
        throw malformed("each row of a centre once", "one twice", file, i + 1);
      }
    }
    return split;
  }

  /** The split's rows: features before standardisation, then the class. */
  private static List<double[]> complete(Path file, Map<Integer, Boolean> sets) {
    List<String> lines = lines(file);
    List<double[]> rows = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      double[] row = row(lines.get(i), file, i + 1);
      boolean complete = row.length > 0;
      if (complete != sets.containsKey(i)) {
        throw malformed(
            complete ? "a complete row to be in split.csv" : "the rows of split.csv to be complete",
            complete ? "it is not" : "one with a missing value",
            file,
            i + 1);
      }
      if (complete) {
        rows.add(row);
      }
    }
    if (rows.size() != sets.size()) {
      throw malformed(
          sets.size() + " rows that split.csv names",
          Integer.toString(rows.size()),
          file,
          lines.size());
    }
    return rows;
  }

  /** A patient's features and class; nothing if a value is missing. */
  private static double[] row(String line, Path file, int number) {
    String[] fields = line.split(",", -1);
    if (fields.length != COLUMNS) {
      throw malformed(COLUMNS + " columns", Integer.toString(fields.length), file, number);
    }
    double[] values = new double[KEPT];
    boolean complete = true;
    for (int column = 0; column < COLUMNS - 1; column++) {
      boolean missing = fields[column].equals("?");
      double value = missing ? 0 : number(fields[column], column, file, number);
      if (column < KEPT) {
        values[column] = value;
        complete &= !missing;
      }
    }
    int diseased = diseased(fields[COLUMNS - 1], file, number);
    return complete ? features(values, diseased, file, number) : new double[0];
  }

  private static double[] features(double[] values, int diseased, Path file, int number) {
    double[] row = new double[FEATURES + 1];
    int at = 0;
    for (int column = 0; column < KEPT; column++) {
      if (column != CHEST_PAIN && column != ELECTROCARDIOGRAM) {
        row[at++] = values[column];
      }
    }
    at = levels(values[CHEST_PAIN], 1, 4, row, at, file, number);
    at = levels(values[ELECTROCARDIOGRAM], 0, 2, row, at, file, number);
    row[at] = diseased;
    return row;
  }

  /** One column for each level but the first. */
  private static int levels(
      double value, int first, int last, double[] row, int from, Path file, int number) {
    if (value != Math.rint(value) || value < first || value > last) {
      throw malformed("a level of " + first + " to " + last, "another", file, number);
    }
    for (int level = first + 1; level <= last; level++) {
      row[from + level - first - 1] = value == level ? 1 : 0;
    }
    return from + last - first;
  }

  private static int diseased(String field, Path file, int number) {
    return switch (field) {
      case "0" -> CentreRows.HEALTHY;
      case "1", "2", "3", "4" -> CentreRows.DISEASED;
      default -> throw malformed("a class of 0 to 4", "another", file, number);
    };
  }

  private static double number(String field, int column, Path file, int line) {
    // No hexadecimal, no "NaN", no suffix: what Double.parseDouble takes is wider than the format.
    if (field.length() > 24 || !field.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)")) {
      throw malformed("a number or ? in column " + column, "neither", file, line);
    }
    return Double.parseDouble(field);
  }

  /** (x - mean) / deviation of the training rows. */
  private static float[][] standardised(List<double[]> rows, int... trained) {
    float[][] features = new float[rows.size()][FEATURES];
    for (int f = 0; f < FEATURES; f++) {
      double sum = 0;
      for (int i : trained) {
        sum += rows.get(i)[f];
      }
      double mean = sum / trained.length;
      double squares = 0;
      for (int i : trained) {
        double d = rows.get(i)[f] - mean;
        squares += d * d;
      }
      double deviation = Math.sqrt(squares / (trained.length - 1));
      for (int i = 0; i < features.length; i++) {
        double centred = rows.get(i)[f] - mean;
        features[i][f] = (float) (deviation > 0 ? centred / deviation : centred);
      }
    }
    return features;
  }

  private static List<String> lines(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "expected a file in the data folder, found none, at " + file);
    }
    List<String> lines = new ArrayList<>();
    // ISO-8859-1 takes any bytes; what is no number is refused where it stands.
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.ISO_8859_1))) {
      StringBuilder line = new StringBuilder();
      for (int next = reader.read(); next >= 0; next = reader.read()) {
        if (next == '\n') {
          lines.add(line.toString());
          line.setLength(0);
        } else if (next != '\r') {
          line.append((char) next);
        }
        if (line.length() > MAX_LINE || lines.size() > MAX_LINES) {
          throw malformed(
              "at most " + MAX_LINES + " lines of " + MAX_LINE + " characters",
              "more",
              file,
              lines.size() + 1);
        }
      }
      if (line.length() > 0) {
        lines.add(line.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
    return lines;
  }

  private static IllegalArgumentException malformed(
      String expected, String found, Path file, int line) {
    return new IllegalArgumentException(
        "expected " + expected + ", found " + found + ", at " + file + ", line " + line);
  }
}
