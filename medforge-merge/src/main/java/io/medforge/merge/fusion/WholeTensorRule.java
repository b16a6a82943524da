package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.Arrays;
import java.util.List;

/**
 * Weighted sums of whole tensors, in double, tile by tile, rounded once: {@code sum w_i delta_i} of
 * dense updates, and means of heads within one label space.
 */
record WholeTensorRule(OutputType outputType) {
  private static final int PIECE = 8192;
  private static final double SUM_TOLERANCE = 1e-9;

  /** Sums changes. */
  MergedLayer dense(String layer, List<WeightedUpdate<DenseUpdate>> updates) {
    List<Tensor> tensors = updates.stream().map(part -> part.update().delta()).toList();
    TensorSum sum = sum(layer, tensors, weights(updates));
    return new MergedLayer.Fused(
        new DenseUpdate(sum.tensor()), new MergeRecord.Layer(0, sum.energy(), 0));
  }

  /** A delta or a head that a rule made, in the output type of its inputs. */
  TensorSum assembled(String layer, Tensor made, List<Tensor> inputs) {
    return TensorSum.of("layer " + layer, outputType.of(inputs.stream()), made);
  }

  /** Whether heads can be averaged element by element. */
  static boolean areOfOneSpaceAndReal(List<WeightedUpdate<Replacement>> updates) {
    return areOfOneSpace(updates)
        && updates.stream().allMatch(u -> u.update().tensor().dtype().isFloatingPoint());
  }

  private static boolean areOfOneSpace(List<WeightedUpdate<Replacement>> updates) {
    LabelSpace labels = updates.get(0).update().labels();
    return updates.stream().allMatch(part -> part.update().labels().equals(labels));
  }

  /** Averages heads of one label space, keeps heads of different ones apart. */
  MergedLayer replacement(String layer, List<WeightedUpdate<Replacement>> updates) {
    LabelSpace labels = updates.get(0).update().labels();
    if (!areOfOneSpace(updates)) {
      return new MergedLayer.KeptApart(updates.stream().map(WeightedUpdate::plugin).toList());
    }
    checkSumsToOne(layer, "heads", updates);
    List<Tensor> tensors = updates.stream().map(part -> part.update().tensor()).toList();
    if (tensors.stream().anyMatch(tensor -> !tensor.dtype().isFloatingPoint())) {
      return new MergedLayer.Fused(
          new Replacement(common(layer, updates), labels), new MergeRecord.Layer(0, 0, 0));
    }
    TensorSum sum = sum(layer, tensors, weights(updates));
    return new MergedLayer.Fused(
        new Replacement(sum.tensor(), labels), new MergeRecord.Layer(0, sum.energy(), 0));
  }

  /** Refuses weights that make no mean. */
  static <U extends Update> void checkSumsToOne(
      String layer, String what, List<WeightedUpdate<U>> updates) {
    double sum = 0;
    for (WeightedUpdate<U> part : updates) {
      sum += part.weight();
    }
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
      throw new IncompatiblePluginsException(
          "expected coefficients that sum to 1 to average "
              + what
              + ", found sum "
              + sum
              + " of "
              + updates.stream().map(part -> part.plugin() + "=" + part.weight()).toList()
              + ", at layer "
              + layer);
    }
  }

  private static <U extends Update> double[] weights(List<WeightedUpdate<U>> updates) {
    return updates.stream().mapToDouble(WeightedUpdate::weight).toArray();
  }

  private TensorSum sum(String layer, List<Tensor> tensors, double[] weights) {
    TensorSum sum =
        TensorSum.inDouble("layer " + layer, outputType.of(tensors.stream()), tensors, weights);
    boolean itself = tensors.size() == 1 && weights[0] == 1 && outputType.keeps(tensors.get(0));
    return itself ? new TensorSum(tensors.get(0), sum.energy()) : sum;
  }

  /** Integers, such as a counter, are kept if all plugins agree: they have no mean. */
  private static Tensor common(String layer, List<WeightedUpdate<Replacement>> updates) {
    Tensor first = updates.get(0).update().tensor();
    for (WeightedUpdate<Replacement> part : updates) {
      if (!sameBytes(first, part.update().tensor())) {
        throw new IncompatiblePluginsException(
            "expected equal values, since "
                + first.dtype()
                + " has no mean, found others, at"
                + " plugin "
                + part.plugin()
                + ", layer "
                + layer);
      }
    }
    return first;
  }

  private static boolean sameBytes(Tensor one, Tensor other) {
    if (one.dtype() != other.dtype() || !one.shape().equals(other.shape())) {
      return false;
    }
    long size = one.dtype().byteSize(one.shape());
    byte[] a = new byte[(int) Math.min(PIECE, size)];
    byte[] b = new byte[a.length];
    for (long at = 0; at < size; at += PIECE) {
      int count = (int) Math.min(PIECE, size - at);
      one.readBytes(at, a, 0, count);
      other.readBytes(at, b, 0, count);
      if (!Arrays.equals(a, 0, count, b, 0, count)) {
        return false;
      }
    }
    return true;
  }
}
