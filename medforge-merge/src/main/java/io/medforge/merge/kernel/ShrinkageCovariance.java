package io.medforge.merge.kernel;

/**
 * The covariance of residuals, shrunk towards a multiple of the identity by as much as their number
 * asks for, and its whitening: Ledoit and Wolf, A well-conditioned estimator for large-dimensional
 * covariance matrices, J. Multivariate Analysis 2004. Immutable.
 */
public final class ShrinkageCovariance {
  /*
   * S = 1/N sum_t c_t r_t r_t', m = trace(S)/f, d^2 = |S - m I|^2 and b^2 = 1/N^2 sum_t c_t |r_t r_t' -
   * S|^2, at most d^2 (Frobenius, both over f, which cancels). Sigma = (b^2/d^2) m I + (1 - b^2/d^2) S.
   * Since sum_t c_t r_t r_t' = N S, the sum in b^2 is sum_t c_t |r_t|^4 - N |S|^2.
   */
  private static final double FLOOR = 1e-12;

  private final double intensity;
  private final double[] whitening;

  private ShrinkageCovariance(double intensity, double[] whitening) {
    this.intensity = intensity;
    this.whitening = whitening;
  }

  /**
   * Estimates.
   *
   * @param residuals N rows of f numbers, of mean zero by construction; only read
   * @param counts how often each counts, positive
   * @return the estimate; the identity if all residuals are zero
   */
  public static ShrinkageCovariance of(double[][] residuals, double[] counts) {
    int f = residuals[0].length;
    double[][] s = new double[f][f];
    double total = 0;
    double fourth = 0;
    for (int t = 0; t < residuals.length; t++) {
      double[] r = residuals[t];
      double square = 0;
      for (int i = 0; i < f; i++) {
        double scaled = counts[t] * r[i];
        for (int j = 0; j <= i; j++) {
          s[i][j] += scaled * r[j];
        }
        square += r[i] * r[i];
      }
      total += counts[t];
      fourth += counts[t] * square * square;
    }
    double trace = 0;
    double norm = 0;
    for (int i = 0; i < f; i++) {
      for (int j = 0; j <= i; j++) {
        s[i][j] /= total;
        norm += (i == j ? 1 : 2) * s[i][j] * s[i][j];
      }
      trace += s[i][i];
    }
    double m = trace / f;
    if (!(m > Double.MIN_NORMAL)) {
      return new ShrinkageCovariance(1, identity(f));
    }
    double d2 = norm - f * m * m;
    double b2 = Math.max(0, (fourth / total - norm) / total);
    double intensity = d2 > 0 ? Math.min(1, b2 / d2) : 1;
    return new ShrinkageCovariance(intensity, whitening(s, intensity, m));
  }

  private static double[] whitening(double[][] s, double intensity, double m) {
    int f = s.length;
    for (int i = 0; i < f; i++) {
      for (int j = 0; j <= i; j++) {
        s[i][j] *= 1 - intensity;
      }
      // The floor keeps directions in which nothing ever varied from weighing infinitely.
      s[i][i] += Math.max(intensity, FLOOR) * m;
    }
    return Cholesky.of(s).inverseFactor();
  }

  private static double[] identity(int f) {
    double[] identity = new double[f * f];
    for (int i = 0; i < f; i++) {
      identity[i * f + i] = 1;
    }
    return identity;
  }

  /**
   * How far it was shrunk.
   *
   * @return 0 (not at all) to 1 (to a multiple of the identity)
   */
  public double intensity() {
    return intensity;
  }

  /**
   * L^-1 of Sigma = L L': |L^-1 x|^2 = x' Sigma^-1 x.
   *
   * @return a new array, lower triangular, row-major [f, f]
   */
  public double[] whitening() {
    return whitening.clone();
  }
}
