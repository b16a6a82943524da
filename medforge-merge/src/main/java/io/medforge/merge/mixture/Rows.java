package io.medforge.merge.mixture;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;

/** Some rows of a batch. */
final class Rows {
  private Rows() {}

  static ModelInput select(ModelInput batch, int... rows) {
    Tensor values = batch.values();
    long[] dimensions = values.shape().toArray();
    long bytes = values.dtype().byteSize(values.shape()) / batch.size();
    int width = Math.toIntExact(bytes);
    byte[] selected = new byte[Math.multiplyExact(width, rows.length)];
    for (int i = 0; i < rows.length; i++) {
      values.readBytes(rows[i] * bytes, selected, i * width, width);
    }
    dimensions[0] = rows.length;
    return new ModelInput(Tensor.ofBytes(values.dtype(), Shape.of(dimensions), selected));
  }
}
