package io.medforge.cli;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.Arrays;

/**
 * How large an update is: its Frobenius norm.
 *
 * <p>For a low-rank update from its factors, the d x k product is never formed: ||s B A||^2 = s^2
 * sum((B^T B) o (A A^T)), O((d + k) r^2). Both Gram matrices are positive semidefinite, so rounding
 * can make the sum negative only where it is zero within rounding.
 */
final class UpdateNorm {
  private static final int PIECE = 8192;

  private UpdateNorm() {}

  /**
   * The Frobenius norm of an update; for a replacement, of the new value itself.
   *
   * @param update any
   * @return at least 0; NaN where a replacement's values cannot be read as numbers
   */
  static double of(Update update) {
    if (update instanceof LowRankUpdate lowRank) {
      return ofProduct(lowRank);
    }
    if (update instanceof DenseUpdate dense) {
      return of(dense.delta());
    }
    return of(((Replacement) update).tensor());
  }

  /**
   * The Frobenius norm of a tensor.
   *
   * @param tensor any, read in pieces
   * @return at least 0; NaN where its values cannot be read as numbers
   */
  static double of(Tensor tensor) {
    if (!tensor.dtype().hasValues()) {
      return Double.NaN;
    }
    double[] piece = new double[PIECE];
    double sum = 0;
    for (long at = 0; at < tensor.shape().elements(); at += PIECE) {
      int n = (int) Math.min(PIECE, tensor.shape().elements() - at);
      tensor.read(at, piece, 0, n);
      for (int i = 0; i < n; i++) {
        sum += piece[i] * piece[i];
      }
    }
    return Math.sqrt(sum);
  }

  private static double ofProduct(LowRankUpdate update) {
    int r = Math.toIntExact(update.rank());
    double[] gramOfA = new double[r * r];
    double[][] rows = new double[r][Math.toIntExact(update.in())];
    for (int i = 0; i < r; i++) {
      update.a().read(i * update.in(), rows[i], 0, rows[i].length);
    }
    for (int i = 0; i < r; i++) {
      for (int j = 0; j < r; j++) {
        gramOfA[i * r + j] = dot(rows[i], rows[j]);
      }
    }
    double[] gramOfB = gramOfRows(update.b(), update.out(), r);
    double sum = 0;
    for (int i = 0; i < gramOfA.length; i++) {
      sum += gramOfA[i] * gramOfB[i];
    }
    return Math.abs(update.scaling()) * Math.sqrt(Math.max(0, sum));
  }

  /** B^T B, one row of B at a time. */
  private static double[] gramOfRows(Tensor b, long out, int r) {
    double[] gram = new double[r * r];
    double[] row = new double[r];
    for (long d = 0; d < out; d++) {
      b.read(d * r, row, 0, r);
      for (int i = 0; i < r; i++) {
        for (int j = 0; j < r; j++) {
          gram[i * r + j] += row[i] * row[j];
        }
      }
    }
    return gram;
  }

  private static double dot(double[] one, double[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += one[i] * other[i];
    }
    return sum;
  }

  /** The root of the sum of squares. */
  static double combine(double... norms) {
    return Math.sqrt(Arrays.stream(norms).map(norm -> norm * norm).sum());
  }
}
