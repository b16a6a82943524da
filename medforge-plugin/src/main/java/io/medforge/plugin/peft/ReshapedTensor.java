package io.medforge.plugin.peft;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;

/** A tensor seen in another shape of as many elements. */
record ReshapedTensor(Tensor source, Shape shape) implements Tensor {
  ReshapedTensor {
    if (shape.elements() != source.shape().elements()) {
      throw new IllegalArgumentException(
          "expected " + source.shape().elements() + " elements, found " + shape);
    }
  }

  @Override
  public DType dtype() {
    return source.dtype();
  }

  @Override
  public void readBytes(long from, byte[] into, int offset, int count) {
    source.readBytes(from, into, offset, count);
  }
}
