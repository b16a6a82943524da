package io.medforge.merge.kernel;

import static io.medforge.merge.kernel.VectorMemory.get;
import static io.medforge.merge.kernel.VectorMemory.put;
import static jdk.incubator.vector.VectorOperators.ADD;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sum of F32 elements of buffers by the Vector API. HotSpot makes no vector code of loops over
 * buffers, so plain code would have to copy them to arrays and back.
 */
final class VectorFloats implements BufferSum {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  private static final int STEP = FLOATS.vectorByteSize();

  /** Bytes of the sum that stay in the first-level cache while more than four inputs are added. */
  private static final int TILE = 4096;

  @Override
  public boolean sum(float[] w, ByteBuffer[] inputs, ByteBuffer out, int count) {
    Object[] x = new Object[inputs.length];
    Arrays.setAll(x, k -> memory(inputs[k], count));
    Object sum = memory(out, count);
    int bytes = Float.BYTES * count;
    int whole = bytes - bytes % STEP;
    int tile = x.length <= 4 ? whole : TILE;
    boolean finite = true;
    for (int from = 0; from < whole; ) {
      int to = from + Math.min(tile, whole - from);
      finite &= sum(w, x, sum, from, to);
      from = to;
    }
    return finite & sumRest(w, inputs, out, whole, bytes);
  }

  /** Checked before anything is stored; no buffer has as many bytes as an int cannot count. */
  private static Object memory(ByteBuffer buffer, int count) {
    Objects.checkFromIndexSize(0, (long) Float.BYTES * count, (long) buffer.remaining());
    return VectorMemory.of(buffer);
  }

  /** What fills no vector. */
  private static boolean sumRest(float[] w, ByteBuffer[] x, ByteBuffer out, int from, int to) {
    boolean finite = true;
    ByteBuffer into = little(out);
    for (int at = from; at < to; at += Float.BYTES) {
      float sum = w[0] * little(x[0]).getFloat(at);
      for (int k = 1; k < x.length; k++) {
        sum = sum + w[k] * little(x[k]).getFloat(at);
      }
      into.putFloat(at, sum);
      finite &= Float.isFinite(sum);
    }
    return finite;
  }

  private static ByteBuffer little(ByteBuffer bytes) {
    return bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The first inputs, so that the others are a multiple of three; then those, to what is there. */
  private static boolean sum(float[] w, Object[] x, Object out, int from, int to) {
    int first = (x.length - 2) % 3 + 2;
    boolean finite =
        switch (first) {
          case 1 -> store(w[0], x[0], out, from, to);
          case 2 -> store(w[0], x[0], w[1], x[1], out, from, to);
          case 3 -> store(w[0], x[0], w[1], x[1], w[2], x[2], out, from, to);
          default -> store(w[0], x[0], w[1], x[1], w[2], x[2], w[3], x[3], out, from, to);
        };
    for (int k = first; k < x.length; k += 3) {
      // Once what is there is what is there, to the bit.
      finite &= store(1, out, w[k], x[k], w[k + 1], x[k + 1], w[k + 2], x[k + 2], out, from, to);
    }
    return finite;
  }

  /** Adds 0 where a value is finite, and NaN where it is not. */
  private static FloatVector check(FloatVector seen, FloatVector sum) {
    return seen.add(sum.sub(sum));
  }

  private static boolean isFinite(FloatVector seen) {
    return seen.reduceLanes(ADD) == 0;
  }

  private static boolean store(float w, Object x, Object out, int from, int to) {
    FloatVector seen = FloatVector.zero(FLOATS);
    for (int at = from; at < to; at += STEP) {
      FloatVector sum = get(x, at).mul(w);
      seen = check(seen, sum);
      put(sum, out, at);
    }
    return isFinite(seen);
  }

  private static boolean store(float w, Object x, float v, Object y, Object out, int from, int to) {
    FloatVector seen = FloatVector.zero(FLOATS);
    for (int at = from; at < to; at += STEP) {
      FloatVector sum = get(x, at).mul(w).add(get(y, at).mul(v));
      seen = check(seen, sum);
      put(sum, out, at);
    }
    return isFinite(seen);
  }

  private static boolean store(
      float w, Object x, float v, Object y, float u, Object z, Object out, int from, int to) {
    FloatVector seen = FloatVector.zero(FLOATS);
    for (int at = from; at < to; at += STEP) {
      FloatVector sum = get(x, at).mul(w).add(get(y, at).mul(v)).add(get(z, at).mul(u));
      seen = check(seen, sum);
      put(sum, out, at);
    }
    return isFinite(seen);
  }

  private static boolean store(
      float w,
      Object x,
      float v,
      Object y,
      float u,
      Object z,
      float t,
      Object q,
      Object out,
      int from,
      int to) {
    FloatVector seen = FloatVector.zero(FLOATS);
    for (int at = from; at < to; at += STEP) {
      FloatVector sum =
          get(x, at).mul(w).add(get(y, at).mul(v)).add(get(z, at).mul(u)).add(get(q, at).mul(t));
      seen = check(seen, sum);
      put(sum, out, at);
    }
    return isFinite(seen);
  }
}
