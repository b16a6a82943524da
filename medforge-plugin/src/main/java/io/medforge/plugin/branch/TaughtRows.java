package io.medforge.plugin.branch;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * The rows of several distilled sets, one after another in the order of the sets' digests, with
 * what a teacher answered to each. Checked and immutable.
 */
final class TaughtRows {
  private static final double TOLERANCE = 1e-6;

  private final ModelInput inputs;
  private final int[] classes;
  private final int width;
  private final List<double[]> answers;

  private TaughtRows(ModelInput inputs, int[] owned, List<double[]> answers) {
    this.inputs = inputs;
    this.classes = owned;
    this.width = Math.toIntExact(inputs.values().shape().elements() / owned.length);
    this.answers = answers;
  }

  /** Asks the teacher once for each set. */
  static TaughtRows of(Collection<DistilledSet> sets, LabelSpace labels, Teacher teacher) {
    if (sets.isEmpty()) {
      throw new IllegalArgumentException("expected at least one distilled set, found none");
    }
    List<DistilledSet> sorted = new ArrayList<>(sets);
    sorted.sort(Comparator.comparing(DistilledSet::digest));
    Shape first = sorted.get(0).inputs().values().shape();
    int rows = 0;
    for (DistilledSet set : sorted) {
      check(set, first, labels);
      rows = Math.addExact(rows, set.size());
    }
    long[] dimensions = first.toArray();
    dimensions[0] = rows;
    float[] values = new float[Math.toIntExact(Shape.of(dimensions).elements())];
    int[] classes = new int[rows];
    List<double[]> answers = new ArrayList<>();
    int row = 0;
    for (DistilledSet set : sorted) {
      int length = values.length / rows * set.size();
      set.inputs().values().read(0, values, values.length / rows * row, length);
      answers.addAll(answers(teacher, set, labels));
      for (int i = 0; i < set.size(); i++) {
        classes[row++] = set.classOf(i);
      }
    }
    ModelInput inputs = new ModelInput(Tensor.of(Shape.of(dimensions), values));
    new LabelledRows(inputs, classes, labels); // refuses what is not finite
    return new TaughtRows(inputs, classes, answers);
  }

  private static void check(DistilledSet set, Shape first, LabelSpace labels) {
    if (!set.labels().equals(labels)) {
      throw new IllegalArgumentException(
          "expected distilled sets of the student's label space "
              + labels.name()
              + ", found "
              + set.labels().name()
              + ", at distilled set "
              + set.digest());
    }
    long[] expected = first.toArray();
    long[] found = set.inputs().values().shape().toArray();
    expected[0] = found[0];
    if (!Arrays.equals(expected, found)) {
      throw new IllegalArgumentException(
          "expected examples of one shape, "
              + Shape.of(expected)
              + ", found "
              + Shape.of(found)
              + ", at distilled set "
              + set.digest());
    }
  }

  private static List<double[]> answers(Teacher teacher, DistilledSet set, LabelSpace labels) {
    List<double[]> answers = teacher.probabilities(set.inputs());
    if (answers.size() != set.size()) {
      throw new IllegalArgumentException(
          "expected one answer of the teacher for each of "
              + set.size()
              + " rows, found "
              + answers.size()
              + ", at distilled set "
              + set.digest());
    }
    List<double[]> copies = new ArrayList<>();
    for (int row = 0; row < answers.size(); row++) {
      double[] answer = answers.get(row).clone();
      double sum = 0;
      boolean valid = answer.length == labels.size();
      for (double probability : answer) {
        valid &= probability >= 0;
        sum += probability;
      }
      if (!valid || !(Math.abs(sum - 1) <= TOLERANCE)) {
        throw new IllegalArgumentException(
            "expected the teacher to answer with "
                + labels.size()
                + " probabilities that sum to 1, found "
                + answer.length
                + " numbers that sum to "
                + sum
                + ", at row "
                + row
                + " of distilled set "
                + set.digest());
      }
      copies.add(answer);
    }
    return copies;
  }

  int size() {
    return classes.length;
  }

  int classOf(int row) {
    return classes[row];
  }

  /** The teacher's distribution; not to be written to. */
  double[] answer(int row) {
    return answers.get(row);
  }

  /** The shape of some rows together. */
  Shape shape(int rows) {
    long[] dimensions = inputs.values().shape().toArray();
    dimensions[0] = rows;
    return Shape.of(dimensions);
  }

  /** Reads one row. */
  void read(int row, float[] into) {
    inputs.values().read((long) row * width, into, 0, width);
  }

  int width() {
    return width;
  }

  /** Some rows as a batch. */
  ModelInput batch(int[] rows) {
    float[] values = new float[Math.multiplyExact(rows.length, width)];
    for (int i = 0; i < rows.length; i++) {
      inputs.values().read((long) rows[i] * width, values, i * width, width);
    }
    return new ModelInput(Tensor.of(shape(rows.length), values));
  }
}
