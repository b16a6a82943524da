package io.medforge.merge.fusion;

import io.medforge.plugin.Tensor;

/** Multiplies what a mask kept by |delta|_1 / |kept|_1, the norms summed in double, in order. */
record L1Match(ComputedTensor.Elements kept, float factor) implements ComputedTensor.Elements {
  static final double TOO_SMALL = 1e-7;

  /** The mask itself, unless the rescaling is this one. */
  static ComputedTensor.Elements unlessNot(
      Rescale rescale, Tensor delta, ComputedTensor.Elements kept, int tile) {
    return rescale == Rescale.MATCH_L1 ? of(delta, kept, tile) : kept;
  }

  static ComputedTensor.Elements of(Tensor delta, ComputedTensor.Elements kept, int tile) {
    double before = norm(delta, tile);
    double after = norm(new ComputedTensor(delta.shape(), kept), tile);
    return before < TOO_SMALL || after < TOO_SMALL
        ? kept
        : new L1Match(kept, (float) (before / after));
  }

  static double norm(Tensor tensor, int tile) {
    double[] sum = {0};
    TensorPieces.read(
        tensor,
        tile,
        (from, x, count) -> {
          double total = sum[0];
          for (int i = 0; i < count; i++) {
            total += Math.abs(x[i]);
          }
          sum[0] = total;
        });
    return sum[0];
  }

  @Override
  public void compute(long from, float[] into, int offset, int count) {
    kept.compute(from, into, offset, count);
    for (int i = 0; i < count; i++) {
      into[offset + i] *= factor;
    }
  }
}
