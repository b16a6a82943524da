package io.medforge.benchmarks;

import io.medforge.merge.kernel.CounterRandom;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Models of seeded numbers of (-1, 1), to measure on. Each tensor repeats a block, since drawing
 * gigabytes would take longer than what is measured; no kernel can tell.
 */
final class DrawnModel {
  private static final int BLOCK = 1 << 16;
  private static final long TENSOR_BYTES = 64_000_000;

  private DrawnModel() {}

  static void write(Path file, DType type, long bytes, long seed) {
    CounterRandom random = new CounterRandom(seed);
    double[] values = new double[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      values[i] = random.uniform(i) * 2 - 1;
    }
    ByteBuffer block = ByteBuffer.allocate(BLOCK * type.bits() / 8).order(ByteOrder.LITTLE_ENDIAN);
    type.encode(values, 0, BLOCK, block);
    Map<String, Tensor> tensors = new TreeMap<>();
    for (long from = 0; from < bytes; from += TENSOR_BYTES) {
      long length = Math.min(TENSOR_BYTES, bytes - from) * 8 / type.bits();
      tensors.put(
          "layer." + (1000 + tensors.size()), new Repeated(type, Shape.of(length), block.array()));
    }
    SafetensorsWriter.to(file).write(tensors);
  }

  /** A tensor that repeats its block of bytes. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares these.
  private record Repeated(DType dtype, Shape shape, byte[] block) implements Tensor {
    @Override
    public void readBytes(long from, byte[] into, int offset, int count) {
      for (int done = 0; done < count; ) {
        int at = (int) ((from + done) % block.length);
        int n = Math.min(count - done, block.length - at);
        System.arraycopy(block, at, into, offset + done, n);
        done += n;
      }
    }
  }
}
