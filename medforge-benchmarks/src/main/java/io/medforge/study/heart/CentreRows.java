package io.medforge.study.heart;

import io.medforge.runtime.ModelInput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Labelled rows that a model may learn from: standardised features and class 0, diseased, or 1,
 * healthy. Training patients or synthetic ones. Immutable.
 */
final class CentreRows {
  /** The class of a patient with coronary heart disease. */
  static final int DISEASED = 0;

  /** The class of a patient without. */
  static final int HEALTHY = 1;

  private final float[][] features;
  private final int[] classes;

  private CentreRows(float[][] features, int[] classes) {
    this.features = features;
    this.classes = classes;
  }

  /** Takes the arrays over. */
  static CentreRows of(float[][] features, int[] classes) {
    if (features.length != classes.length || features.length == 0) {
      throw new IllegalArgumentException(
          "expected a class per row and at least one row, found "
              + features.length
              + " rows and "
              + classes.length
              + " classes");
    }
    return new CentreRows(features, classes);
  }

  /** All rows of several, one after another. */
  static CentreRows pooled(List<CentreRows> parts) {
    List<float[]> rows = new ArrayList<>();
    for (CentreRows part : parts) {
      rows.addAll(Arrays.asList(part.features));
    }
    return of(
        rows.toArray(float[][]::new),
        parts.stream().flatMapToInt(part -> Arrays.stream(part.classes)).toArray());
  }

  int size() {
    return classes.length;
  }

  int width() {
    return features[0].length;
  }

  float[] row(int patient) {
    return features[patient].clone();
  }

  int classOf(int patient) {
    return classes[patient];
  }

  int[] classes() {
    return classes.clone();
  }

  int count(int label) {
    return (int) Arrays.stream(classes).filter(each -> each == label).count();
  }

  ModelInput inputs() {
    return ModelInput.ofRows(features);
  }

  /** The rows at these indices, in this order. */
  CentreRows select(int... patients) {
    return of(
        IntStream.of(patients).mapToObj(i -> features[i]).toArray(float[][]::new),
        IntStream.of(patients).map(i -> classes[i]).toArray());
  }
}
