package io.medforge.plugin.light;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Values as 8-bit integers with one scale per block; read back as {@code code * scale} in F32, one
 * rounding. Immutable.
 *
 * <p>The scale is the block's greatest magnitude over 127, rounded to F32; a code is the value over
 * the scale, rounded to nearest even and kept within -127 to 127. So a value is off by half a
 * scale, a little more for the roundings of scale and product. Dettmers et al., 8-bit optimizers
 * via block-wise quantization, ICLR 2022, with a linear code.
 */
final class BlockwiseInt8 implements Tensor {
  static final int BLOCK = 64;

  private static final int LARGEST_CODE = 127;
  private static final double HALF_AND_ROUNDING = 0.5 + 0x1p-15;
  private static final int WIDTH = Float.BYTES;

  private final Shape shape;
  private final byte[] codes;
  private final float[] scales;

  private BlockwiseInt8(Shape shape, byte[] codes, float[] scales) {
    this.shape = shape;
    this.codes = codes;
    this.scales = scales;
  }

  static StoredTensor store(String name, Tensor tensor) {
    if (tensor instanceof BlockwiseInt8 already) {
      return new StoredTensor(already, already.storedBytes(), 0);
    }
    double[] values = tensor.toDoubles();
    byte[] codes = new byte[values.length];
    float[] scales = new float[blocks(values.length)];
    double greatestScale = 0;
    for (int block = 0; block < scales.length; block++) {
      int from = block * BLOCK;
      int to = Math.min(values.length, from + BLOCK);
      double greatest = 0;
      for (int i = from; i < to; i++) {
        greatest = Math.max(greatest, Math.abs(values[i]));
      }
      scales[block] = (float) (greatest / LARGEST_CODE);
      if (!Float.isFinite(LARGEST_CODE * scales[block])) {
        throw StoredTensor.beyond("int8 with a 32-bit scale", name, from);
      }
      for (int i = from; i < to; i++) {
        double code = scales[block] == 0 ? 0 : StrictMath.rint(values[i] / scales[block]);
        codes[i] = (byte) Math.max(-LARGEST_CODE, Math.min(LARGEST_CODE, code));
      }
      greatestScale = Math.max(greatestScale, scales[block]);
    }
    BlockwiseInt8 stored = new BlockwiseInt8(tensor.shape(), codes, scales);
    // A scale below the smallest normal float is itself off by up to half its last unit.
    double bound = greatestScale * HALF_AND_ROUNDING + (LARGEST_CODE + 1) * Float.MIN_VALUE;
    return new StoredTensor(stored, stored.storedBytes(), bound);
  }

  /**
   * What was stored, taken back.
   *
   * @throws IllegalArgumentException if types or numbers do not fit, a code is -128, or a scale is
   *     negative or not finite
   */
  static BlockwiseInt8 of(Tensor codes, Tensor scales) {
    int count = Math.toIntExact(codes.shape().elements());
    if (codes.dtype() != DType.I8 || scales.dtype() != DType.F32) {
      throw new IllegalArgumentException(
          "expected I8 codes and F32 scales, found " + codes.dtype() + " and " + scales.dtype());
    }
    if (!scales.shape().equals(Shape.of(blocks(count)))) {
      throw new IllegalArgumentException(
          "expected scales [" + blocks(count) + "], found " + scales.shape());
    }
    byte[] bytes = new byte[count];
    codes.readBytes(0, bytes, 0, count);
    for (int i = 0; i < count; i++) {
      if (bytes[i] < -LARGEST_CODE) {
        throw new IllegalArgumentException("expected a code of -127 to 127, found -128, at " + i);
      }
    }
    float[] factors = scales.toFloats();
    for (int i = 0; i < factors.length; i++) {
      if (!(factors[i] >= 0) || !Float.isFinite(LARGEST_CODE * factors[i])) {
        throw new IllegalArgumentException(
            "expected a scale of at least 0 and finite, found " + factors[i] + ", at block " + i);
      }
    }
    return new BlockwiseInt8(codes.shape(), bytes, factors);
  }

  /** The codes, in the shape of the values. */
  Tensor codes() {
    return Tensor.ofBytes(DType.I8, shape, codes);
  }

  /** One scale per block. */
  Tensor scales() {
    return Tensor.of(Shape.of(scales.length), scales);
  }

  long storedBytes() {
    return codes.length + (long) scales.length * Float.BYTES;
  }

  private static int blocks(int values) {
    return (values + BLOCK - 1) / BLOCK;
  }

  @Override
  public DType dtype() {
    return DType.F32;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public void readBytes(long from, byte[] into, int offset, int count) {
    Objects.checkFromIndexSize(from, (long) count, (long) codes.length * WIDTH);
    Objects.checkFromIndexSize(offset, count, into.length);
    ByteBuffer value = ByteBuffer.allocate(WIDTH).order(ByteOrder.LITTLE_ENDIAN);
    for (int done = 0; done < count; ) {
      int element = (int) ((from + done) / WIDTH);
      int skip = (int) ((from + done) % WIDTH);
      value.putFloat(0, codes[element] * scales[element / BLOCK]);
      int n = Math.min(count - done, WIDTH - skip);
      value.get(skip, into, offset + done, n);
      done += n;
    }
  }

  /** The type that it is read as, and its shape. */
  @Override
  public String toString() {
    return "INT8" + shape;
  }
}
