package io.medforge.merge.alignment;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.InnerProduct;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;

/**
 * The n x n inner products of plugins' updates, {@code G[i][j] = <Delta_i, Delta_j>}: all that
 * norms, cosines, distances and many averaging rules need. Immutable.
 *
 * <p>For low-rank updates {@code <Delta_i, Delta_j> = s_i s_j sum((B_i^T B_j) o (A_i A_j^T))},
 * where o multiplies element by element: O((d + k) r^2) per pair, and no delta is formed. Dense
 * updates are read tile by tile. Sums are in double and in a fixed order. A layer that a plugin
 * lacks counts as no change; heads do not count.
 */
public final class LowRankGram {
  private static final int TILE = 4096;

  private final List<PluginId> plugins;
  private final double[][] inner;

  private LowRankGram(List<PluginId> plugins, double[][] inner) {
    this.plugins = List.copyOf(plugins);
    this.inner = inner;
  }

  /**
   * Over whole plugins: the sum of all layers' matrices.
   *
   * @param plugins n plugins
   * @return the matrix, in canonical order
   * @throws IncompatiblePluginsException if an inner product exceeds the range of double
   */
  public static LowRankGram of(PluginSet plugins) {
    return sum(plugins, plugins.layers().stream().map(layer -> ofLayer(plugins, layer)).toList());
  }

  /**
   * At one layer.
   *
   * @param plugins n plugins
   * @param layer one of the set's layers
   * @return the matrix, in canonical order; zeros at plugins that lack the layer, and for heads
   * @throws IllegalArgumentException if the set has no such layer
   * @throws IncompatiblePluginsException if an inner product exceeds the range of double
   */
  public static LowRankGram ofLayer(PluginSet plugins, String layer) {
    if (!plugins.layers().contains(layer)) {
      throw new IllegalArgumentException(
          "expected one of the layers " + plugins.layers() + ", found " + layer);
    }
    double[][] inner = new double[plugins.size()][plugins.size()];
    List<Integer> present = new ArrayList<>();
    List<Update> updates = new ArrayList<>();
    for (int i = 0; i < plugins.size(); i++) {
      Update update = plugins.plugins().get(i).updates().get(layer);
      if (update != null) {
        present.add(i);
        updates.add(update);
      }
    }
    double[][] found = between("layer " + layer, updates);
    for (int i = 0; i < found.length; i++) {
      for (int j = 0; j < found.length; j++) {
        inner[present.get(i)][present.get(j)] = found[i][j];
      }
    }
    LowRankGram gram = new LowRankGram(ids(plugins), inner);
    gram.checkFinite("layer " + layer);
    return gram;
  }

  /**
   * Of updates of one layer.
   *
   * @param layer its name, for messages
   * @param plugins n plugins
   * @param updates their updates, of one kind and shape (ranks may differ)
   * @return the matrix, in the order given; zeros for heads
   * @throws IllegalArgumentException if there are not as many updates as plugins
   * @throws IncompatiblePluginsException if an inner product exceeds the range of double
   */
  public static LowRankGram ofUpdates(
      String layer, List<PluginId> plugins, List<? extends Update> updates) {
    if (plugins.size() != updates.size()) {
      throw new IllegalArgumentException(
          "expected an update per plugin, found " + updates.size() + " for " + plugins);
    }
    LowRankGram gram = new LowRankGram(plugins, between("layer " + layer, updates));
    gram.checkFinite("layer " + layer);
    return gram;
  }

  /**
   * From known inner products.
   *
   * @param plugins n plugins, in the order of the rows
   * @param inner n x n, finite and symmetric; copied
   * @return the matrix
   * @throws IllegalArgumentException if the numbers do not fit, are not symmetric or not finite
   */
  public static LowRankGram ofInnerProducts(List<PluginId> plugins, double[][] inner) {
    int n = plugins.size();
    double[][] copy = new double[n][];
    for (int i = 0; i < n; i++) {
      if (inner.length != n || inner[i].length != n) {
        throw new IllegalArgumentException(
            "expected " + n + " x " + n + " inner products for " + plugins);
      }
      copy[i] = inner[i].clone();
      for (int j = 0; j < n; j++) {
        if (!Double.isFinite(inner[i][j]) || inner[i][j] != inner[j][i]) {
          throw new IllegalArgumentException(
              "expected finite, symmetric inner products, found "
                  + inner[i][j]
                  + " at ["
                  + i
                  + ", "
                  + j
                  + "]");
        }
      }
    }
    return new LowRankGram(plugins, copy);
  }

  /**
   * The plugins.
   *
   * @return n ids, unmodifiable, in the order of the rows
   */
  public List<PluginId> plugins() {
    return plugins;
  }

  /**
   * The number of plugins.
   *
   * @return n
   */
  public int size() {
    return plugins.size();
  }

  /**
   * The inner product of two updates.
   *
   * @param i the first plugin's index
   * @param j the second plugin's index
   * @return {@code <Delta_i, Delta_j>}
   */
  public double inner(int i, int j) {
    return inner[i][j];
  }

  /**
   * The Frobenius norm of an update.
   *
   * @param i the plugin's index
   * @return {@code |Delta_i|}, at least 0
   */
  public double norm(int i) {
    return Math.sqrt(inner[i][i]);
  }

  /**
   * The cosine of the angle between two updates.
   *
   * @param i the first plugin's index
   * @param j the second plugin's index
   * @return -1 to 1; 0 if one of them is zero
   */
  public double cosine(int i, int j) {
    double norms = norm(i) * norm(j);
    return norms == 0 ? 0 : Math.max(-1, Math.min(1, inner[i][j] / norms));
  }

  /**
   * The squared distance of two updates. Its error is about 2^-52 times the larger squared norm.
   *
   * @param i the first plugin's index
   * @param j the second plugin's index
   * @return {@code |Delta_i - Delta_j|^2}, at least 0
   */
  public double squaredDistance(int i, int j) {
    return Math.max(0, inner[i][i] - inner[i][j] + (inner[j][j] - inner[i][j]));
  }

  /**
   * The squared norm of a combination.
   *
   * @param coefficients c, n numbers
   * @return {@code |sum c_i Delta_i|^2}, at least 0
   * @throws IllegalArgumentException if there are not n coefficients
   */
  public double squaredNorm(double[] coefficients) {
    if (coefficients.length != size()) {
      throw new IllegalArgumentException(
          "expected " + size() + " coefficients, found " + coefficients.length);
    }
    double sum = 0;
    for (int i = 0; i < size(); i++) {
      sum += coefficients[i] * InnerProduct.of(coefficients, inner[i]);
    }
    return Math.max(0, sum);
  }

  /** The sum of layers' matrices of the same plugins. */
  static LowRankGram sum(PluginSet plugins, List<LowRankGram> layers) {
    int n = plugins.size();
    double[][] sum = new double[n][n];
    for (LowRankGram layer : layers) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          sum[i][j] += layer.inner[i][j];
        }
      }
    }
    LowRankGram gram = new LowRankGram(ids(plugins), sum);
    gram.checkFinite("all layers");
    return gram;
  }

  /** The inner products of some updates of one kind and shape; zeros for heads. */
  static double[][] between(String where, List<? extends Update> updates) {
    if (updates.isEmpty() || updates.get(0) instanceof Replacement) {
      return new double[updates.size()][updates.size()];
    }
    return updates.get(0) instanceof LowRankUpdate
        ? betweenLowRank(where, updates.stream().map(LowRankUpdate.class::cast).toList())
        : betweenDense(updates.stream().map(update -> ((DenseUpdate) update).delta()).toList());
  }

  private static double[][] betweenLowRank(String where, List<LowRankUpdate> updates) {
    int n = updates.size();
    List<FactorVectors> factors =
        updates.stream().map(update -> FactorVectors.read(where, update)).toList();
    double[][] inner = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        FactorVectors one = factors.get(i);
        FactorVectors other = factors.get(j);
        double product = InnerProduct.ofProducts(one.b(), one.a(), other.b(), other.a());
        inner[i][j] = updates.get(i).scaling() * updates.get(j).scaling() * product;
        inner[j][i] = inner[i][j];
      }
      // A rounding error must not make a squared norm negative.
      inner[i][i] = Math.max(0, inner[i][i]);
    }
    return inner;
  }

  private static double[][] betweenDense(List<Tensor> deltas) {
    int n = deltas.size();
    long elements = deltas.get(0).shape().elements();
    double[][] inner = new double[n][n];
    for (long from = 0; from < elements; from += TILE) {
      double[][] tiles = new double[n][(int) Math.min(TILE, elements - from)];
      for (int i = 0; i < n; i++) {
        deltas.get(i).read(from, tiles[i], 0, tiles[i].length);
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
          inner[i][j] += InnerProduct.of(tiles[i], tiles[j]);
          inner[j][i] = inner[i][j];
        }
      }
    }
    return inner;
  }

  private void checkFinite(String where) {
    for (int i = 0; i < size(); i++) {
      for (int j = 0; j < size(); j++) {
        if (!Double.isFinite(inner[i][j])) {
          throw new IncompatiblePluginsException(
              "expected inner products within the range of double, found "
                  + inner[i][j]
                  + " between "
                  + plugins.get(i)
                  + " and "
                  + plugins.get(j)
                  + ", at "
                  + where);
        }
      }
    }
  }

  private static List<PluginId> ids(PluginSet plugins) {
    return plugins.plugins().stream().map(PluginModule::id).toList();
  }

  /** The plugins and their cosines. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < size(); i++) {
      text.append(plugins.get(i)).append(':');
      for (int j = 0; j < size(); j++) {
        text.append(' ').append(cosine(i, j));
      }
      text.append('\n');
    }
    return text.toString();
  }
}
