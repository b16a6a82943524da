package io.medforge.plugin.branch;

import io.medforge.plugin.LabelSpace;
import java.util.Arrays;

/**
 * How much a row of each class counts. The loss of a batch is the weighted mean of its rows', as in
 * PyTorch's {@code CrossEntropyLoss(weight)}. Immutable.
 */
public final class ClassWeights {
  private static final ClassWeights EQUAL = new ClassWeights("equal", new double[0]);
  private static final ClassWeights BALANCED = new ClassWeights("balanced", new double[0]);

  private final String rule;
  private final double[] values;

  private ClassWeights(String rule, double[] values) {
    this.rule = rule;
    this.values = values;
  }

  /**
   * All rows count alike.
   *
   * @return the weights
   */
  public static ClassWeights equal() {
    return EQUAL;
  }

  /**
   * All classes count alike, however many rows they have: n / (classes with rows * rows of the
   * class).
   *
   * @return the weights
   */
  public static ClassWeights balanced() {
    return BALANCED;
  }

  /**
   * Given weights.
   *
   * @param weights one per class, in the label space's order; above 0, finite
   * @return the weights
   * @throws IllegalArgumentException if there is none or one lies outside its range; the message
   *     names it
   */
  public static ClassWeights of(double... weights) {
    if (weights.length == 0) {
      throw new IllegalArgumentException("expected a weight for each class, found none");
    }
    for (int label = 0; label < weights.length; label++) {
      Settings.positive("the weight of class " + label, weights[label]);
    }
    return new ClassWeights(Arrays.toString(weights), weights.clone());
  }

  /** Whether the weights are numbers of the patients. */
  boolean dependOnRows() {
    return rule.equals(BALANCED.rule);
  }

  double[] of(LabelledRows rows, LabelSpace labels) {
    if (values.length > 0 && values.length != labels.size()) {
      throw new IllegalArgumentException(
          "expected a weight for each of the "
              + labels.size()
              + " classes of label space "
              + labels.name()
              + ", found "
              + values.length);
    }
    if (values.length > 0) {
      return values.clone();
    }
    double[] weights = new double[labels.size()];
    Arrays.fill(weights, 1);
    if (dependOnRows()) {
      int[] counts = rows.counts(labels);
      double present = Arrays.stream(counts).filter(count -> count > 0).count();
      for (int label = 0; label < weights.length; label++) {
        weights[label] = counts[label] == 0 ? 1 : rows.size() / (present * counts[label]);
      }
    }
    return weights;
  }

  /** The rule or the weights. */
  @Override
  public String toString() {
    return rule;
  }
}
