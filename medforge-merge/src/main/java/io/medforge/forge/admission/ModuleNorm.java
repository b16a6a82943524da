package io.medforge.forge.admission;

import io.medforge.merge.alignment.LowRankGram;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.List;
import java.util.Map;

/**
 * How large a module is: the root of the sum of its layers' squared Frobenius norms. Low-rank
 * layers from their factors, heads by their values.
 *
 * @param total over all layers
 * @param changes over all layers but heads
 * @param largestLayer the layer with the largest norm
 * @param largest its norm
 */
record ModuleNorm(double total, double changes, String largestLayer, double largest) {
  private static final int PIECE = 8192;

  /**
   * Measures a module.
   *
   * @throws io.medforge.merge.IncompatiblePluginsException if a norm exceeds the range of double
   */
  static ModuleNorm of(PluginModule module) {
    double squares = 0;
    double changes = 0;
    double largest = -1;
    String where = "";
    for (Map.Entry<String, Update> entry : module.updates().entrySet()) {
      double square = square(module, entry.getKey(), entry.getValue());
      squares += square;
      changes += entry.getValue() instanceof Replacement ? 0 : square;
      if (square > largest) {
        largest = square;
        where = entry.getKey();
      }
    }
    return new ModuleNorm(Math.sqrt(squares), Math.sqrt(changes), where, Math.sqrt(largest));
  }

  private static double square(PluginModule module, String layer, Update update) {
    if (update instanceof Replacement head) {
      return square(head.tensor());
    }
    LowRankGram gram = LowRankGram.ofUpdates(layer, List.of(module.id()), List.of(update));
    return gram.inner(0, 0);
  }

  private static double square(Tensor tensor) {
    double[] piece = new double[PIECE];
    double sum = 0;
    long size = tensor.shape().elements();
    for (long at = 0; at < size; at += PIECE) {
      int n = (int) Math.min(PIECE, size - at);
      tensor.read(at, piece, 0, n);
      for (int i = 0; i < n; i++) {
        sum += piece[i] * piece[i];
      }
    }
    return sum;
  }
}
