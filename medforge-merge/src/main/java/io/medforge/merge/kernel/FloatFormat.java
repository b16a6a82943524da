package io.medforge.merge.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * The stored forms of a real number that models come in, little-endian, and their conversion from
 * and to float in tiles: exact inwards, one rounding to nearest even outwards.
 */
public enum FloatFormat {
  /** IEEE 754 binary32. */
  F32(4),
  /** The upper half of a binary32. */
  BF16(2),
  /** IEEE 754 binary16. */
  F16(2);

  /*
   * HotSpot makes vector code of int loops over arrays that are indexed alike, and of nothing that
   * mixes widths or reinterprets bits. So 16-bit elements are handled two to an int, and a tile is
   * decoded "planar": the elements at even places first, then those at odd places. Element-wise
   * arithmetic does not mind, and encoding puts them back. Ints become floats by way of a buffer, which
   * both see, with bulk copies.
   *
   * An exponent of all ones, which infinities and NaN have, carries into the bit above it if one is
   * added to it: so or-ing all sums tells in one bit whether all elements are finite. JDK 17 makes poor
   * code of a loop that ors into one variable, so that is left to the last of several steps.
   */
  private static final int EXPONENT = 0x7f800000;

  private static final int EXPONENT_ONE = 0x00800000;

  /** 2^112: the difference of the exponents' biases of binary32 and binary16. */
  private static final float REBIAS = 0x1p112f;

  private final int bytes;

  FloatFormat(int bytes) {
    this.bytes = bytes;
  }

  /**
   * What an element takes.
   *
   * @return bytes, 2 or 4
   */
  public int bytes() {
    return bytes;
  }

  /** Room for converting tiles. Not thread-safe. */
  public static final class Scratch {
    private final IntBuffer ints;
    private final FloatBuffer floats;
    private final int[] words;
    private final int[] even;
    private final int[] odd;
    private final int[] third;
    private final int[] fourth;
    private final int[] flags;
    private final float[] sums;
    private final float[] others;

    /**
     * Room for tiles.
     *
     * @param tile the most elements of one, even
     */
    public Scratch(int tile) {
      ByteBuffer shared = ByteBuffer.allocateDirect(4 * tile).order(ByteOrder.nativeOrder());
      ints = shared.asIntBuffer();
      floats = shared.asFloatBuffer();
      words = new int[tile];
      even = new int[tile / 2];
      odd = new int[tile / 2];
      third = new int[tile / 2];
      fourth = new int[tile / 2];
      flags = new int[tile / 2];
      sums = new float[tile - tile / 2];
      others = new float[tile / 2];
    }

    /**
     * What this takes.
     *
     * @param tile the most elements of a tile
     * @return bytes
     */
    public static long bytes(int tile) {
      return 22L * tile;
    }

    /**
     * Whether no flag says that an exponent is all ones: bit 31, or 15 where two share an int.
     * Flags are folded upon themselves first, which becomes better code than one long loop.
     *
     * @param flags overwritten
     */
    boolean isClear(int[] flags, int count) {
      int left = count;
      for (; left > 256; left = left - left / 2) {
        int folded = left / 2;
        System.arraycopy(flags, left - folded, third, 0, folded);
        orTo(flags, third, folded);
      }
      int all = 0;
      for (int i = 0; i < left; i++) {
        all |= flags[i];
      }
      return (all & 0x80008000) == 0;
    }

    private static void orTo(int[] flags, int[] others, int count) {
      for (int i = 0; i < count; i++) {
        flags[i] = flags[i] | others[i];
      }
    }

    /**
     * Whether the sum is finite: then all are. It is not, too, if it is beyond the range, which
     * says nothing of the elements. Folded as {@link #isClear} is.
     */
    private boolean isSumFinite(float[] x, int count) {
      int left = count - count / 2;
      System.arraycopy(x, count / 2, sums, 0, left);
      addTo(sums, x, count / 2);
      for (; left > 64; left = left - left / 2) {
        int folded = left / 2;
        System.arraycopy(sums, left - folded, others, 0, folded);
        addTo(sums, others, folded);
      }
      float sum = 0;
      for (int i = 0; i < left; i++) {
        sum += sums[i];
      }
      return Float.isFinite(sum);
    }

    private static void addTo(float[] sums, float[] others, int count) {
      for (int i = 0; i < count; i++) {
        sums[i] = sums[i] + others[i];
      }
    }

    private void toFloats(int half, float[] into) {
      ints.clear().put(even, 0, half).put(odd, 0, half);
      floats.clear().get(into, 0, 2 * half);
    }

    private void toInts(float[] from, int half, int[] first, int[] second) {
      floats.clear().put(from, 0, 2 * half);
      ints.clear().get(first, 0, half).get(second, 0, half);
    }
  }

  /**
   * Decodes a tile.
   *
   * @param from the stored elements, from its position on; a direct buffer is fastest
   * @param into receives the values
   * @param count how many; even if planar
   * @param planar whether elements at even places come first, then those at odd places; not for F32
   * @param scratch room
   * @return whether no F16 element is infinite or NaN; true for the other formats, whose values say
   *     so themselves
   */
  public boolean decode(ByteBuffer from, float[] into, int count, boolean planar, Scratch scratch) {
    ByteBuffer bytes = from.order(ByteOrder.LITTLE_ENDIAN);
    return switch (this) {
      case F32 -> {
        bytes.asFloatBuffer().get(into, 0, count);
        yield true;
      }
      case BF16 -> {
        if (planar) {
          decodeBfloats(bytes, into, count / 2, scratch);
        } else {
          for (int i = 0; i < count; i++) {
            into[i] = Float.intBitsToFloat(bytes.getShort(bytes.position() + 2 * i) << 16);
          }
        }
        yield true;
      }
      case F16 ->
          planar
              ? decodeHalves(bytes, into, count / 2, scratch)
              : decodeHalvesInOrder(bytes, into, count);
    };
  }

  private static void decodeBfloats(ByteBuffer bytes, float[] into, int half, Scratch s) {
    bytes.asIntBuffer().get(s.words, 0, half);
    splitBfloats(s.words, s.even, s.odd, half);
    s.toFloats(half, into);
  }

  private static void splitBfloats(int[] words, int[] even, int[] odd, int half) {
    for (int i = 0; i < half; i++) {
      even[i] = words[i] << 16;
      odd[i] = words[i] & 0xffff0000;
    }
  }

  private static boolean decodeHalves(ByteBuffer bytes, float[] into, int half, Scratch s) {
    bytes.asIntBuffer().get(s.words, 0, half);
    splitHalves(s.words, s.even, s.odd, half);
    s.toFloats(half, into);
    rebias(into, 2 * half);
    return (carries(s.words, half, 0x7c007c00, 0x04000400) & 0x80008000) == 0;
  }

  private static void splitHalves(int[] words, int[] even, int[] odd, int half) {
    for (int i = 0; i < half; i++) {
      even[i] = ((words[i] << 16) & 0x80000000) | ((words[i] & 0x7fff) << 13);
      odd[i] = (words[i] & 0x80000000) | ((words[i] & 0x7fff0000) >>> 3);
    }
  }

  private static void rebias(float[] x, int count) {
    for (int i = 0; i < count; i++) {
      x[i] = x[i] * REBIAS;
    }
  }

  private static boolean decodeHalvesInOrder(ByteBuffer bytes, float[] into, int count) {
    int seen = 0;
    for (int i = 0; i < count; i++) {
      int h = bytes.getShort(bytes.position() + 2 * i);
      seen |= (h & 0x7c00) + 0x0400;
      into[i] = Float.intBitsToFloat(((h & 0x8000) << 16) | ((h & 0x7fff) << 13)) * REBIAS;
    }
    return (seen & 0x8000) == 0;
  }

  /**
   * Encodes a tile.
   *
   * @param from the values; may be overwritten
   * @param count how many; even if planar
   * @param into receives the elements, from its position on; its position moves behind them
   * @param planar whether {@code from} has the elements at even places first; not for F32
   * @param scratch room
   * @return whether every value is finite and within this format's range; if not, what is stored is
   *     of no use
   */
  public boolean encode(float[] from, int count, ByteBuffer into, boolean planar, Scratch scratch) {
    ByteBuffer bytes = into.order(ByteOrder.LITTLE_ENDIAN);
    boolean finite =
        switch (this) {
          case F32 -> encodeFloats(from, count, bytes, scratch);
          case BF16 ->
              planar
                  ? encodeBfloats(from, count / 2, bytes, scratch)
                  : encodeInOrder(from, count, bytes);
          case F16 ->
              planar
                  ? encodeHalves(from, count / 2, bytes, scratch)
                  : encodeInOrder(from, count, bytes);
        };
    into.position(into.position() + count * this.bytes);
    return finite;
  }

  private static boolean encodeFloats(float[] from, int count, ByteBuffer bytes, Scratch s) {
    bytes.asFloatBuffer().put(from, 0, count);
    return s.isSumFinite(from, count) || areFinite(from, count);
  }

  private static boolean areFinite(float[] x, int count) {
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(x[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean encodeBfloats(float[] from, int half, ByteBuffer bytes, Scratch s) {
    s.toInts(from, half, s.even, s.odd);
    flagFloats(s.even, s.odd, s.flags, half);
    joinBfloats(s.even, s.odd, s.words, s.flags, half);
    bytes.asIntBuffer().put(s.words, 0, half);
    return s.isClear(s.flags, half);
  }

  private static void flagFloats(int[] even, int[] odd, int[] flags, int half) {
    for (int i = 0; i < half; i++) {
      flags[i] = ((even[i] & EXPONENT) + EXPONENT_ONE) | ((odd[i] & EXPONENT) + EXPONENT_ONE);
    }
  }

  private static void joinBfloats(int[] even, int[] odd, int[] words, int[] flags, int half) {
    for (int i = 0; i < half; i++) {
      int word =
          ((even[i] + 0x7fff + ((even[i] >>> 16) & 1)) >>> 16)
              | ((odd[i] + 0x7fff + ((odd[i] >>> 16) & 1)) & 0xffff0000);
      words[i] = word;
      flags[i] = flags[i] | ((word & 0x7f807f80) + 0x00800080);
    }
  }

  private static boolean encodeHalves(float[] from, int half, ByteBuffer bytes, Scratch s) {
    s.toInts(from, half, s.even, s.odd);
    flagFloats(s.even, s.odd, s.flags, half);
    boolean finite = s.isClear(s.flags, half);
    // Adding one half makes the hardware round to multiples of 2^-24, as subnormal halves are.
    addHalf(from, 2 * half);
    s.toInts(from, half, s.third, s.fourth);
    toHalves(s.even, s.third, half);
    toHalves(s.odd, s.fourth, half);
    joinHalves(s.even, s.odd, s.words, half);
    bytes.asIntBuffer().put(s.words, 0, half);
    int rounded = carries(s.words, half, 0x7c007c00, 0x04000400) & 0x80008000;
    return finite && rounded == 0 && (carriesOut(s.third, half) | carriesOut(s.fourth, half)) >= 0;
  }

  private static void addHalf(float[] x, int count) {
    for (int i = 0; i < count; i++) {
      x[i] = Math.abs(x[i]) + 0.5f;
    }
  }

  /** Whether a magnitude plus one half is 65536.5 or more, as the sign of the result. */
  private static int carriesOut(int[] shifted, int count) {
    int all = 0;
    for (int i = 0; i < count; i++) {
      all |= Float.floatToRawIntBits(65536f) - shifted[i];
    }
    return all;
  }

  /** Bits of floats to those of halves, given the bits of magnitude plus one half. */
  private static void toHalves(int[] bits, int[] shifted, int count) {
    for (int i = 0; i < count; i++) {
      int magnitude = bits[i] & 0x7fffffff;
      int subnormal = (magnitude - 0x38800000) >> 31;
      int normal = (magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13;
      int tiny = shifted[i] - 0x3f000000;
      bits[i] = ((bits[i] >>> 16) & 0x8000) | (tiny & subnormal) | (normal & ~subnormal);
    }
  }

  private static void joinHalves(int[] even, int[] odd, int[] words, int half) {
    for (int i = 0; i < half; i++) {
      words[i] = (even[i] & 0xffff) | (odd[i] << 16);
    }
  }

  /** One at a time: for what cannot be planar. */
  private boolean encodeInOrder(float[] from, int count, ByteBuffer bytes) {
    boolean finite = true;
    for (int i = 0; i < count; i++) {
      int bits = Float.floatToRawIntBits(from[i]);
      int stored = this == BF16 ? toBfloat(bits) : toHalf(from[i], bits);
      int exponent = this == BF16 ? 0x7f80 : 0x7c00;
      finite &= (bits & EXPONENT) != EXPONENT && (stored & exponent) != exponent;
      bytes.putShort(bytes.position() + 2 * i, (short) stored);
    }
    return finite;
  }

  private static int toBfloat(int bits) {
    return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }

  private static int toHalf(float x, int bits) {
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x477ff000) {
      return sign | 0x7c00;
    }
    if (magnitude < 0x38800000) {
      return sign | (Float.floatToRawIntBits(Math.abs(x) + 0.5f) - 0x3f000000);
    }
    return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
  }

  private static int carries(int[] words, int count, int exponent, int one) {
    int all = 0;
    for (int i = 0; i < count; i++) {
      all |= (words[i] & exponent) + one;
    }
    return all;
  }
}
