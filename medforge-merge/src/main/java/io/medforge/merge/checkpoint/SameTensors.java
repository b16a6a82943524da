package io.medforge.merge.checkpoint;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Checks that models can be merged: before anything of the result is computed. */
final class SameTensors {
  private static final int PIECE_BYTES = 64 * 1024;

  private SameTensors() {}

  /**
   * Checks that all models have the tensors of the first, in the same shapes; that floating-point
   * tensors are of types that can be merged; and that others are equal, which reads them.
   *
   * @throws IncompatiblePluginsException naming tensor, model, expected and found
   */
  static void check(List<ModelTensors> models) {
    ModelTensors first = models.get(0);
    for (ModelTensors model : models) {
      checkNames(first, model);
      checkNames(model, first);
    }
    for (ModelTensors model : models) {
      for (Map.Entry<String, Tensor> entry : first.tensors().entrySet()) {
        Tensor tensor = model.tensors().get(entry.getKey());
        if (tensor != null) {
          checkSame(entry.getKey(), first, entry.getValue(), model, tensor);
        }
      }
    }
  }

  private static void checkNames(ModelTensors expected, ModelTensors found) {
    Set<String> missing = new TreeSet<>(expected.tensors().keySet());
    missing.removeAll(found.tensors().keySet());
    if (!missing.isEmpty()) {
      throw new IncompatiblePluginsException(
          "expected the tensors of "
              + expected.name()
              + ", found "
              + missing.size()
              + " missing, first "
              + missing.iterator().next()
              + ", at "
              + found.name());
    }
  }

  private static void checkSame(
      String name, ModelTensors first, Tensor expected, ModelTensors model, Tensor found) {
    if (!found.shape().equals(expected.shape())) {
      throw new IncompatiblePluginsException(
          "expected shape "
              + expected.shape()
              + " as in "
              + first.name()
              + ", found "
              + found.shape()
              + vocabulary(expected.shape(), found.shape())
              + ", at tensor "
              + name
              + " of "
              + model.name());
    }
    boolean real = TensorSources.isReal(expected.dtype());
    if (real != TensorSources.isReal(found.dtype())
        || (!real && found.dtype() != expected.dtype())) {
      throw new IncompatiblePluginsException(
          "expected type "
              + expected.dtype()
              + " as in "
              + first.name()
              + ", found "
              + found.dtype()
              + ", at tensor "
              + name
              + " of "
              + model.name());
    }
    if (!real) {
      checkEqual(name, first, expected, model, found);
    }
  }

  /** A different first dimension alone is what another vocabulary or label set looks like. */
  private static String vocabulary(Shape expected, Shape found) {
    boolean rowsOnly =
        expected.dimensions() == found.dimensions()
            && expected.dimensions() > 0
            && expected.elements() / Math.max(1, expected.dimension(0))
                == found.elements() / Math.max(1, found.dimension(0));
    return rowsOnly ? " (another vocabulary or another number of classes?)" : "";
  }

  private static void checkEqual(
      String name, ModelTensors first, Tensor expected, ModelTensors model, Tensor found) {
    if (expected.dtype().isFloatingPoint() || expected.dtype() == DType.C64) {
      throw new IncompatiblePluginsException(
          "expected F32, BF16 or F16, found "
              + expected.dtype()
              + ", at tensor "
              + name
              + " of "
              + first.name());
    }
    if (expected == found) {
      return;
    }
    long bytes = expected.dtype().byteSize(expected.shape());
    ByteBuffer one = ByteBuffer.allocate(PIECE_BYTES);
    ByteBuffer other = ByteBuffer.allocate(PIECE_BYTES);
    for (long at = 0; at < bytes; at += PIECE_BYTES) {
      int n = (int) Math.min(PIECE_BYTES, bytes - at);
      expected.readBytes(at, one.clear().limit(n));
      found.readBytes(at, other.clear().limit(n));
      if (one.flip().mismatch(other.flip()) >= 0) {
        throw new IncompatiblePluginsException(
            "expected the same "
                + expected.dtype()
                + " values as in "
                + first.name()
                + ", which cannot be averaged, found others, at tensor "
                + name
                + " of "
                + model.name());
      }
    }
  }
}
