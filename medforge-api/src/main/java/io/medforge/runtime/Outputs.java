package io.medforge.runtime;

import java.util.Objects;

/** What a model answers to a batch: logits {@code [n, classes]}. Immutable. */
public final class Outputs {
  private final int size;
  private final int classes;
  private final float[] logits;

  private Outputs(int size, int classes, float[] owned) {
    this.size = size;
    this.classes = classes;
    this.logits = owned;
  }

  /**
   * Outputs from raw scores.
   *
   * @param size n, at least 1
   * @param classes at least 1
   * @param logits row-major {@code [n, classes]}; copied
   * @return the outputs
   * @throws IllegalArgumentException if the number of logits does not fit, or one is NaN or
   *     infinite; the message names row and class
   */
  public static Outputs ofLogits(int size, int classes, float[] logits) {
    if (size < 1 || classes < 1 || logits.length != (long) size * classes) {
      throw new IllegalArgumentException(
          "expected logits [" + size + ", " + classes + "], found " + logits.length + " values");
    }
    for (int i = 0; i < logits.length; i++) {
      if (!Float.isFinite(logits[i])) {
        throw new IllegalArgumentException(
            "expected finite logits, found "
                + logits[i]
                + ", at row "
                + i / classes
                + ", class "
                + i % classes);
      }
    }
    return new Outputs(size, classes, logits.clone());
  }

  /**
   * The number of examples.
   *
   * @return n, at least 1
   */
  public int size() {
    return size;
  }

  /**
   * The number of classes.
   *
   * @return at least 1
   */
  public int classes() {
    return classes;
  }

  /**
   * One raw score.
   *
   * @param row the example, 0 to n - 1
   * @param label the class, 0 to classes - 1
   * @return the logit
   * @throws IndexOutOfBoundsException if there is no such row or class
   */
  public float logit(int row, int label) {
    Objects.checkIndex(row, size);
    return logits[row * classes + Objects.checkIndex(label, classes)];
  }

  /**
   * One example's raw scores.
   *
   * @param row the example, 0 to n - 1
   * @return a new array, one logit per class
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public float[] logits(int row) {
    float[] copy = new float[classes];
    System.arraycopy(logits, Objects.checkIndex(row, size) * classes, copy, 0, classes);
    return copy;
  }

  /**
   * One example's softmax, in double and the same on every machine.
   *
   * @param row the example, 0 to n - 1
   * @return a new array, non-negative, summing to 1
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public double[] probabilities(int row) {
    int start = Objects.checkIndex(row, size) * classes;
    double highest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      highest = Math.max(highest, logits[start + c]);
    }
    double[] probabilities = new double[classes];
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      probabilities[c] = StrictMath.exp(logits[start + c] - highest);
      sum += probabilities[c];
    }
    for (int c = 0; c < classes; c++) {
      probabilities[c] /= sum;
    }
    return probabilities;
  }
}
