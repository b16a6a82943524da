package io.medforge.merge.checkpoint;

import io.medforge.merge.kernel.WeightedSum;

/**
 * Spherical interpolation of whole tensors, as mergekit's {@code slerp}: between their directions,
 * or straight where these are almost parallel.
 *
 * @param t 0 is the first source, 1 the second
 */
record SlerpRule(double t) implements TensorRule {
  /** Cosines beyond this are treated as parallel (mergekit's DOT_THRESHOLD). */
  private static final double PARALLEL = 0.9995;

  private static final double TINY = 1e-8;

  @Override
  public TileRule prepare(TensorSources sources) {
    double[] sums = new double[3];
    // Each tile is summed apart, so that a long tensor's small terms are not lost on a great sum.
    sources.read(
        (from, x, count) -> {
          double xx = 0;
          double yy = 0;
          double xy = 0;
          for (int i = 0; i < count; i++) {
            double a = x[0][i];
            double b = x[1][i];
            xx += a * a;
            yy += b * b;
            xy += a * b;
          }
          sums[0] += xx;
          sums[1] += yy;
          sums[2] += xy;
        });
    double norms = norm(sums[0]) * norm(sums[1]);
    float[] weights = weights(sums[2] / norms);
    return (from, x, out, count) -> WeightedSum.of(weights, x, out, count);
  }

  /** A tensor of no length keeps its values, as in mergekit. */
  private static double norm(double squared) {
    double norm = Math.sqrt(squared);
    return norm > TINY ? norm : 1;
  }

  private float[] weights(double cosine) {
    if (!(Math.abs(cosine) <= PARALLEL)) {
      return new float[] {(float) (1 - t), (float) t};
    }
    double angle = StrictMath.acos(cosine);
    double sine = StrictMath.sin(angle);
    return new float[] {
      (float) (StrictMath.sin(angle * (1 - t)) / sine), (float) (StrictMath.sin(angle * t) / sine)
    };
  }

  @Override
  public String reading() {
    return "twice (once for the angle of each tensor)";
  }
}
