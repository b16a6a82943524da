package io.medforge.merge.alignment;

import io.medforge.merge.kernel.ProductSvd;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How much of a module's change lies in one direction per layer: {@code sum_l sigma_1(l)^2 / sum_l
 * sum_i sigma_i(l)^2} over its low-rank layers of rank 2 and more. One strong direction is what a
 * backdoor trained on top of an honest update tends to leave; some honest modules have one too.
 */
public final class SpectralConcentration {
  private SpectralConcentration() {}

  /**
   * The concentration of a module, from its factors: O((d + k) r^2 + r^3) per layer.
   *
   * @param module any
   * @return above 0, at most 1; empty if no layer has a rank of 2 or more, or none changes anything
   * @throws io.medforge.merge.IncompatiblePluginsException if a layer's factors are too large to
   *     read
   * @throws ArithmeticException if a layer exceeds the range of double
   */
  public static OptionalDouble of(PluginModule module) {
    double first = 0;
    double all = 0;
    for (Map.Entry<String, Update> entry : module.updates().entrySet()) {
      if (entry.getValue() instanceof LowRankUpdate update && rank(update) > 1) {
        double[] squares = squares(entry.getKey(), update);
        first += squares[0];
        for (double square : squares) {
          all += square;
        }
      }
    }
    return all > 0 ? OptionalDouble.of(first / all) : OptionalDouble.empty();
  }

  /** The largest rank that the shapes allow: a factor of rank 8 of a layer of 2 outputs has 2. */
  private static long rank(LowRankUpdate update) {
    return Math.min(update.rank(), Math.min(update.out(), update.in()));
  }

  private static double[] squares(String layer, LowRankUpdate update) {
    FactorVectors factors = FactorVectors.read("layer " + layer, update);
    double[] scaling = new double[factors.b().length];
    Arrays.fill(scaling, update.scaling());
    double[] values = ProductSvd.of(factors.b(), factors.a(), scaling).singularValues();
    return Arrays.stream(values).map(value -> value * value).toArray();
  }
}
