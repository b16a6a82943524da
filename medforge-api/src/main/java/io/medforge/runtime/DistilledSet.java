package io.medforge.runtime;

import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;

/**
 * A small synthetic labelled set that stands for a centre's task; no row of it is a patient.
 * Immutable.
 */
public final class DistilledSet {
  private final LabelSpace labels;
  private final ModelInput inputs;
  private final int[] classes;
  private final Digest digest;

  private DistilledSet(LabelSpace labels, ModelInput inputs, int[] owned) {
    this.labels = labels;
    this.inputs = inputs;
    this.classes = owned;
    Digest.Builder builder = Digest.builder().add("medforge-distilled-v1").add(labels.name());
    builder.add(labels.size());
    labels.classes().forEach(builder::add);
    builder.add(inputs.values()).add(owned.length);
    for (int label : owned) {
      builder.add(label);
    }
    this.digest = builder.build();
  }

  /**
   * A distilled set.
   *
   * @param labels what the classes mean
   * @param inputs the synthetic examples
   * @param classes each example's class, an index into {@code labels.classes()}; copied
   * @return the set
   * @throws IllegalArgumentException if there is not one class per example, or one lies outside the
   *     label space; the message names the row
   */
  public static DistilledSet of(LabelSpace labels, ModelInput inputs, int... classes) {
    if (classes.length != inputs.size()) {
      throw new IllegalArgumentException(
          "expected one class for each of " + inputs.size() + " examples, found " + classes.length);
    }
    for (int i = 0; i < classes.length; i++) {
      if (classes[i] < 0 || classes[i] >= labels.size()) {
        throw new IllegalArgumentException(
            "expected a class of 0 to "
                + (labels.size() - 1)
                + " in label space "
                + labels.name()
                + ", found "
                + classes[i]
                + ", at row "
                + i);
      }
    }
    return new DistilledSet(labels, inputs, classes.clone());
  }

  /**
   * What the classes mean.
   *
   * @return the label space
   */
  public LabelSpace labels() {
    return labels;
  }

  /**
   * The synthetic examples.
   *
   * @return {@code [n, ...]}
   */
  public ModelInput inputs() {
    return inputs;
  }

  /**
   * The number of examples.
   *
   * @return n, at least 1
   */
  public int size() {
    return classes.length;
  }

  /**
   * One example's class.
   *
   * @param row the example, 0 to n - 1
   * @return an index into {@code labels().classes()}
   * @throws IndexOutOfBoundsException if there is no such example
   */
  public int classOf(int row) {
    return classes[row];
  }

  /**
   * The identity of its content.
   *
   * @return SHA-256 over labels, inputs and classes
   */
  public Digest digest() {
    return digest;
  }
}
