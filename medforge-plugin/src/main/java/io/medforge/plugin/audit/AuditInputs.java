package io.medforge.plugin.audit;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.Arrays;

/** Checks and rearranges what an audit is given. Messages name rows and shapes, never a value. */
final class AuditInputs {
  private AuditInputs() {}

  static Cohort checked(String group, Cohort cohort, DistilledSet distilled) {
    long[] row = rowShape(cohort.inputs());
    if (!Arrays.equals(row, rowShape(distilled.inputs()))) {
      throw new IllegalArgumentException(
          "expected rows "
              + Arrays.toString(rowShape(distilled.inputs()))
              + " as in the distilled set, found "
              + Arrays.toString(row)
              + ", at "
              + group);
    }
    for (int i = 0; i < cohort.size(); i++) {
      if (cohort.classOf(i) >= distilled.labels().size()) {
        throw new IllegalArgumentException(
            "expected a class of 0 to "
                + (distilled.labels().size() - 1)
                + " in label space "
                + distilled.labels().name()
                + ", found "
                + cohort.classOf(i)
                + ", at "
                + group
                + ", row "
                + i);
      }
    }
    return cohort;
  }

  private static long[] rowShape(ModelInput inputs) {
    long[] dimensions = inputs.values().shape().toArray();
    return Arrays.copyOfRange(dimensions, 1, dimensions.length);
  }

  /** Members first, then strangers. */
  static Cohort pool(Cohort members, Cohort strangers) {
    int[] classes = Arrays.copyOf(members.classes(), members.size() + strangers.size());
    System.arraycopy(strangers.classes(), 0, classes, members.size(), strangers.size());
    double[] row = new double[members.width()];
    float[] values = new float[classes.length * row.length];
    for (int i = 0; i < classes.length; i++) {
      boolean member = i < members.size();
      (member ? members : strangers).read(member ? i : i - members.size(), row);
      put(row, values, i);
    }
    return cohort(members, classes, values);
  }

  static Cohort rows(Cohort cohort, int[] rows) {
    double[] row = new double[cohort.width()];
    float[] values = new float[rows.length * row.length];
    int[] classes = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      cohort.read(rows[i], row);
      put(row, values, i);
      classes[i] = cohort.classOf(rows[i]);
    }
    return cohort(cohort, classes, values);
  }

  /** The same patients with one column's value replaced. */
  static ModelInput withColumn(Cohort cohort, int column, double value) {
    double[] row = new double[cohort.width()];
    float[] values = new float[cohort.size() * row.length];
    for (int i = 0; i < cohort.size(); i++) {
      cohort.read(i, row);
      row[column] = value;
      put(row, values, i);
    }
    return cohort(cohort, cohort.classes(), values).inputs();
  }

  private static void put(double[] row, float[] values, int at) {
    for (int i = 0; i < row.length; i++) {
      values[at * row.length + i] = (float) row[i];
    }
  }

  private static Cohort cohort(Cohort like, int[] classes, float[] values) {
    long[] dimensions = like.inputs().values().shape().toArray();
    dimensions[0] = classes.length;
    return Cohort.of(new ModelInput(Tensor.of(Shape.of(dimensions), values)), classes);
  }
}
