package io.medforge.merge.fusion;

/**
 * What the Gram matrices of {@code S = sum_p c_p b_p a_p^T} say of {@code F = s (sum_i u_i
 * B_i)(sum_i v_i A_i)}, whose factors are sums of the same vectors.
 *
 * @param inner {@code <S, F>}
 * @param squaredNorm {@code |F|^2}
 * @param size a bound of the sum of the norms of F's r terms, whatever cancels within one
 */
record SummedGrams(double inner, double squaredNorm, double size) {
  static SummedGrams of(TermGrams grams, ExactComparison.FactorSums sums, int rank) {
    double[][] left = summed(grams.left(), sums.u(), rank);
    double[][] right = summed(grams.right(), sums.v(), rank);
    double[] c = grams.coefficients();
    double inner = 0;
    for (int q = 0; q < c.length; q++) {
      double row = 0;
      for (int p = 0; p < rank; p++) {
        row += left[q][p] * right[q][p];
      }
      inner += c[q] * row;
    }
    double[][] leftOwn = summed(transposed(left, rank), sums.u(), rank);
    double[][] rightOwn = summed(transposed(right, rank), sums.v(), rank);
    double squares = 0;
    for (int p = 0; p < rank; p++) {
      for (int q = 0; q < rank; q++) {
        squares += leftOwn[p][q] * rightOwn[p][q];
      }
    }
    double size = 0;
    for (int p = 0; p < rank; p++) {
      size += length(grams.left(), sums.u(), rank, p) * length(grams.right(), sums.v(), rank, p);
    }
    return new SummedGrams(
        sums.s() * inner, sums.s() * sums.s() * squares, Math.abs(sums.s()) * size);
  }

  /** Columns added over plugins: element [q, p] is {@code sum_i w_i gram[q, i r + p]}. */
  private static double[][] summed(double[][] gram, double[] weights, int rank) {
    double[][] summed = new double[gram.length][rank];
    for (int q = 0; q < gram.length; q++) {
      for (int i = 0; i < weights.length; i++) {
        for (int p = 0; p < rank; p++) {
          summed[q][p] += weights[i] * gram[q][i * rank + p];
        }
      }
    }
    return summed;
  }

  private static double[][] transposed(double[][] matrix, int columns) {
    double[][] transposed = new double[columns][matrix.length];
    for (int q = 0; q < matrix.length; q++) {
      for (int p = 0; p < columns; p++) {
        transposed[p][q] = matrix[q][p];
      }
    }
    return transposed;
  }

  /** At least as long as {@code sum_i w_i x_(i r + p)}. */
  private static double length(double[][] gram, double[] weights, int rank, int p) {
    double length = 0;
    for (int i = 0; i < weights.length; i++) {
      length += Math.abs(weights[i]) * Math.sqrt(gram[i * rank + p][i * rank + p]);
    }
    return length;
  }
}
