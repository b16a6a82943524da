package io.medforge.merge.fusion;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.List;

/**
 * mergekit's {@code sce} of one tensor: select the elements that vary most over the models, weigh
 * each model by the mean square of what is left, erase what disagrees with the elected sign.
 *
 * <p>Wan et al., FuseChat, 2024. The deltas are rounded to the tensors' type, the rest is in
 * double.
 */
final class MergekitSce {
  private static final int TILE = 1 << 14;
  private static final double SMALL = 1e-6;

  private final Tensor base;
  private final List<Tensor> deltas;

  private MergekitSce(Tensor base, List<Tensor> tensors) {
    MergekitArithmetic arithmetic = MergekitArithmetic.of(base.dtype());
    this.base = base;
    this.deltas = tensors.stream().map(tensor -> arithmetic.delta(tensor, base)).toList();
  }

  static Tensor merge(
      MergekitCompat.Release release, Tensor base, List<Tensor> tensors, double selectTopK) {
    MergekitSce sce = new MergekitSce(base, tensors);
    MagnitudeCut selected =
        selectTopK < 1 ? sce.mostVarying(release, selectTopK) : MagnitudeCut.ALL;
    Tensor variance = sce.variance();
    double[] weights = sce.weights(selected, variance);
    return new ComputedTensor(
        base.shape(),
        (from, into, offset, count) ->
            sce.mix(selected, variance, weights, from, into, offset, count));
  }

  private MagnitudeCut mostVarying(MergekitCompat.Release release, double topK) {
    Tensor variance = variance();
    long[] varying = {0};
    TensorPieces.read(
        variance,
        TILE,
        (from, x, count) -> {
          for (int i = 0; i < count; i++) {
            varying[0] += x[i] == 0 ? 0 : 1;
          }
        });
    long kept = (long) (varying[0] * topK);
    if (kept == 0 && release == MergekitCompat.Release.V0_1_4) {
      throw new IllegalArgumentException(
          "expected select_topk to select an element (mergekit 0.1.4 answers with another shape),"
              + " found "
              + topK
              + " of "
              + varying[0]
              + " that vary");
    }
    return kept == 0 ? MagnitudeCut.NONE : MagnitudeCut.of(variance, TILE, kept)[0];
  }

  /** Over the models, of the population. */
  private Tensor variance() {
    Shape shape = base.shape();
    return new ComputedTensor(
        shape,
        (from, into, offset, count) -> {
          double[][] x = read(from, count);
          for (int i = 0; i < count; i++) {
            double mean = 0;
            for (double[] delta : x) {
              mean += delta[i] / x.length;
            }
            double sum = 0;
            for (double[] delta : x) {
              sum += (delta[i] - mean) * (delta[i] - mean);
            }
            into[offset + i] = (float) (sum / x.length);
          }
        });
  }

  /** The mean square of what is selected of each delta, summing to 1. */
  private double[] weights(MagnitudeCut selected, Tensor variance) {
    double[] squares = new double[deltas.size()];
    long elements = base.shape().elements();
    TensorPieces.read(
        variance,
        TILE,
        (from, v, count) -> {
          double[][] x = read(from, count);
          for (int k = 0; k < x.length; k++) {
            for (int i = 0; i < count; i++) {
              squares[k] += selected.covers(v[i], from + i) ? x[k][i] * x[k][i] / elements : 0;
            }
          }
        });
    double sum = 0;
    for (double square : squares) {
      sum += square;
    }
    for (int k = 0; k < squares.length; k++) {
      squares[k] = sum < SMALL ? 1.0 / squares.length : squares[k] / sum;
    }
    return squares;
  }

  private void mix(
      MagnitudeCut selected,
      Tensor variance,
      double[] weights,
      long from,
      float[] into,
      int offset,
      int count) {
    double[][] x = read(from, count);
    float[] v = new float[count];
    variance.read(from, v, 0, count);
    base.read(from, into, offset, count);
    for (int i = 0; i < count; i++) {
      if (selected.covers(v[i], from + i)) {
        into[offset + i] = (float) (into[offset + i] + mean(x, weights, i));
      }
    }
  }

  /** The weighted mean of those that have the sign of the plain sum. */
  private static double mean(double[][] x, double[] weights, int i) {
    double votes = 0;
    for (double[] delta : x) {
      votes += delta[i];
    }
    double sum = 0;
    double parts = 0;
    for (int k = 0; k < x.length; k++) {
      if (votes >= 0 ? x[k][i] > 0 : x[k][i] < 0) {
        sum += weights[k] * x[k][i];
        parts += weights[k];
      }
    }
    return sum / Math.max(parts, SMALL);
  }

  private double[][] read(long from, int count) {
    double[][] x = new double[deltas.size()][count];
    for (int k = 0; k < x.length; k++) {
      deltas.get(k).read(from, x[k], 0, count);
    }
    return x;
  }
}
