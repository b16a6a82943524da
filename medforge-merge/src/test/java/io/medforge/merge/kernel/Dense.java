package io.medforge.merge.kernel;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/** Slow and obvious dense algebra, row-major, for comparison. */
public final class Dense {
  private Dense() {}

  /** Columns of normally distributed numbers. */
  public static double[][] randomColumns(SplittableRandom random, int columns, int length) {
    double[][] m = new double[columns][length];
    for (double[] column : m) {
      for (int i = 0; i < length; i++) {
        column[i] = random.nextGaussian();
      }
    }
    return m;
  }

  /** {@code sum_j c_j left_j right_j^T}, [rows, columns]. */
  public static double[][] outerProducts(double[][] left, double[][] right, double[] c) {
    double[][] m = new double[left[0].length][right[0].length];
    for (int j = 0; j < c.length; j++) {
      for (int row = 0; row < m.length; row++) {
        for (int col = 0; col < m[row].length; col++) {
          m[row][col] += left[j][row] * c[j] * right[j][col];
        }
      }
    }
    return m;
  }

  /** EJML's singular values, descending. */
  public static double[] singularValues(double[][] m) {
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(m.length, m[0].length, true, true, true);
    svd.decompose(new DMatrixRMaj(m));
    double[] values = svd.getSingularValues().clone();
    Arrays.sort(values, 0, svd.numberOfSingularValues());
    double[] descending = new double[svd.numberOfSingularValues()];
    for (int i = 0; i < descending.length; i++) {
      descending[i] = values[descending.length - 1 - i];
    }
    return descending;
  }

  /** EJML's best approximation of a rank. */
  public static double[][] bestApproximation(double[][] m, int rank) {
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(m.length, m[0].length, true, true, true);
    svd.decompose(new DMatrixRMaj(m));
    DMatrixRMaj u = svd.getU(null, false);
    DMatrixRMaj w = svd.getW(null);
    DMatrixRMaj v = svd.getV(null, false);
    SingularOps_DDRM.descendingOrder(u, false, w, v, false);
    double[][] best = new double[m.length][m[0].length];
    for (int j = 0; j < rank; j++) {
      for (int row = 0; row < m.length; row++) {
        for (int col = 0; col < m[0].length; col++) {
          best[row][col] += u.get(row, j) * w.get(j, j) * v.get(col, j);
        }
      }
    }
    return best;
  }

  /** The Frobenius norm. */
  public static double norm(double[][] m) {
    double sum = 0;
    for (double[] row : m) {
      for (double value : row) {
        sum += value * value;
      }
    }
    return Math.sqrt(sum);
  }

  /** The Frobenius norm of the difference. */
  public static double distance(double[][] one, double[][] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      for (int j = 0; j < one[i].length; j++) {
        double difference = one[i][j] - other[i][j];
        sum += difference * difference;
      }
    }
    return Math.sqrt(sum);
  }

  /** A deep copy. */
  public static double[][] copy(double[][] m) {
    double[][] copy = new double[m.length][];
    for (int i = 0; i < m.length; i++) {
      copy[i] = m[i].clone();
    }
    return copy;
  }
}
