package io.medforge.merge.alignment;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.InnerProduct;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * How the changes of n plugins point among each other, and how a newcomer's points among them: mean
 * cosines. Immutable.
 *
 * <p>Not from n^2 pairs but from the sum of directions: with {@code u_i = Delta_i / |Delta_i|} and
 * {@code S = sum_i u_i}, the mean cosine of plugin i with the others is {@code (<u_i, S> - 1) / (n
 * - 1)}, and that of a newcomer {@code <u, S> / n}. S stays in its factors where these are smaller
 * than the layer, O((d + k) R^2), and is formed in blocks of rows where they are larger, O(n r d
 * k); so the cost is at most about that of merging the plugins. R = sum of ranks.
 *
 * <p>Sums are in double and in canonical order: a function of the set. A layer that a plugin lacks
 * counts as no change; heads do not count; a plugin that changes nothing else has the cosine 0 with
 * everything.
 */
public final class CohortCosines {
  /** In elements: 32 MiB in double. */
  private static final int BLOCK = 1 << 22;

  private final List<PluginModule> all;
  private final double[] norms;
  private final double[] inner;

  private CohortCosines(List<PluginModule> all, double[] norms) {
    this.all = all;
    this.norms = norms;
    this.inner = new double[all.size()];
  }

  /**
   * Compares.
   *
   * @param cohort n plugins, at least 2
   * @param newcomer one that could meet them and is not of them
   * @param norm {@code |Delta|} of each of these, without heads
   * @return the cosines
   * @throws IllegalArgumentException if there are fewer than two plugins, or a norm is negative or
   *     not finite
   * @throws IncompatiblePluginsException if the newcomer cannot meet the cohort, or a layer is too
   *     wide to read
   */
  public static CohortCosines of(
      PluginSet cohort, PluginModule newcomer, ToDoubleFunction<PluginModule> norm) {
    return of(cohort, newcomer, norm, BLOCK);
  }

  static CohortCosines of(
      PluginSet cohort, PluginModule newcomer, ToDoubleFunction<PluginModule> norm, int block) {
    if (cohort.size() < 2) {
      throw new IllegalArgumentException("expected at least two plugins, found one");
    }
    List<PluginModule> all = new ArrayList<>(cohort.plugins());
    all.add(newcomer);
    PluginSet everybody = PluginSet.allowingMissingLayers(all);
    double[] norms = new double[all.size()];
    for (int i = 0; i < norms.length; i++) {
      norms[i] = norm.applyAsDouble(all.get(i));
      if (!(norms[i] >= 0 && Double.isFinite(norms[i]))) {
        throw new IllegalArgumentException(
            "expected a finite norm, found " + norms[i] + ", at plugin " + all.get(i).id());
      }
    }
    CohortCosines cosines = new CohortCosines(all, norms);
    everybody.layers().forEach(layer -> cosines.add(layer, block));
    return cosines;
  }

  /**
   * How many plugins the newcomer is compared with.
   *
   * @return n
   */
  public int size() {
    return all.size() - 1;
  }

  /**
   * The mean cosine of a plugin of the cohort with the others.
   *
   * @param i its index in the canonical order
   * @return -1 to 1
   */
  public double ofCohort(int i) {
    double self = norms[i] > 0 ? 1 : 0;
    return clipped((inner[i] - self) / (size() - 1));
  }

  /**
   * The mean cosine of the newcomer with the cohort.
   *
   * @return -1 to 1
   */
  public double ofNewcomer() {
    return clipped(inner[size()] / size());
  }

  private static double clipped(double cosine) {
    return Math.max(-1, Math.min(1, cosine));
  }

  private void add(String layer, int block) {
    Update first =
        all.stream().flatMap(plugin -> plugin.update(layer).stream()).findFirst().orElseThrow();
    if (first instanceof LowRankUpdate lowRank) {
      long ranks = 0;
      for (int i = 0; i < all.size(); i++) {
        ranks += changes(i, layer) ? lowRank(i, layer).rank() : 0;
      }
      if (ranks * (lowRank.out() + lowRank.in()) <= 2 * lowRank.out() * lowRank.in()) {
        addByFactors(layer);
      } else {
        addByRows(layer, lowRank, block);
      }
    } else if (first instanceof DenseUpdate dense) {
      addDense(layer, dense.delta().shape().elements(), block);
    }
  }

  private boolean changes(int i, String layer) {
    return norms[i] > 0 && all.get(i).updates().containsKey(layer);
  }

  private LowRankUpdate lowRank(int i, String layer) {
    return (LowRankUpdate) all.get(i).update(layer).orElseThrow();
  }

  private void addByFactors(String layer) {
    List<Integer> present = new ArrayList<>();
    List<LowRankUpdate> updates = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (changes(i, layer)) {
        present.add(i);
        updates.add(lowRank(i, layer));
      }
    }
    double[][] pairs = LowRankGram.between("layer " + layer, updates);
    for (int one = 0; one < pairs.length; one++) {
      for (int other = 0; other < pairs.length; other++) {
        if (present.get(other) < size()) {
          int i = present.get(one);
          inner[i] += pairs[one][other] / norms[i] / norms[present.get(other)];
        }
      }
    }
  }

  private void addByRows(String layer, LowRankUpdate first, int block) {
    long width = first.in();
    if (width > block) {
      throw new IncompatiblePluginsException(
          "expected an input width of at most "
              + block
              + ", found "
              + width
              + ", at layer "
              + layer);
    }
    int rows = (int) Math.max(1, block / width);
    for (long from = 0; from < first.out(); from += rows) {
      int count = (int) Math.min(rows, first.out() - from);
      double[][] sum = new double[count][(int) width];
      for (int i = 0; i < size(); i++) {
        if (changes(i, layer)) {
          FactorRows.read(lowRank(i, layer), from, count).addTo(sum, 1 / norms[i]);
        }
      }
      for (int i = 0; i < all.size(); i++) {
        if (changes(i, layer)) {
          inner[i] += FactorRows.read(lowRank(i, layer), from, count).inner(sum) / norms[i];
        }
      }
    }
  }

  private void addDense(String layer, long elements, int block) {
    for (long from = 0; from < elements; from += block) {
      int count = (int) Math.min(block, elements - from);
      double[] sum = new double[count];
      double[] piece = new double[count];
      for (int i = 0; i < size(); i++) {
        if (changes(i, layer)) {
          delta(i, layer).read(from, piece, 0, count);
          FactorVectors.addScaled(1 / norms[i], piece, sum);
        }
      }
      for (int i = 0; i < all.size(); i++) {
        if (changes(i, layer)) {
          delta(i, layer).read(from, piece, 0, count);
          inner[i] += InnerProduct.of(piece, sum) / norms[i];
        }
      }
    }
  }

  private Tensor delta(int i, String layer) {
    return ((DenseUpdate) all.get(i).update(layer).orElseThrow()).delta();
  }
}
