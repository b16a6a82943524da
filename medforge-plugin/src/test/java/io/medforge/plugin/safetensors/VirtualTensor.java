package io.medforge.plugin.safetensors;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.Arrays;
import java.util.function.LongConsumer;

/** Zeros of any size, with something that happens at each read (given the first byte's index). */
record VirtualTensor(DType dtype, Shape shape, LongConsumer onRead) implements Tensor {
  @Override
  public void readBytes(long from, byte[] into, int offset, int count) {
    onRead.accept(from);
    Arrays.fill(into, offset, offset + count, (byte) 0);
  }
}
