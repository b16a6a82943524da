package io.medforge.merge.fusion;

import io.medforge.merge.kernel.WeightedSum;
import io.medforge.plugin.DType;
import io.medforge.plugin.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * {@code sum w_i X_i} of tensors of one shape, tile by tile, each element rounded once to the type
 * of the result.
 *
 * @param tensor the sum
 * @param energy its squared Frobenius norm
 */
record TensorSum(Tensor tensor, double energy) {
  private static final int TILE = 4096;

  /** Multiplies and adds in double. */
  static TensorSum inDouble(String where, DType type, List<Tensor> tensors, double[] weights) {
    TensorAssembly assembly = new TensorAssembly(type, tensors.get(0).shape(), where);
    long elements = tensors.get(0).shape().elements();
    double[] sum = new double[(int) Math.min(TILE, elements)];
    double[] part = new double[sum.length];
    double energy = 0;
    for (long at = 0; at < elements; at += TILE) {
      int count = (int) Math.min(TILE, elements - at);
      Arrays.fill(sum, 0);
      for (int i = 0; i < weights.length; i++) {
        tensors.get(i).read(at, part, 0, count);
        add(weights[i], part, sum, count);
      }
      energy += sumOfSquares(sum, count);
      assembly.put(sum, count);
    }
    return new TensorSum(assembly.tensor(), energy);
  }

  /** A tensor itself, read once, in pieces; as in sums, no zero is negative. */
  static TensorSum of(String where, DType type, Tensor tensor) {
    TensorAssembly assembly = new TensorAssembly(type, tensor.shape(), where);
    long elements = tensor.shape().elements();
    double[] values = new double[(int) Math.min(TILE, elements)];
    double energy = 0;
    for (long at = 0; at < elements; at += TILE) {
      int count = (int) Math.min(TILE, elements - at);
      tensor.read(at, values, 0, count);
      for (int i = 0; i < count; i++) {
        values[i] += 0.0;
      }
      energy += sumOfSquares(values, count);
      assembly.put(values, count);
    }
    return new TensorSum(assembly.tensor(), energy);
  }

  /** Multiplies and adds in float, in the order given; the weights are rounded to float first. */
  static TensorSum inFloat(String where, DType type, List<Tensor> tensors, double[] weights) {
    TensorAssembly assembly = new TensorAssembly(type, tensors.get(0).shape(), where);
    long elements = tensors.get(0).shape().elements();
    int tile = (int) Math.min(TILE, elements);
    float[][] parts = new float[weights.length][tile];
    float[] narrow = floats(weights);
    float[] sum = new float[tile];
    double[] wide = new double[tile];
    double energy = 0;
    for (long at = 0; at < elements; at += TILE) {
      int count = (int) Math.min(TILE, elements - at);
      for (int i = 0; i < parts.length; i++) {
        tensors.get(i).read(at, parts[i], 0, count);
      }
      WeightedSum.of(narrow, parts, sum, count);
      for (int i = 0; i < count; i++) {
        wide[i] = sum[i];
      }
      energy += sumOfSquares(wide, count);
      assembly.put(wide, count);
    }
    return new TensorSum(assembly.tensor(), energy);
  }

  private static float[] floats(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  private static void add(double weight, double[] part, double[] sum, int count) {
    for (int i = 0; i < count; i++) {
      sum[i] = sum[i] + weight * part[i];
    }
  }

  private static double sumOfSquares(double[] x, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += x[i] * x[i];
    }
    return sum;
  }
}
