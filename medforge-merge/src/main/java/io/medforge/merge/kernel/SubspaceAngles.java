package io.medforge.merge.kernel;

/**
 * The principal angles between two subspaces. Stateless.
 *
 * <p>Bjoerck and Golub, Numerical methods for computing angles between linear subspaces, Math.
 * Comp. 1973; Knyazev and Argentati, SISC 2002.
 */
public final class SubspaceAngles {
  private SubspaceAngles() {}

  /**
   * Finds the angles. Small ones come from their sines, large ones from their cosines, so that both
   * are exact to rounding.
   *
   * @param p an orthonormal basis, vectors of one length; only read
   * @param q an orthonormal basis, vectors of the same length; only read
   * @return min(|p|, |q|) angles in radians, 0 to pi/2, ascending
   */
  public static double[] between(double[][] p, double[][] q) {
    if (p.length < q.length) {
      return between(q, p);
    }
    int count = q.length;
    if (count == 0) {
      return new double[0];
    }
    double[][] inside = new double[count][p.length];
    double[][] outside = new double[count][];
    for (int j = 0; j < count; j++) {
      outside[j] = q[j].clone();
      for (int i = 0; i < p.length; i++) {
        inside[j][i] = InnerProduct.of(p[i], q[j]);
      }
      for (int i = 0; i < p.length; i++) {
        for (int t = 0; t < outside[j].length; t++) {
          outside[j][t] -= inside[j][i] * p[i][t];
        }
      }
    }
    double[] cosines = JacobiSvd.of(inside, p.length).singularValues();
    double[] sines = JacobiSvd.of(outside, q[0].length).singularValues();
    double[] angles = new double[count];
    for (int j = 0; j < count; j++) {
      double sine = Math.min(1, sines[count - 1 - j]);
      double cosine = Math.min(1, cosines[j]);
      angles[j] = cosine * cosine < 0.5 ? StrictMath.acos(cosine) : StrictMath.asin(sine);
    }
    return angles;
  }
}
