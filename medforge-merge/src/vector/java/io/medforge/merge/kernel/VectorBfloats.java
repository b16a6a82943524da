package io.medforge.merge.kernel;

import static io.medforge.merge.kernel.VectorMemory.GET_INTS;
import static io.medforge.merge.kernel.VectorMemory.PUT_INTS;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.OR;

import java.nio.ByteBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sum of BF16 elements of buffers by the Vector API. Two at a time are an int: the element at
 * an odd place is its upper half, which is a float as it stands, that at an even place its lower
 * half, which is one when shifted.
 *
 * <p>Up to four inputs are summed at once. More are added two at a time to floats that stay in the
 * first-level cache.
 *
 * <p>Rounded to nearest even, bits become {@code (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16}.
 * Whether results are finite is seen from all exponents at once: one of all ones carries into the
 * bit above it. An input that is not finite makes a sum that is not, whatever its weight.
 *
 * <p>The loops are alike and do not share methods: see {@link VectorMemory}.
 */
final class VectorBfloats implements BufferSum {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int STEP = INTS.vectorByteSize();

  private static final int UPPER = 0xffff0000;
  private static final int BELOW_HALF = 0x7fff;
  private static final int EXPONENTS = 0x7f807f80;
  private static final int CARRY = 0x00800080;
  private static final int CARRIED = 0x80008000;

  /** Bytes of each input between which floats stay in the first-level cache. */
  private static final int TILE = 2048;

  private final NarrowSum plain = NarrowSum.plain(FloatFormat.BF16);

  @Override
  public boolean sum(float[] w, ByteBuffer[] inputs, ByteBuffer out, int count) {
    long all = 2L * count;
    Object[] x = new Object[inputs.length];
    Arrays.setAll(x, k -> VectorMemory.of(inputs[k], all));
    Object sum = VectorMemory.of(out, all);
    int bytes = (int) all;
    int whole = bytes - bytes % STEP;
    boolean finite;
    try {
      finite = sum(w, x, sum, whole);
    } catch (Throwable e) {
      throw VectorMemory.unchecked(e);
    }
    return finite
        && (whole == bytes || NarrowSums.sumRest(plain, w, inputs, out, whole / 2, count));
  }

  private static boolean sum(float[] w, Object[] x, Object out, int bytes) throws Throwable {
    return switch (x.length) {
      case 1 -> round(w[0], x[0], out, bytes);
      case 2 -> round(w[0], x[0], w[1], x[1], out, bytes);
      case 3 -> round(w[0], x[0], w[1], x[1], w[2], x[2], out, bytes);
      case 4 -> round(w[0], x[0], w[1], x[1], w[2], x[2], w[3], x[3], out, bytes);
      default -> sumTiles(w, x, out, bytes);
    };
  }

  /** The first inputs, so that the others are even in number; then those, two at a time. */
  private static boolean sumTiles(float[] w, Object[] x, Object out, int bytes) throws Throwable {
    float[] lower = new float[TILE / 4];
    float[] upper = new float[TILE / 4];
    int last = x.length - 2;
    boolean finite = true;
    for (int from = 0; from < bytes; from += TILE) {
      int n = Math.min(TILE, bytes - from);
      int k = 2 + x.length % 2;
      if (k == 2) {
        store(w[0], x[0], w[1], x[1], from, n, lower, upper);
      } else {
        store(w[0], x[0], w[1], x[1], w[2], x[2], from, n, lower, upper);
      }
      for (; k < last; k += 2) {
        add(w[k], x[k], w[k + 1], x[k + 1], from, n, lower, upper);
      }
      finite &= round(lower, upper, w[k], x[k], w[k + 1], x[k + 1], out, from, n);
    }
    return finite;
  }

  private static boolean round(float w, Object x, Object out, int bytes) throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    IntVector one = IntVector.broadcast(INTS, 1);
    IntVector below = IntVector.broadcast(INTS, BELOW_HALF);
    IntVector exponents = IntVector.broadcast(INTS, EXPONENTS);
    IntVector carry = IntVector.broadcast(INTS, CARRY);
    IntVector mask = IntVector.broadcast(INTS, UPPER);
    IntVector seen = IntVector.zero(INTS);
    for (int at = 0; at < bytes; at += STEP) {
      IntVector a = (IntVector) GET_INTS.invokeExact(x, at);
      IntVector lower = a.lanewise(LSHL, 16).reinterpretAsFloats().mul(ws).reinterpretAsInts();
      IntVector upper = a.and(mask).reinterpretAsFloats().mul(ws).reinterpretAsInts();
      lower = lower.add(below).add(lower.lanewise(LSHR, 16).and(one)).lanewise(LSHR, 16);
      upper = upper.add(below).add(upper.lanewise(LSHR, 16).and(one)).and(mask);
      IntVector sum = lower.or(upper);
      seen = seen.or(sum.and(exponents).add(carry));
      PUT_INTS.invokeExact(sum, out, at);
    }
    return (seen.reduceLanes(OR) & CARRIED) == 0;
  }

  private static boolean round(float w, Object x, float v, Object y, Object out, int bytes)
      throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector vs = FloatVector.broadcast(FLOATS, v);
    IntVector one = IntVector.broadcast(INTS, 1);
    IntVector below = IntVector.broadcast(INTS, BELOW_HALF);
    IntVector exponents = IntVector.broadcast(INTS, EXPONENTS);
    IntVector carry = IntVector.broadcast(INTS, CARRY);
    IntVector mask = IntVector.broadcast(INTS, UPPER);
    IntVector seen = IntVector.zero(INTS);
    for (int at = 0; at < bytes; at += STEP) {
      IntVector a = (IntVector) GET_INTS.invokeExact(x, at);
      IntVector b = (IntVector) GET_INTS.invokeExact(y, at);
      IntVector lower =
          a.lanewise(LSHL, 16)
              .reinterpretAsFloats()
              .mul(ws)
              .add(b.lanewise(LSHL, 16).reinterpretAsFloats().mul(vs))
              .reinterpretAsInts();
      IntVector upper =
          a.and(mask)
              .reinterpretAsFloats()
              .mul(ws)
              .add(b.and(mask).reinterpretAsFloats().mul(vs))
              .reinterpretAsInts();
      lower = lower.add(below).add(lower.lanewise(LSHR, 16).and(one)).lanewise(LSHR, 16);
      upper = upper.add(below).add(upper.lanewise(LSHR, 16).and(one)).and(mask);
      IntVector sum = lower.or(upper);
      seen = seen.or(sum.and(exponents).add(carry));
      PUT_INTS.invokeExact(sum, out, at);
    }
    return (seen.reduceLanes(OR) & CARRIED) == 0;
  }

  private static boolean round(
      float w, Object x, float v, Object y, float u, Object z, Object out, int bytes)
      throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector vs = FloatVector.broadcast(FLOATS, v);
    FloatVector us = FloatVector.broadcast(FLOATS, u);
    IntVector one = IntVector.broadcast(INTS, 1);
    IntVector below = IntVector.broadcast(INTS, BELOW_HALF);
    IntVector exponents = IntVector.broadcast(INTS, EXPONENTS);
    IntVector carry = IntVector.broadcast(INTS, CARRY);
    IntVector mask = IntVector.broadcast(INTS, UPPER);
    IntVector seen = IntVector.zero(INTS);
    for (int at = 0; at < bytes; at += STEP) {
      IntVector a = (IntVector) GET_INTS.invokeExact(x, at);
      IntVector b = (IntVector) GET_INTS.invokeExact(y, at);
      IntVector c = (IntVector) GET_INTS.invokeExact(z, at);
      IntVector lower =
          a.lanewise(LSHL, 16)
              .reinterpretAsFloats()
              .mul(ws)
              .add(b.lanewise(LSHL, 16).reinterpretAsFloats().mul(vs))
              .add(c.lanewise(LSHL, 16).reinterpretAsFloats().mul(us))
              .reinterpretAsInts();
      IntVector upper =
          a.and(mask)
              .reinterpretAsFloats()
              .mul(ws)
              .add(b.and(mask).reinterpretAsFloats().mul(vs))
              .add(c.and(mask).reinterpretAsFloats().mul(us))
              .reinterpretAsInts();
      lower = lower.add(below).add(lower.lanewise(LSHR, 16).and(one)).lanewise(LSHR, 16);
      upper = upper.add(below).add(upper.lanewise(LSHR, 16).and(one)).and(mask);
      IntVector sum = lower.or(upper);
      seen = seen.or(sum.and(exponents).add(carry));
      PUT_INTS.invokeExact(sum, out, at);
    }
    return (seen.reduceLanes(OR) & CARRIED) == 0;
  }

  private static boolean round(
      float w,
      Object x,
      float v,
      Object y,
      float u,
      Object z,
      float t,
      Object q,
      Object out,
      int bytes)
      throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector vs = FloatVector.broadcast(FLOATS, v);
    FloatVector us = FloatVector.broadcast(FLOATS, u);
    FloatVector ts = FloatVector.broadcast(FLOATS, t);
    IntVector one = IntVector.broadcast(INTS, 1);
    IntVector below = IntVector.broadcast(INTS, BELOW_HALF);
    IntVector exponents = IntVector.broadcast(INTS, EXPONENTS);
    IntVector carry = IntVector.broadcast(INTS, CARRY);
    IntVector mask = IntVector.broadcast(INTS, UPPER);
    IntVector seen = IntVector.zero(INTS);
    for (int at = 0; at < bytes; at += STEP) {
      IntVector a = (IntVector) GET_INTS.invokeExact(x, at);
      IntVector b = (IntVector) GET_INTS.invokeExact(y, at);
      IntVector c = (IntVector) GET_INTS.invokeExact(z, at);
      IntVector d = (IntVector) GET_INTS.invokeExact(q, at);
      IntVector lower =
          a.lanewise(LSHL, 16)
              .reinterpretAsFloats()
              .mul(ws)
              .add(b.lanewise(LSHL, 16).reinterpretAsFloats().mul(vs))
              .add(c.lanewise(LSHL, 16).reinterpretAsFloats().mul(us))
              .add(d.lanewise(LSHL, 16).reinterpretAsFloats().mul(ts))
              .reinterpretAsInts();
      IntVector upper =
          a.and(mask)
              .reinterpretAsFloats()
              .mul(ws)
              .add(b.and(mask).reinterpretAsFloats().mul(vs))
              .add(c.and(mask).reinterpretAsFloats().mul(us))
              .add(d.and(mask).reinterpretAsFloats().mul(ts))
              .reinterpretAsInts();
      lower = lower.add(below).add(lower.lanewise(LSHR, 16).and(one)).lanewise(LSHR, 16);
      upper = upper.add(below).add(upper.lanewise(LSHR, 16).and(one)).and(mask);
      IntVector sum = lower.or(upper);
      seen = seen.or(sum.and(exponents).add(carry));
      PUT_INTS.invokeExact(sum, out, at);
    }
    return (seen.reduceLanes(OR) & CARRIED) == 0;
  }

  private static void store(
      float w, Object x, float v, Object y, int from, int n, float[] lowers, float[] uppers)
      throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector vs = FloatVector.broadcast(FLOATS, v);
    IntVector mask = IntVector.broadcast(INTS, UPPER);
    for (int j = 0; j < n; j += STEP) {
      IntVector a = (IntVector) GET_INTS.invokeExact(x, from + j);
      IntVector b = (IntVector) GET_INTS.invokeExact(y, from + j);
      a.lanewise(LSHL, 16)
          .reinterpretAsFloats()
          .mul(ws)
          .add(b.lanewise(LSHL, 16).reinterpretAsFloats().mul(vs))
          .intoArray(lowers, j / 4);
      a.and(mask)
          .reinterpretAsFloats()
          .mul(ws)
          .add(b.and(mask).reinterpretAsFloats().mul(vs))
          .intoArray(uppers, j / 4);
    }
  }

  private static void store(
      float w,
      Object x,
      float v,
      Object y,
      float u,
      Object z,
      int from,
      int n,
      float[] lowers,
      float[] uppers)
      throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector vs = FloatVector.broadcast(FLOATS, v);
    FloatVector us = FloatVector.broadcast(FLOATS, u);
    IntVector mask = IntVector.broadcast(INTS, UPPER);
    for (int j = 0; j < n; j += STEP) {
      IntVector a = (IntVector) GET_INTS.invokeExact(x, from + j);
      IntVector b = (IntVector) GET_INTS.invokeExact(y, from + j);
      IntVector c = (IntVector) GET_INTS.invokeExact(z, from + j);
      a.lanewise(LSHL, 16)
          .reinterpretAsFloats()
          .mul(ws)
          .add(b.lanewise(LSHL, 16).reinterpretAsFloats().mul(vs))
          .add(c.lanewise(LSHL, 16).reinterpretAsFloats().mul(us))
          .intoArray(lowers, j / 4);
      a.and(mask)
          .reinterpretAsFloats()
          .mul(ws)
          .add(b.and(mask).reinterpretAsFloats().mul(vs))
          .add(c.and(mask).reinterpretAsFloats().mul(us))
          .intoArray(uppers, j / 4);
    }
  }

  private static void add(
      float w, Object x, float v, Object y, int from, int n, float[] lowers, float[] uppers)
      throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector vs = FloatVector.broadcast(FLOATS, v);
    IntVector mask = IntVector.broadcast(INTS, UPPER);
    for (int j = 0; j < n; j += STEP) {
      IntVector a = (IntVector) GET_INTS.invokeExact(x, from + j);
      IntVector b = (IntVector) GET_INTS.invokeExact(y, from + j);
      FloatVector.fromArray(FLOATS, lowers, j / 4)
          .add(a.lanewise(LSHL, 16).reinterpretAsFloats().mul(ws))
          .add(b.lanewise(LSHL, 16).reinterpretAsFloats().mul(vs))
          .intoArray(lowers, j / 4);
      FloatVector.fromArray(FLOATS, uppers, j / 4)
          .add(a.and(mask).reinterpretAsFloats().mul(ws))
          .add(b.and(mask).reinterpretAsFloats().mul(vs))
          .intoArray(uppers, j / 4);
    }
  }

  private static boolean round(
      float[] lowers,
      float[] uppers,
      float w,
      Object x,
      float v,
      Object y,
      Object out,
      int from,
      int n)
      throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector vs = FloatVector.broadcast(FLOATS, v);
    IntVector one = IntVector.broadcast(INTS, 1);
    IntVector below = IntVector.broadcast(INTS, BELOW_HALF);
    IntVector exponents = IntVector.broadcast(INTS, EXPONENTS);
    IntVector carry = IntVector.broadcast(INTS, CARRY);
    IntVector mask = IntVector.broadcast(INTS, UPPER);
    IntVector seen = IntVector.zero(INTS);
    for (int j = 0; j < n; j += STEP) {
      IntVector a = (IntVector) GET_INTS.invokeExact(x, from + j);
      IntVector b = (IntVector) GET_INTS.invokeExact(y, from + j);
      IntVector lower =
          FloatVector.fromArray(FLOATS, lowers, j / 4)
              .add(a.lanewise(LSHL, 16).reinterpretAsFloats().mul(ws))
              .add(b.lanewise(LSHL, 16).reinterpretAsFloats().mul(vs))
              .reinterpretAsInts();
      IntVector upper =
          FloatVector.fromArray(FLOATS, uppers, j / 4)
              .add(a.and(mask).reinterpretAsFloats().mul(ws))
              .add(b.and(mask).reinterpretAsFloats().mul(vs))
              .reinterpretAsInts();
      lower = lower.add(below).add(lower.lanewise(LSHR, 16).and(one)).lanewise(LSHR, 16);
      upper = upper.add(below).add(upper.lanewise(LSHR, 16).and(one)).and(mask);
      IntVector sum = lower.or(upper);
      seen = seen.or(sum.and(exponents).add(carry));
      PUT_INTS.invokeExact(sum, out, from + j);
    }
    return (seen.reduceLanes(OR) & CARRIED) == 0;
  }
}
