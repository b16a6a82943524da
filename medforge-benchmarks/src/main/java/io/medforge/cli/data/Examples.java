package io.medforge.cli.data;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Examples in the order of their file: inputs, a name for each row and, where the data says so, its
 * class. Immutable. Everything is held in memory, four bytes per value.
 */
public final class Examples {
  private final Tensor values;
  private final List<String> names;
  private final List<String> columns;
  private final Optional<Classes> classes;
  private final int skipped;

  /**
   * What each row belongs to.
   *
   * @param names the classes' names; a row's class is an index into them
   * @param ofRows each row's class
   */
  record Classes(List<String> names, List<Integer> ofRows) {
    Classes {
      names = List.copyOf(names);
      ofRows = List.copyOf(ofRows);
    }
  }

  Examples(Tensor values, List<String> names, List<String> columns, Optional<Classes> classes) {
    this(values, names, columns, classes, 0);
  }

  Examples(
      Tensor values,
      List<String> names,
      List<String> columns,
      Optional<Classes> classes,
      int skipped) {
    this.values = values;
    this.names = List.copyOf(names);
    this.columns = List.copyOf(columns);
    this.classes = classes;
    this.skipped = skipped;
  }

  /**
   * How many rows were left out because they miss a value.
   *
   * @return 0 unless the reader was told to leave them out
   */
  public int skipped() {
    return skipped;
  }

  /**
   * The number of rows.
   *
   * @return n, at least 1
   */
  public int size() {
    return names.size();
  }

  /**
   * All inputs.
   *
   * @return {@code [n, k]} of a table, {@code [n, channels, height, width]} of images, in F32;
   *     8-bit pixels are divided by 255
   */
  public ModelInput inputs() {
    return new ModelInput(values);
  }

  /**
   * Some rows' inputs.
   *
   * @param rows indices of rows, 0 to n - 1, at least one
   * @return their inputs, in the order asked for
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public ModelInput inputs(List<Integer> rows) {
    long[] dimensions = values.shape().toArray();
    int width = Math.toIntExact(values.shape().elements() / dimensions[0]);
    float[] some = new float[Math.multiplyExact(rows.size(), width)];
    int at = 0;
    for (int row : rows) {
      if (row < 0 || row >= size()) {
        throw new IndexOutOfBoundsException("expected a row below " + size() + ", found " + row);
      }
      values.read((long) row * width, some, at, width);
      at += width;
    }
    dimensions[0] = rows.size();
    return new ModelInput(Tensor.of(Shape.of(dimensions), some));
  }

  /**
   * What people call each row: the value of the id column, the image's file, or the row's number.
   *
   * @return one name per row
   */
  public List<String> names() {
    return names;
  }

  /**
   * The features' names.
   *
   * @return a table's columns in the order of the inputs; empty for arrays and images
   */
  public List<String> columns() {
    return columns;
  }

  /**
   * Whether classes are known.
   *
   * @return true if the data states a class per row
   */
  public boolean areLabelled() {
    return classes.isPresent();
  }

  /**
   * The classes' names.
   *
   * @return as the reader was told, else sorted; empty where the data states no class
   */
  public List<String> classNames() {
    return classes.map(Classes::names).orElse(Collections.emptyList());
  }

  /**
   * Each row's class.
   *
   * @return a new array of indices into {@link #classNames()}
   * @throws IllegalStateException if the data states none
   */
  public int[] classes() {
    return classes
        .orElseThrow(() -> new IllegalStateException("expected labelled examples, found none"))
        .ofRows()
        .stream()
        .mapToInt(Integer::intValue)
        .toArray();
  }

  @Override
  public String toString() {
    return size() + " examples " + values.shape() + ", classes " + classNames();
  }
}
