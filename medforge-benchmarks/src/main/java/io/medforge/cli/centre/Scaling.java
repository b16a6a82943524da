package io.medforge.cli.centre;

import io.medforge.cli.data.Examples;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How rows are centred and scaled before a network sees them: each column of a table, each channel
 * of images. Immutable.
 *
 * @param origin where the numbers come from
 * @param columns what is scaled
 * @param centres what is subtracted
 * @param spreads what is divided by, above 0
 */
record Scaling(String origin, List<String> columns, List<Double> centres, List<Double> spreads) {
  private static final String PATIENTS = "patients";
  private static final String PIXELS = "pixels";
  private static final String NONE = "none";

  Scaling {
    columns = List.copyOf(columns);
    centres = List.copyOf(centres);
    spreads = List.copyOf(spreads);
    if (centres.size() != columns.size() || spreads.size() != columns.size()) {
      throw new IllegalArgumentException(
          "expected a centre and a spread for each of "
              + columns.size()
              + " columns, found "
              + centres.size()
              + " and "
              + spreads.size());
    }
    for (int i = 0; i < columns.size(); i++) {
      boolean finite = Double.isFinite(centres.get(i)) && Double.isFinite(spreads.get(i));
      if (!finite || spreads.get(i) <= 0) {
        throw new IllegalArgumentException(
            "expected a finite centre and a spread above 0, found others, at column "
                + columns.get(i));
      }
    }
  }

  /**
   * As an option says.
   *
   * @param choice {@code patients}, {@code none}, a file, or empty for the default: fixed numbers
   *     for images, the training rows' for tables
   * @param rows whose means and deviations {@code patients} takes
   * @param isPrivate whether patients may not be looked at for this
   */
  static Scaling of(String choice, Examples examples, List<Integer> rows, boolean isPrivate) {
    boolean images = examples.inputs().values().shape().dimensions() == 4;
    List<String> columns = columns(examples);
    if (choice.equals(NONE)) {
      return fixed(NONE, columns, 0, 1);
    }
    if (choice.isEmpty() && images) {
      // Of no patient: pixels lie between 0 and 1.
      return fixed(PIXELS, columns, 0.5, 0.25);
    }
    if (choice.isEmpty() || choice.equals(PATIENTS)) {
      if (isPrivate) {
        throw new IllegalArgumentException(
            "expected a private training to look at patients in its steps only, found columns to be"
                + " scaled by the patients' means: state public numbers with --scale FILE, or"
                + " none");
      }
      return ofPatients(examples, columns, rows);
    }
    Scaling read = RecordFile.read(Path.of(choice), Scaling.class);
    if (!read.columns.equals(columns)) {
      throw new IllegalArgumentException(
          "expected scaling of the columns "
              + columns
              + ", found "
              + read.columns
              + ", at "
              + choice);
    }
    return new Scaling(choice, columns, read.centres, read.spreads);
  }

  /** Scales rows. */
  ModelInput apply(ModelInput rows) {
    Tensor values = rows.values();
    float[] flat = values.toFloats();
    int width = flat.length / rows.size();
    int each = width / columns.size();
    for (int i = 0; i < flat.length; i++) {
      int column = i % width / each;
      flat[i] = (float) ((flat[i] - centres.get(column)) / spreads.get(column));
    }
    return new ModelInput(Tensor.of(values.shape(), flat));
  }

  private static Scaling fixed(String origin, List<String> columns, double centre, double spread) {
    return new Scaling(
        origin,
        columns,
        Collections.nCopies(columns.size(), centre),
        Collections.nCopies(columns.size(), spread));
  }

  private static Scaling ofPatients(Examples examples, List<String> columns, List<Integer> rows) {
    Tensor values = examples.inputs(rows).values();
    float[] flat = values.toFloats();
    int width = flat.length / rows.size();
    int each = width / columns.size();
    List<Double> centres = new ArrayList<>();
    List<Double> spreads = new ArrayList<>();
    for (int column = 0; column < columns.size(); column++) {
      double mean = 0;
      double squares = 0;
      for (int i = 0; i < flat.length; i++) {
        mean += i % width / each == column ? flat[i] : 0;
      }
      double count = (double) rows.size() * each;
      mean /= count;
      for (int i = 0; i < flat.length; i++) {
        double off = i % width / each == column ? flat[i] - mean : 0;
        squares += off * off;
      }
      if (squares == 0) {
        throw new IllegalArgumentException(
            "expected a column whose values differ, found one value in all training rows, at column"
                + " "
                + columns.get(column)
                + " (leave it out with --ignore, or state --scale)");
      }
      centres.add(mean);
      spreads.add(Math.sqrt(squares / count));
    }
    return new Scaling(PATIENTS, columns, centres, spreads);
  }

  private static List<String> columns(Examples examples) {
    if (!examples.columns().isEmpty()) {
      return examples.columns();
    }
    String kind = examples.inputs().values().shape().dimensions() == 4 ? "channel " : "column ";
    int count = Math.toIntExact(examples.inputs().values().shape().dimension(1));
    return IntStream.range(0, count).mapToObj(i -> kind + i).toList();
  }
}
