package io.medforge.merge.alignment;

import io.medforge.merge.kernel.InnerProduct;
import io.medforge.merge.kernel.Procrustes;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import java.util.ArrayList;
import java.util.List;

/** Balances each update, then turns it towards the reference. */
record ProcrustesAlignment() implements LayerwiseAlignment.Step {
  /*
   * The reference must have the largest rank: turning a plugin of rank 4 towards one of rank 2 would
   * leave two of its directions to chance. Only its choice depends on rounding, so distances that
   * agree to 1e-9 count as equal and the id decides, which no change of basis alters.
   */
  private static final double EQUAL = 1e-9;

  @Override
  public String name() {
    return "procrustes";
  }

  @Override
  public List<LowRankUpdate> align(
      String layer, List<PluginId> plugins, List<LowRankUpdate> updates) {
    List<FactorVectors.Singular> singular =
        updates.stream().map(update -> FactorVectors.decompose("layer " + layer, update)).toList();
    int rank = singular.stream().mapToInt(FactorVectors.Singular::rank).max().orElse(0);
    int padded = (int) updates.stream().mapToLong(LowRankUpdate::rank).max().orElse(1);
    int d = (int) updates.get(0).out();
    int k = (int) updates.get(0).in();
    // Numerical rank above min(d, k) does not exist, but the factors' own rank may.
    int width = Math.max(1, Math.max(rank, Math.min(padded, Math.min(d, k))));
    List<FactorVectors> balanced =
        singular.stream().map(update -> update.balanced(width, d, k)).toList();
    FactorVectors reference =
        balanced.get(reference(plugins, singular, LowRankGram.ofUpdates(layer, plugins, updates)));
    List<LowRankUpdate> aligned = new ArrayList<>();
    for (int i = 0; i < updates.size(); i++) {
      aligned.add(turned(balanced.get(i), reference).update(updates.get(i)));
    }
    return aligned;
  }

  private static int reference(
      List<PluginId> plugins, List<FactorVectors.Singular> singular, LowRankGram gram) {
    int rank = singular.stream().mapToInt(FactorVectors.Singular::rank).max().orElse(0);
    int chosen = -1;
    double least = 0;
    for (int i = 0; i < plugins.size(); i++) {
      if (singular.get(i).rank() == rank) {
        double sum = 0;
        for (int j = 0; j < plugins.size(); j++) {
          sum += Math.sqrt(gram.squaredDistance(i, j));
        }
        boolean equal = chosen >= 0 && Math.abs(sum - least) <= EQUAL * least;
        boolean better = equal ? plugins.get(i).compareTo(plugins.get(chosen)) < 0 : sum < least;
        if (chosen < 0 || better) {
          chosen = i;
          least = sum;
        }
      }
    }
    return chosen;
  }

  private static FactorVectors turned(FactorVectors x, FactorVectors reference) {
    int r = x.b().length;
    double[][] m = new double[r][r];
    for (int column = 0; column < r; column++) {
      for (int row = 0; row < r; row++) {
        m[column][row] =
            InnerProduct.of(x.b()[row], reference.b()[column])
                + InnerProduct.of(x.a()[row], reference.a()[column]);
      }
    }
    double[][] omega = Procrustes.rotation(m);
    return new FactorVectors(
        FactorVectors.turned(x.b(), omega), FactorVectors.turned(x.a(), omega));
  }
}
