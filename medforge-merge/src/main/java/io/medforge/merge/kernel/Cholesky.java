package io.medforge.merge.kernel;

/**
 * S = L L^T of a symmetric positive definite matrix, and solutions of S x = b: O(n^3 / 3) once,
 * O(n^2) each. Immutable once made.
 *
 * <p>Golub and Van Loan, Matrix Computations, section 4.2.
 */
public final class Cholesky {
  private final double[][] lower;

  private Cholesky(double[][] lower) {
    this.lower = lower;
  }

  /**
   * Factorises.
   *
   * @param matrix S, n rows of n; only what lies on and below the diagonal is read; overwritten and
   *     kept
   * @return the factorisation
   * @throws ArithmeticException if S is not positive definite in double
   */
  public static Cholesky of(double[][] matrix) {
    for (int i = 0; i < matrix.length; i++) {
      double[] row = matrix[i];
      for (int j = 0; j < i; j++) {
        row[j] = (row[j] - dot(row, matrix[j], j)) / matrix[j][j];
      }
      double pivot = row[i] - dot(row, row, i);
      if (!(pivot > 0 && pivot < Double.POSITIVE_INFINITY)) {
        throw new ArithmeticException(
            "expected a positive definite matrix, found pivot " + pivot + " at row " + i);
      }
      row[i] = Math.sqrt(pivot);
    }
    return new Cholesky(matrix);
  }

  /**
   * Solves S x = b in place.
   *
   * @param b n numbers; overwritten with x
   */
  public void solve(double[] b) {
    for (int i = 0; i < lower.length; i++) {
      b[i] = (b[i] - dot(lower[i], b, i)) / lower[i][i];
    }
    for (int i = lower.length - 1; i >= 0; i--) {
      b[i] /= lower[i][i];
      for (int j = 0; j < i; j++) {
        b[j] -= lower[i][j] * b[i];
      }
    }
  }

  /**
   * L^-1, so that |L^-1 x|^2 = x^T S^-1 x.
   *
   * @return a new array, lower triangular, row-major [n, n]
   */
  public double[] inverseFactor() {
    int n = lower.length;
    double[] inverse = new double[n * n];
    for (int i = 0; i < n; i++) {
      // Row i of L^-1 from the rows above: L_ii r_i = e_i - sum_{k < i} L_ik r_k.
      for (int k = 0; k < i; k++) {
        double factor = lower[i][k];
        for (int j = 0; j <= k; j++) {
          inverse[i * n + j] -= factor * inverse[k * n + j];
        }
      }
      inverse[i * n + i] = 1;
      for (int j = 0; j <= i; j++) {
        inverse[i * n + j] /= lower[i][i];
      }
    }
    return inverse;
  }

  private static double dot(double[] x, double[] y, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
