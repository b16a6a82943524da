package io.medforge.merge.fusion;

import io.medforge.merge.MergeRecord;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import java.nio.ByteBuffer;
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
    // What no adapter fills stays zero, at the end.
    double[][] columns = new double[mergedRank][Math.toIntExact(like.out())];
    double[][] rows = new double[mergedRank][Math.toIntExact(like.in())];
    int at = 0;
    for (WeightedUpdate<LowRankUpdate> part : parts) {
      int r = (int) part.update().rank();
      LowRankFactors.readColumns(part.update().b(), columns, at, r);
      LowRankFactors.readRows(part.update().a(), rows, at, r);
      for (int j = at; j < at + r; j++) {
        multiply(rows[j], part.weight(), type);
        multiply(rows[j], part.update().scaling(), type);
      }
      at += r;
    }
    LowRankUpdate merged = LowRankFactors.write(columns, rows, like, type, scaling, layer);
    double energy = ExactComparison.energy(layer, parts);
    return new MergedLayer.Fused(merged, new MergeRecord.Layer(mergedRank, energy, 0));
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
    ByteBuffer rounded = ByteBuffer.allocate(x.length * (type.bits() / 8));
    type.encode(x, 0, x.length, rounded);
    type.decode(rounded.flip(), x, 0, x.length);
  }
}
