package io.medforge.merge.alignment;

import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.CounterRandom;
import io.medforge.merge.kernel.InnerProduct;
import io.medforge.merge.kernel.SubspaceAngles;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Compares the updates of one layer, pair by pair. Used once, by one thread. */
final class LayerComparison {
  private static final int TILE = 4096;

  /** Products of more elements are compared at a sample of them. */
  static final long ALL_SIGNS = 1 << 18;

  /** Elements drawn; the standard error of a part of them is at most 0.5 / sqrt(65536) = 0.002. */
  static final int SAMPLE = 1 << 16;

  private static final long KEY = 0x7369676e73L;

  private final String where;
  private final List<Integer> owners = new ArrayList<>();
  private final List<Update> updates = new ArrayList<>();
  private final LowRankGram gram;
  private final double[][] opposed;
  private final double[][] shared;
  private final double[][] inside;
  private final double[][][] columnAngles;
  private final double[][][] rowAngles;

  private LayerComparison(PluginSet plugins, String layer) {
    int n = plugins.size();
    this.where = "layer " + layer;
    this.gram = LowRankGram.ofLayer(plugins, layer);
    this.opposed = new double[n][n];
    this.shared = new double[n][n];
    this.inside = new double[n][n];
    this.columnAngles = new double[n][n][0];
    this.rowAngles = new double[n][n][0];
    for (int i = 0; i < n; i++) {
      PluginModule plugin = plugins.plugins().get(i);
      Update update = plugin.updates().get(layer);
      if (update != null) {
        owners.add(i);
        updates.add(update);
      }
    }
  }

  /** The comparison, unless the layer is a head. */
  static Optional<LayerConflict> of(PluginSet plugins, String layer) {
    LayerComparison comparison = new LayerComparison(plugins, layer);
    Update first = comparison.updates.get(0);
    if (first instanceof Replacement) {
      return Optional.empty();
    }
    if (first instanceof LowRankUpdate) {
      comparison.compareSubspaces();
      comparison.compareProductSigns();
    } else {
      comparison.compareLines();
      comparison.compareDenseSigns();
    }
    return Optional.of(
        new LayerConflict(
            comparison.gram,
            comparison.opposed,
            comparison.shared,
            comparison.inside,
            comparison.columnAngles,
            comparison.rowAngles));
  }

  private void compareSubspaces() {
    List<FactorVectors.Singular> singular =
        updates.stream()
            .map(update -> FactorVectors.decompose(where, (LowRankUpdate) update))
            .toList();
    for (int i = 0; i < owners.size(); i++) {
      for (int j = 0; j < owners.size(); j++) {
        FactorVectors.Singular one = singular.get(i);
        FactorVectors.Singular other = singular.get(j);
        int to = owners.get(j);
        inside[owners.get(i)][to] = energyInside(one, other);
        columnAngles[owners.get(i)][to] = SubspaceAngles.between(one.left(), other.left());
        rowAngles[owners.get(i)][to] = SubspaceAngles.between(one.right(), other.right());
      }
    }
  }

  /** The squared norm of {@code (U_j^T U_i) S_i (V_i^T V_j)}. */
  private static double energyInside(FactorVectors.Singular one, FactorVectors.Singular other) {
    double energy = 0;
    double[][] columns = overlaps(one.left(), other.left());
    double[][] rows = overlaps(one.right(), other.right());
    for (int p = 0; p < other.rank(); p++) {
      for (int q = 0; q < other.rank(); q++) {
        double element = 0;
        for (int a = 0; a < one.rank(); a++) {
          element += columns[a][p] * one.values()[a] * rows[a][q];
        }
        energy += element * element;
      }
    }
    return energy;
  }

  private static double[][] overlaps(double[][] one, double[][] other) {
    double[][] overlaps = new double[one.length][other.length];
    for (int a = 0; a < one.length; a++) {
      for (int p = 0; p < other.length; p++) {
        overlaps[a][p] = InnerProduct.of(one[a], other[p]);
      }
    }
    return overlaps;
  }

  private void compareLines() {
    for (int i : owners) {
      for (int j : owners) {
        inside[i][j] = gram.inner(i, i) * gram.cosine(i, j) * gram.cosine(i, j);
      }
    }
  }

  private void compareProductSigns() {
    List<FactorVectors> factors = new ArrayList<>();
    for (Update update : updates) {
      factors.add(FactorVectors.read(where, (LowRankUpdate) update));
    }
    int d = factors.get(0).b()[0].length;
    int k = factors.get(0).a()[0].length;
    if ((long) d * k <= ALL_SIGNS) {
      compareAllProductSigns(factors, d, k);
    } else {
      compareSampledSigns(factors, d, k);
    }
  }

  /** Row by row of the products. */
  private void compareAllProductSigns(List<FactorVectors> factors, int d, int k) {
    double[][] rows = new double[factors.size()][k];
    for (int row = 0; row < d; row++) {
      for (int i = 0; i < rows.length; i++) {
        Arrays.fill(rows[i], 0);
        for (int p = 0; p < factors.get(i).b().length; p++) {
          FactorVectors.addScaled(
              scaling(i) * factors.get(i).b()[p][row], factors.get(i).a()[p], rows[i]);
        }
      }
      count(rows, k, 1);
    }
  }

  /** Of elements drawn with a fixed key, each standing for as many as it is drawn from. */
  private void compareSampledSigns(List<FactorVectors> factors, int d, int k) {
    CounterRandom random = new CounterRandom(KEY);
    double[][] tile = new double[factors.size()][TILE];
    for (int from = 0; from < SAMPLE; from += TILE) {
      for (int t = 0; t < TILE; t++) {
        int row = (int) (d * random.uniform(2L * (from + t)));
        int column = (int) (k * random.uniform(2L * (from + t) + 1));
        for (int i = 0; i < tile.length; i++) {
          double sum = 0;
          for (int p = 0; p < factors.get(i).b().length; p++) {
            sum += scaling(i) * factors.get(i).b()[p][row] * factors.get(i).a()[p][column];
          }
          tile[i][t] = sum;
        }
      }
      count(tile, TILE, (double) d * k / SAMPLE);
    }
  }

  private double scaling(int i) {
    return ((LowRankUpdate) updates.get(i)).scaling();
  }

  private void compareDenseSigns() {
    List<Tensor> deltas = updates.stream().map(u -> ((DenseUpdate) u).delta()).toList();
    long elements = deltas.get(0).shape().elements();
    double[][] tiles = new double[deltas.size()][(int) Math.min(TILE, elements)];
    for (long from = 0; from < elements; from += TILE) {
      int count = (int) Math.min(TILE, elements - from);
      for (int i = 0; i < tiles.length; i++) {
        deltas.get(i).read(from, tiles[i], 0, count);
      }
      count(tiles, count, 1);
    }
  }

  /** Counts elements, each of which stands for {@code weight}. */
  private void count(double[][] values, int count, double weight) {
    for (int i = 0; i < values.length; i++) {
      for (int j = 0; j < values.length; j++) {
        long both = 0;
        long different = 0;
        for (int t = 0; t < count; t++) {
          double product = Math.signum(values[i][t]) * Math.signum(values[j][t]);
          both += product != 0 ? 1 : 0;
          different += product < 0 ? 1 : 0;
        }
        shared[owners.get(i)][owners.get(j)] += weight * both;
        opposed[owners.get(i)][owners.get(j)] += weight * different;
      }
    }
  }
}
