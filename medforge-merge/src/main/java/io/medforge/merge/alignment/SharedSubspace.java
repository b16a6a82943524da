package io.medforge.merge.alignment;

import io.medforge.merge.kernel.InnerProduct;
import io.medforge.merge.kernel.ProductSvd;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One basis U of all column spaces, and each update's coordinates in it. */
record SharedSubspace() implements LayerwiseAlignment.Step {
  /*
   * With Delta_i = U_i S_i V_i^T the stack [Delta_1 ... Delta_n] is [U_1 S_1 ... U_n S_n] times a
   * matrix of orthonormal rows, so the stack's left singular vectors are those of the d x R matrix
   * [U_1 S_1 ... U_n S_n]. Coordinates are U^T Delta_i = (U^T U_i S_i) V_i^T.
   */
  @Override
  public String name() {
    return "shared-subspace";
  }

  @Override
  public List<LowRankUpdate> align(
      String layer, List<PluginId> plugins, List<LowRankUpdate> updates) {
    List<FactorVectors.Singular> singular =
        updates.stream().map(update -> FactorVectors.decompose("layer " + layer, update)).toList();
    int d = (int) updates.get(0).out();
    int k = (int) updates.get(0).in();
    double[][] basis = basis(singular, d);
    List<LowRankUpdate> aligned = new ArrayList<>();
    for (int i = 0; i < updates.size(); i++) {
      double[][] coordinates = coordinates(basis, singular.get(i), k);
      aligned.add(new FactorVectors(basis, coordinates).update(updates.get(i)));
    }
    return aligned;
  }

  /** Left singular vectors of the stack, each update scaled to norm 1; one zero if all are zero. */
  private static double[][] basis(List<FactorVectors.Singular> singular, int d) {
    List<double[]> columns = new ArrayList<>();
    for (FactorVectors.Singular update : singular) {
      double norm = norm(update.values());
      for (int j = 0; j < update.rank(); j++) {
        double[] column = new double[d];
        FactorVectors.addScaled(update.values()[j] / norm, update.left()[j], column);
        columns.add(column);
      }
    }
    int count = columns.size();
    if (count == 0) {
      return new double[1][d];
    }
    double[][] identity = new double[count][count];
    double[] ones = new double[count];
    Arrays.fill(ones, 1);
    for (int j = 0; j < count; j++) {
      identity[j][j] = 1;
    }
    ProductSvd svd = ProductSvd.of(columns.toArray(double[][]::new), identity, ones);
    double[] values = svd.singularValues();
    int rank = 0;
    while (rank < values.length && values[rank] > svd.noise()) {
      rank++;
    }
    return svd.vectors(rank).left();
  }

  private static double[][] coordinates(double[][] basis, FactorVectors.Singular update, int k) {
    double[][] coordinates = new double[basis.length][k];
    for (int p = 0; p < basis.length; p++) {
      for (int j = 0; j < update.rank(); j++) {
        double along = InnerProduct.of(basis[p], update.left()[j]) * update.values()[j];
        FactorVectors.addScaled(along, update.right()[j], coordinates[p]);
      }
    }
    return coordinates;
  }

  /** Relative to the largest, so that squares neither over- nor underflow. */
  private static double norm(double[] values) {
    double sum = 0;
    for (int j = values.length - 1; j >= 0; j--) {
      double relative = values[j] / values[0];
      sum += relative * relative;
    }
    return values.length == 0 ? 0 : values[0] * Math.sqrt(sum);
  }
}
