package io.medforge.runtime;

import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import java.util.BitSet;
import java.util.List;

/** The checks that gates' numbers share. */
final class GateNumbers {
  private static final double TOLERANCE = 1e-9;

  private GateNumbers() {}

  static void checkDistribution(String what, List<Double> weights) {
    double sum = 0;
    for (double weight : weights) {
      if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "expected " + what + " that are finite and at least 0, found " + weight);
      }
      sum += weight;
    }
    if (!(Math.abs(sum - 1) <= TOLERANCE)) {
      throw new IllegalArgumentException(
          "expected " + what + " that sum to 1, found sum " + sum + " of " + weights);
    }
  }

  static int rows(Tensor matrix) {
    return matrix.shape().dimensions() == 0 ? 0 : Math.toIntExact(matrix.shape().dimension(0));
  }

  static void checkMatrix(String what, Tensor matrix, int rows, int columns) {
    if (matrix.shape().dimensions() != 2
        || matrix.shape().elements() == 0
        || matrix.shape().dimension(0) != rows
        || matrix.shape().dimension(1) != columns) {
      throw new IllegalArgumentException(
          "expected " + what + " [" + rows + ", " + columns + "], found " + matrix.shape());
    }
    for (double value : matrix.toDoubles()) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("expected finite " + what + ", found " + value);
      }
    }
  }

  static void checkPositive(String what, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "expected a positive, finite " + what + ", found " + value);
    }
  }

  static void checkFinite(String what, List<Double> values) {
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("expected finite " + what + ", found " + value);
      }
    }
  }

  static void checkGroups(List<Integer> groups, int count) {
    BitSet seen = new BitSet(count);
    for (int group : groups) {
      if (group < 0 || group >= count) {
        throw new IllegalArgumentException(
            "expected groups of 0 to " + (count - 1) + ", found " + group);
      }
      seen.set(group);
    }
    if (seen.cardinality() != count) {
      throw new IllegalArgumentException(
          "expected a prototype in each of "
              + count
              + " groups, found none in group "
              + seen.nextClearBit(0));
    }
  }

  static void checkRouting(Tensor routing, int rows) {
    if (routing.shape().dimensions() != 2) {
      throw new IllegalArgumentException(
          "expected a row of weights for each of " + rows + ", found " + routing.shape());
    }
    int columns = Math.toIntExact(routing.shape().dimension(1));
    checkMatrix("rows of weights", routing, rows, columns);
    double[] weights = routing.toDoubles();
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int j = 0; j < columns; j++) {
        double weight = weights[row * columns + j];
        if (!(weight >= 0)) {
          throw new IllegalArgumentException(
              "expected weights of at least 0, found " + weight + ", at row " + row);
        }
        sum += weight;
      }
      if (!(Math.abs(sum - 1) <= TOLERANCE)) {
        throw new IllegalArgumentException(
            "expected weights that sum to 1, found sum " + sum + ", at row " + row);
      }
    }
  }

  static Digest.Builder add(Digest.Builder builder, List<Double> numbers) {
    builder.add(numbers.size());
    numbers.forEach(builder::add);
    return builder;
  }
}
