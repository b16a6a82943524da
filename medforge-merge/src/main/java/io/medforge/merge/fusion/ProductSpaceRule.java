package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.kernel.ProductSvd;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import java.util.List;

/**
 * The best approximation of {@code sum w_i s_i B_i A_i} of a chosen rank (Eckart and Young, 1936),
 * found without forming it. See {@link ProductSvd}.
 */
record ProductSpaceRule(Rank rank, OutputType outputType) implements LayerRule<LowRankUpdate> {
  /*
   * With U S V^T = sum w_i s_i B_i A_i the result is B' = U_r sqrt(S_r), A' = sqrt(S_r) V_r^T, scaling
   * 1. The even split keeps both factors' columns at norm sqrt(sigma), which is what a 16-bit output
   * type rounds best and overflows last.
   *
   * Where nothing is cut and the plugins' own directions are clearly independent, they say the same
   * sum side by side, with both factors' columns equally long, at a third of the work. Directions that
   * repeat or nearly cancel need singular vectors: they count once, and are rounded at the size of
   * their sum.
   */
  @Override
  public MergedLayer merge(String layer, List<WeightedUpdate<LowRankUpdate>> updates) {
    LowRankUpdate like = updates.get(0).update();
    List<WeightedUpdate<LowRankUpdate>> parts = nonZero(updates);
    if (parts.isEmpty()) {
      return zero(layer, like, 0, outputType(updates));
    }
    WeightedTerms terms = WeightedTerms.read(layer, parts);
    if (parts.size() > 1 && keepsAll(terms)) {
      TermGrams grams = TermGrams.of(terms);
      if (grams.areIndependent()) {
        return sideBySide(layer, like, terms, grams, outputType(updates));
      }
    }
    ProductSvd svd = decompose(layer, terms.left(), terms.right(), terms.coefficients());
    Spectrum spectrum = new Spectrum(svd.singularValues(), svd.noise());
    if (isItself(parts, rank.choose(spectrum))) {
      LowRankUpdate itself = parts.get(0).update();
      return new MergedLayer.Fused(
          itself, new MergeRecord.Layer(itself.rank(), spectrum.energy(), 0));
    }
    return cut(rank, layer, like, svd, 0, outputType(updates));
  }

  /** Whether every term would be kept if all are independent. */
  private boolean keepsAll(WeightedTerms terms) {
    int most = Math.min(terms.left()[0].length, terms.right()[0].length);
    return rank.allows(terms.size())
        && rank.parameters().isEmpty()
        && terms.size() <= Math.min(most, TermGrams.MOST);
  }

  private static MergedLayer sideBySide(
      String layer, LowRankUpdate like, WeightedTerms terms, TermGrams grams, DType type) {
    double energy = grams.energy();
    terms.balance(grams.ratios());
    LowRankUpdate fused = LowRankFactors.write(terms.left(), terms.right(), like, type, 1, layer);
    return new MergedLayer.Fused(fused, new MergeRecord.Layer(terms.size(), energy, 0));
  }

  /** {@code sum_j values_j left_j right_j^T}; overwrites the vectors. */
  MergedLayer factored(String layer, LayerAverage.Factored sum, LowRankUpdate like, DType type) {
    ProductSvd svd = decompose(layer, sum.left(), sum.right(), sum.values());
    return cut(rank, layer, like, svd, 0, type);
  }

  /** The singular values of the sum. */
  static Spectrum spectrum(String layer, List<WeightedUpdate<LowRankUpdate>> updates) {
    List<WeightedUpdate<LowRankUpdate>> parts = nonZero(updates);
    return parts.isEmpty() ? new Spectrum(new double[0], 0) : spectrum(decompose(layer, parts));
  }

  /** Those of {@code sum_j values_j left_j right_j^T}; overwrites the vectors. */
  static Spectrum spectrum(String layer, LayerAverage.Factored sum) {
    return spectrum(decompose(layer, sum.left(), sum.right(), sum.values()));
  }

  private static Spectrum spectrum(ProductSvd svd) {
    return new Spectrum(svd.singularValues(), svd.noise());
  }

  /** Without plugins of weight zero, which add nothing but work. */
  private static List<WeightedUpdate<LowRankUpdate>> nonZero(
      List<WeightedUpdate<LowRankUpdate>> updates) {
    return updates.stream().filter(part -> part.weight() * part.update().scaling() != 0).toList();
  }

  /**
   * The first singular values and vectors.
   *
   * @param outside the energy that the decomposition left out; it counts as discarded
   */
  static MergedLayer cut(
      Rank rank, String layer, LowRankUpdate like, ProductSvd svd, double outside, DType type) {
    Spectrum spectrum = new Spectrum(svd.singularValues(), svd.noise());
    int kept = rank.choose(spectrum);
    if (kept == 0) {
      return zero(layer, like, outside, type);
    }
    ProductSvd.Vectors vectors = svd.vectors(kept);
    for (int j = 0; j < kept; j++) {
      double root = Math.sqrt(spectrum.value(j));
      scale(vectors.left()[j], root);
      scale(vectors.right()[j], root);
    }
    LowRankUpdate fused =
        LowRankFactors.write(vectors.left(), vectors.right(), like, type, 1, layer);
    return new MergedLayer.Fused(fused, spectrum.layer(kept, kept, outside));
  }

  /** One plugin of weight 1 is its own merge, unless its rank is cut or its type is changed. */
  private boolean isItself(List<WeightedUpdate<LowRankUpdate>> parts, int kept) {
    LowRankUpdate update = parts.get(0).update();
    return parts.size() == 1
        && parts.get(0).weight() == 1
        && outputType.keeps(update.a())
        && outputType.keeps(update.b())
        && (rank.allows(update.rank()) || kept == update.rank());
  }

  /** Refuses sums beyond the range of double and widths beyond an array's. */
  static ProductSvd decompose(String layer, List<WeightedUpdate<LowRankUpdate>> parts) {
    WeightedTerms terms = WeightedTerms.read(layer, parts);
    return decompose(layer, terms.left(), terms.right(), terms.coefficients());
  }

  /** Refuses sums beyond the range of double; overwrites the vectors. */
  static ProductSvd decompose(
      String layer, double[][] left, double[][] right, double[] coefficients) {
    try {
      return ProductSvd.of(left, right, coefficients);
    } catch (ArithmeticException e) {
      IncompatiblePluginsException refusal =
          new IncompatiblePluginsException(e.getMessage() + ", at layer " + layer);
      refusal.initCause(e);
      throw refusal;
    }
  }

  private static MergedLayer zero(String layer, LowRankUpdate like, double lost, DType type) {
    double[][] b = new double[1][length(layer, "output width", like.out())];
    double[][] a = new double[1][length(layer, "input width", like.in())];
    return new MergedLayer.Fused(
        LowRankFactors.write(b, a, like, type, 1, layer),
        new MergeRecord.Layer(1, lost, lost > 0 ? 1 : 0));
  }

  private DType outputType(List<WeightedUpdate<LowRankUpdate>> updates) {
    return outputType.of(updates.stream().flatMap(u -> LowRankFactors.tensors(u.update())));
  }

  static int length(String layer, String what, long value) {
    if (value > Integer.MAX_VALUE - 8) {
      throw new IncompatiblePluginsException(
          "expected a "
              + what
              + " of at most "
              + (Integer.MAX_VALUE - 8)
              + ", found "
              + value
              + ", at layer "
              + layer);
    }
    return (int) value;
  }

  private static void scale(double[] x, double factor) {
    for (int i = 0; i < x.length; i++) {
      x[i] *= factor;
    }
  }
}
