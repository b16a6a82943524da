package io.medforge.runtime.onnx;

import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;

/** A plugin's values as ONNX reads them: F32, little-endian, factors transposed. */
final class FactorBytes {
  private FactorBytes() {}

  /** Puts a matrix of so many rows transposed, each value times a factor and rounded once. */
  static void putTransposed(ByteBuffer into, Tensor matrix, int rows, double factor) {
    int columns = Math.toIntExact(matrix.shape().elements() / rows);
    double[] row = new double[columns];
    int start = into.position();
    for (int i = 0; i < rows; i++) {
      matrix.read((long) i * columns, row, 0, columns);
      for (int j = 0; j < columns; j++) {
        into.putFloat(start + Float.BYTES * (j * rows + i), (float) (factor * row[j]));
      }
    }
  }

  /** Puts a tensor as it is. */
  static void put(ByteBuffer into, Tensor tensor) {
    float[] piece = new float[(int) Math.min(8192, tensor.shape().elements())];
    for (long at = 0; at < tensor.shape().elements(); ) {
      int n = (int) Math.min(piece.length, tensor.shape().elements() - at);
      tensor.read(at, piece, 0, n);
      for (int i = 0; i < n; i++) {
        into.putFloat(piece[i]);
      }
      at += n;
    }
  }

  /** Puts the sum of two tensors of one shape. */
  static void putSum(ByteBuffer into, Tensor one, Tensor other) {
    float[] first = one.toFloats();
    float[] second = other.toFloats();
    for (int i = 0; i < first.length; i++) {
      into.putFloat(first[i] + second[i]);
    }
  }
}
