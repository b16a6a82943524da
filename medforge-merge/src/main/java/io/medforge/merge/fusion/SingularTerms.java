package io.medforge.merge.fusion;

import io.medforge.merge.kernel.ProductSvd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code sum_j values_j left_j right_j^T}, of singular vectors or what became of them. */
@SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
record SingularTerms(double[][] left, double[] values, double[][] right) {
  /** The first terms above the rounding error, at most {@code most}. */
  static SingularTerms of(ProductSvd svd, int most) {
    double[] values = svd.singularValues();
    int kept = Math.min(most, new Spectrum(values, svd.noise()).numericalRank());
    ProductSvd.Vectors vectors = svd.vectors(kept);
    return new SingularTerms(vectors.left(), Arrays.copyOf(values, kept), vectors.right());
  }

  /** All of them, in order. */
  static SingularTerms concatenated(List<SingularTerms> terms) {
    List<double[]> left = new ArrayList<>();
    List<double[]> right = new ArrayList<>();
    for (SingularTerms part : terms) {
      left.addAll(Arrays.asList(part.left));
      right.addAll(Arrays.asList(part.right));
    }
    return new SingularTerms(
        left.toArray(double[][]::new),
        terms.stream().flatMapToDouble(part -> Arrays.stream(part.values)).toArray(),
        right.toArray(double[][]::new));
  }

  /** No term at all. */
  static SingularTerms none() {
    return concatenated(List.of());
  }

  int size() {
    return values.length;
  }

  /** The same vectors under other values. */
  SingularTerms withValues(double[] others) {
    return new SingularTerms(left, others, right);
  }

  /** The same values on the nearest orthonormal vectors, over the vectors' numerical rank. */
  SingularTerms orthonormal() {
    return new SingularTerms(polar(left), values, polar(right));
  }

  /** X Y^T of X S Y^T. */
  private static double[][] polar(double[][] vectors) {
    int count = vectors.length;
    double[][] copy = new double[count][];
    double[][] identity = new double[count][count];
    double[] ones = new double[count];
    for (int j = 0; j < count; j++) {
      copy[j] = vectors[j].clone();
      identity[j][j] = 1;
      ones[j] = 1;
    }
    SingularTerms svd = of(ProductSvd.of(copy, identity, ones), count);
    double[][] polar = new double[count][vectors[0].length];
    for (int p = 0; p < svd.values.length; p++) {
      for (int j = 0; j < count; j++) {
        double y = svd.right[p][j];
        for (int t = 0; t < polar[j].length; t++) {
          polar[j][t] += y * svd.left[p][t];
        }
      }
    }
    return polar;
  }
}
