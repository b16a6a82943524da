package io.medforge.merge.fusion;

import io.medforge.plugin.DType;
import io.medforge.plugin.Tensor;
import java.util.List;

/**
 * Sums as torch computes them in a tensor's own type: each operation in float, then rounded to the
 * type; sums over models in float, in order, rounded once.
 *
 * @param narrow whether the type is BF16, else F32
 */
record MergekitArithmetic(boolean narrow) {
  static MergekitArithmetic of(DType type) {
    return switch (type) {
      case F32 -> new MergekitArithmetic(false);
      case BF16 -> new MergekitArithmetic(true);
      default ->
          throw new IllegalArgumentException(
              "expected tensors of F32 or BF16 for mergekit's arithmetic, found " + type);
    };
  }

  /** To nearest even; finite values only. */
  float round(float x) {
    if (!narrow) {
      return x;
    }
    int bits = Float.floatToRawIntBits(x);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  }

  /** {@code x - base}, rounded. */
  Tensor delta(Tensor x, Tensor base) {
    return new ComputedTensor(
        x.shape(),
        (from, into, offset, count) -> {
          float[] b = new float[count];
          base.read(from, b, 0, count);
          x.read(from, into, offset, count);
          for (int i = 0; i < count; i++) {
            into[offset + i] = round(into[offset + i] - b[i]);
          }
        });
  }

  /** {@code x * factor}, rounded. */
  ComputedTensor.Elements scaled(ComputedTensor.Elements x, float factor) {
    return (from, into, offset, count) -> {
      x.compute(from, into, offset, count);
      for (int i = 0; i < count; i++) {
        into[offset + i] = round(into[offset + i] * factor);
      }
    };
  }

  /** What is kept times |delta|_1 / |kept|_1; the norms are summed in double. */
  ComputedTensor.Elements matchL1(Tensor delta, ComputedTensor.Elements kept, int tile) {
    double before = round((float) L1Match.norm(delta, tile));
    double after = round((float) L1Match.norm(new ComputedTensor(delta.shape(), kept), tile));
    return before < L1Match.TOO_SMALL || after < L1Match.TOO_SMALL
        ? kept
        : scaled(kept, round((float) before / (float) after));
  }

  /** {@code sum w_i x_i}, every product rounded, the sum rounded once. */
  float[] sum(float[][] x, float[] w, boolean[][] counted, int count) {
    float[] sum = new float[count];
    for (int k = 0; k < x.length; k++) {
      for (int i = 0; i < count; i++) {
        sum[i] += counted[k][i] ? round(w[k] * x[k][i]) : 0f;
      }
    }
    for (int i = 0; i < count; i++) {
      sum[i] = round(sum[i]);
    }
    return sum;
  }

  /** Which inputs have the sign of the rounded weighted sum; a sum of zero elects plus. */
  boolean[][] agreeing(float[][] x, float[] w, int count) {
    float[] votes = new float[count];
    for (int k = 0; k < x.length; k++) {
      for (int i = 0; i < count; i++) {
        votes[i] += round(w[k] * x[k][i]);
      }
    }
    boolean[][] agree = new boolean[x.length][count];
    for (int k = 0; k < x.length; k++) {
      for (int i = 0; i < count; i++) {
        float own = round(w[k] * x[k][i]);
        agree[k][i] = votes[i] >= 0 ? own > 0 : own < 0;
      }
    }
    return agree;
  }

  /** The rounded sum of the weights that count; zero counts as one. */
  float divisor(float[] w, boolean[][] counted, int i) {
    float sum = 0;
    for (int k = 0; k < w.length; k++) {
      sum += counted[k][i] ? w[k] : 0f;
    }
    sum = round(sum);
    return sum == 0 ? 1 : sum;
  }

  float[] weights(List<Double> weights) {
    float[] w = new float[weights.size()];
    for (int k = 0; k < w.length; k++) {
      w[k] = round(weights.get(k).floatValue());
    }
    return w;
  }
}
