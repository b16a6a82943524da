package io.medforge.merge.fusion;

import io.medforge.merge.MergeRecord;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/** PEFT's "cat": factors side by side, the coefficient on A. */
record PeftCat() implements PeftCombination {
  @Override
  public String name() {
    return "peft-cat";
  }

  @Override
  public SortedMap<String, String> parameters() {
    return Collections.emptySortedMap();
  }

  @Override
  public int mergedRank(List<Integer> adapterRanks) {
    return adapterRanks.stream().reduce(0, Math::addExact);
  }

  @Override
  public MergedLayer merge(
      String layer, List<WeightedUpdate<LowRankUpdate>> parts, int mergedRank, double scaling) {
    LowRankUpdate like = parts.get(0).update();
    DType type = PeftRule.commonType(layer, parts);
    WeightedTerms terms = WeightedTerms.read(layer, parts);
    double energy = ExactComparison.energy(layer, parts, terms);
    int at = 0;
    for (WeightedUpdate<LowRankUpdate> part : parts) {
      int r = (int) part.update().rank();
      for (int j = at; j < at + r; j++) {
        multiply(terms.right()[j], part.weight(), type);
        multiply(terms.right()[j], part.update().scaling(), type);
      }
      at += r;
    }
    LowRankUpdate merged =
        LowRankFactors.write(
            padded(terms.left(), mergedRank),
            padded(terms.right(), mergedRank),
            like,
            type,
            scaling,
            layer);
    return new MergedLayer.Fused(merged, new MergeRecord.Layer(mergedRank, energy, 0));
  }

  /** What no adapter fills stays zero, at the end. */
  private static double[][] padded(double[][] vectors, int rank) {
    double[][] padded = Arrays.copyOf(vectors, rank);
    for (int j = vectors.length; j < rank; j++) {
      padded[j] = new double[vectors[0].length];
    }
    return padded;
  }

  /**
   * A tensor times a Python number: the number and the product in float, then the tensor's type.
   */
  private static void multiply(double[] x, double factor, DType type) {
    if (type == DType.F64) {
      for (int i = 0; i < x.length; i++) {
        x[i] *= factor;
      }
      return;
    }
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) x[i] * (float) factor;
    }
    if (type == DType.F32) {
      return;
    }
    ByteBuffer rounded = ByteBuffer.allocate(x.length * (type.bits() / 8));
    type.encode(x, 0, x.length, rounded);
    type.decode(rounded.flip(), x, 0, x.length);
  }
}
