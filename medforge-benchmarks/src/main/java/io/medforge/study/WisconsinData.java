package io.medforge.study;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The Wisconsin Diagnostic Breast Cancer data: 30 measurements of cell nuclei per patient, and the
 * diagnosis. Street, Wolberg, Mangasarian: Nuclear feature extraction for breast tumor diagnosis,
 * 1993; UCI Machine Learning Repository, CC BY 4.0. {@code breast_cancer-SOURCE.md} beside the file
 * says where the copy comes from.
 */
public final class WisconsinData {
  /** The file's name, in a user's folder as among the resources. */
  public static final String FILE = "breast_cancer.csv";

  private static final int MEASUREMENTS = 30;
  private static final int MAX_PATIENTS = 1_000_000;
  private static final String CLASSES = "malignant,benign";

  private WisconsinData() {}

  /**
   * The copy that comes with MedForge.
   *
   * @return 569 patients
   */
  public static Cohort embedded() {
    InputStream stream = WisconsinData.class.getResourceAsStream(FILE);
    if (stream == null) {
      throw new IllegalStateException("expected the resource " + FILE + ", found none");
    }
    return read(stream, "the embedded " + FILE);
  }

  /**
   * A user's copy in the same form.
   *
   * @param folder holds {@link #FILE}
   * @return its patients
   * @throws IllegalArgumentException if the folder holds no such file or the file has another form;
   *     the message names file and line
   * @throws UncheckedIOException if it cannot be read
   */
  public static Cohort in(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "expected the file " + FILE + " in the data folder, found none, at " + folder);
    }
    try {
      return read(Files.newInputStream(file), file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
  }

  private static Cohort read(InputStream stream, String source) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      String header = lines.readLine();
      int patients = checkHeader(header == null ? "" : header, source);
      double[][] rows = new double[patients][];
      int[] diagnoses = new int[patients];
      for (int i = 0; i < patients; i++) {
        String line = lines.readLine();
        rows[i] = new double[MEASUREMENTS];
        diagnoses[i] = parse(line == null ? "" : line, rows[i], source, i + 2);
      }
      String rest = lines.readLine();
      if (rest != null && !rest.isBlank()) {
        throw malformed(patients + " lines of patients", "more", source, patients + 2);
      }
      return Cohort.of(rows, diagnoses);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + source, e);
    }
  }

  private static int checkHeader(String header, String source) {
    String[] fields = header.split(",", 3);
    int patients = 0;
    if (fields.length == 3 && fields[0].matches("[0-9]{1,7}")) {
      patients = Integer.parseInt(fields[0]);
    }
    boolean fits =
        patients > 0
            && patients <= MAX_PATIENTS
            && fields[1].equals(Integer.toString(MEASUREMENTS))
            && fields[2].equals(CLASSES);
    if (!fits) {
      throw malformed("<patients>," + MEASUREMENTS + "," + CLASSES, quoted(header), source, 1);
    }
    return patients;
  }

  private static int parse(String line, double[] into, String source, int number) {
    String[] fields = line.split(",", -1);
    if (fields.length != MEASUREMENTS + 1) {
      throw malformed(
          MEASUREMENTS + " measurements and a class", fields.length + " fields", source, number);
    }
    for (int f = 0; f < MEASUREMENTS; f++) {
      into[f] = number(fields[f], source, number);
    }
    return switch (fields[MEASUREMENTS]) {
      case "0" -> Cohort.MALIGNANT;
      case "1" -> Cohort.BENIGN;
      default -> throw malformed("class 0 or 1", quoted(fields[MEASUREMENTS]), source, number);
    };
  }

  private static double number(String field, String source, int line) {
    try {
      double value = Double.parseDouble(field);
      if (Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw malformed("a number", quoted(field), source, line, e);
    }
    throw malformed("a finite number", quoted(field), source, line);
  }

  private static String quoted(String text) {
    return "\"" + (text.length() > 40 ? text.substring(0, 40) + "..." : text) + "\"";
  }

  private static IllegalArgumentException malformed(
      String expected, String found, String source, int line) {
    return new IllegalArgumentException(message(expected, found, source, line));
  }

  private static IllegalArgumentException malformed(
      String expected, String found, String source, int line, Exception cause) {
    return new IllegalArgumentException(message(expected, found, source, line), cause);
  }

  private static String message(String expected, String found, String source, int line) {
    return "expected " + expected + ", found " + found + ", at " + source + ", line " + line;
  }
}
