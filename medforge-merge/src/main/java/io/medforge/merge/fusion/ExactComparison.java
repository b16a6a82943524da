package io.medforge.merge.fusion;

import io.medforge.merge.MergeRecord;
import io.medforge.merge.kernel.InnerProduct;
import io.medforge.merge.kernel.ProductSvd;
import io.medforge.plugin.LowRankUpdate;
import java.util.ArrayList;
import java.util.List;

/** Sets what some other rule found beside the exact weighted sum of the products. */
final class ExactComparison {
  /*
   * With S the sum and F what was found, |S|^2 and |S - F|^2 = |S|^2 - 2 <S, F> + |F|^2 need inner
   * products of the factors only, a small part of the work of a decomposition. But where S or S - F is
   * small against its terms, the inner products cancel. Every one of them is off by at most
   * (d + k + 2) 2^-53 |b_p| |a_p| |b_q| |a_q|, and their sum by as many roundings more as there are
   * terms. Where that bound is not small against the number wanted, the sum is decomposed instead,
   * whose error is 2^-52 times the sum of the terms' norms, not its root.
   *
   * Where F = s (sum_i u_i B_i)(sum_i v_i A_i), all that is needed is in the Gram matrices of S. What
   * F lost when it was rounded to floats is not; it may change the distance by at most its own norm,
   * and where that is not small either, F itself is measured.
   */
  private static final double ENERGY_TOLERANCE = 1e-9;
  private static final double ERROR_TOLERANCE = 1e-3;

  private static final double FLOAT_ROUNDING = 0x1p-24;

  private ExactComparison() {}

  /** Factors summed apart: {@code s (sum_i u_i B_i)(sum_i v_i A_i)}, all of one rank. */
  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  record FactorSums(double[] u, double[] v, double s) {}

  /** The same as {@link #of(String, List, LowRankUpdate)}, knowing how the update came about. */
  static MergedLayer.Fused of(
      String layer,
      List<WeightedUpdate<LowRankUpdate>> parts,
      LowRankUpdate found,
      FactorSums sums) {
    boolean wide = found.a().dtype().bits() >= 32 && found.b().dtype().bits() >= 32;
    if (!wide || parts.size() * found.rank() > TermGrams.MOST) {
      return of(layer, parts, found);
    }
    int rank = (int) found.rank();
    int total = parts.size() * rank;
    TermGrams grams = TermGrams.of(WeightedTerms.read(layer, parts));
    double squared = grams.energy();
    SummedGrams summed = SummedGrams.of(grams, sums, rank);
    double error = squared - 2 * summed.inner() + summed.squaredNorm();
    double length = found.out() + found.in() + 2;
    double size = grams.size();
    double both = size + summed.size();
    double rounding = (parts.size() + 4) * FLOAT_ROUNDING * summed.size();
    double bound =
        bound(length, total + rank, both)
            + 2 * rounding * Math.sqrt(Math.max(0, error))
            + rounding * rounding;
    if (!(bound <= ERROR_TOLERANCE * error)
        || !(bound(length, total, size) <= ENERGY_TOLERANCE * squared)) {
      return of(layer, parts, found);
    }
    return new MergedLayer.Fused(
        found, new MergeRecord.Layer(found.rank(), squared, 0), Math.sqrt(error / squared));
  }

  /** The update found, with the energy of the exact sum and the relative distance from it. */
  static MergedLayer.Fused of(
      String layer, List<WeightedUpdate<LowRankUpdate>> parts, LowRankUpdate found) {
    Terms sum = Terms.of(WeightedTerms.read(layer, parts));
    Terms result =
        Terms.of(
            WeightedTerms.read(
                layer, List.of(new WeightedUpdate<>(parts.get(0).plugin(), found, 1))));
    double squared = sum.squaredNorm();
    double energy = energy(layer, parts, sum, squared);
    double inner = InnerProduct.ofProducts(result.b, result.a, sum.b, sum.a);
    double error = squared - 2 * inner + result.squaredNorm();
    double bound = bound(sum.size() + result.size(), sum, result);
    // Written so that a bound beyond the range of double decomposes, which refuses it by name.
    if (!(bound <= ERROR_TOLERANCE * error)) {
      List<WeightedUpdate<LowRankUpdate>> difference = new ArrayList<>(parts);
      difference.add(new WeightedUpdate<>(parts.get(0).plugin(), found, -1));
      error = decomposedEnergy(layer, difference);
    }
    double deviation = error == 0 ? 0 : Math.sqrt(error / energy);
    return new MergedLayer.Fused(found, new MergeRecord.Layer(found.rank(), energy, 0), deviation);
  }

  /** The squared Frobenius norm of a sum of products, to 1e-9 of itself. */
  static double energy(String layer, List<WeightedUpdate<LowRankUpdate>> parts) {
    Terms sum = Terms.of(WeightedTerms.read(layer, parts));
    return energy(layer, parts, sum, sum.squaredNorm());
  }

  /** The same of terms that were read already, which stay as they are. */
  static double energy(
      String layer, List<WeightedUpdate<LowRankUpdate>> parts, WeightedTerms terms) {
    if (terms.size() > TermGrams.MOST) {
      return energy(layer, parts);
    }
    TermGrams grams = TermGrams.of(terms);
    double squared = grams.energy();
    double length = terms.left()[0].length + terms.right()[0].length + 2;
    return bound(length, terms.size(), grams.size()) <= ENERGY_TOLERANCE * squared
        ? squared
        : decomposedEnergy(layer, parts);
  }

  private static double energy(
      String layer, List<WeightedUpdate<LowRankUpdate>> parts, Terms sum, double squared) {
    return bound(sum.size(), sum) <= ENERGY_TOLERANCE * squared
        ? squared
        : decomposedEnergy(layer, parts);
  }

  /** How far off a squared norm may be that is computed from such terms. */
  private static double bound(double size, Terms... all) {
    double terms = 0;
    for (Terms some : all) {
      terms += some.b.length;
    }
    return bound(all[0].b[0].length + all[0].a[0].length + 2.0, terms, size);
  }

  private static double bound(double length, double terms, double size) {
    return 0x1p-53 * (length + terms * terms) * size * size;
  }

  private static double decomposedEnergy(String layer, List<WeightedUpdate<LowRankUpdate>> parts) {
    ProductSvd svd = ProductSpaceRule.decompose(layer, parts);
    return new Spectrum(svd.singularValues(), svd.noise()).energy();
  }

  /** {@code sum_p b_p a_p^T}, the coefficients multiplied into a. */
  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  private record Terms(double[][] b, double[][] a) {
    static Terms of(WeightedTerms terms) {
      double[][] a = terms.right();
      for (int j = 0; j < a.length; j++) {
        double c = terms.coefficients()[j];
        for (int t = 0; t < a[j].length; t++) {
          a[j][t] *= c;
        }
      }
      return new Terms(terms.left(), a);
    }

    double squaredNorm() {
      return InnerProduct.squaredNorm(b, a);
    }

    double size() {
      double size = 0;
      for (int p = 0; p < b.length; p++) {
        size += Math.sqrt(InnerProduct.of(b[p], b[p])) * Math.sqrt(InnerProduct.of(a[p], a[p]));
      }
      return size;
    }
  }
}
