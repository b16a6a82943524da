package io.medforge.merge.kernel;

import static io.medforge.merge.kernel.VectorMemory.GET_FLOATS;
import static io.medforge.merge.kernel.VectorMemory.PUT_FLOATS;
import static jdk.incubator.vector.VectorOperators.ADD;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
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
    // In long, since four times some counts are beyond an int: no buffer has as much.
    long all = (long) Float.BYTES * count;
    Object[] x = new Object[inputs.length];
    Arrays.setAll(x, k -> VectorMemory.of(inputs[k], all));
    Object sum = VectorMemory.of(out, all);
    int bytes = (int) all;
    int whole = bytes - bytes % STEP;
    boolean finite;
    try {
      finite = x.length <= 4 ? store(w, x, sum, 0, whole) : sumTiles(w, x, sum, whole);
    } catch (Throwable e) {
      throw VectorMemory.unchecked(e);
    }
    return finite & sumRest(w, inputs, out, whole, bytes);
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
  private static boolean sumTiles(float[] w, Object[] x, Object out, int bytes) throws Throwable {
    int first = (x.length - 2) % 3 + 2;
    Object[] start = Arrays.copyOf(x, first);
    boolean finite = true;
    for (int from = 0; from < bytes; from += TILE) {
      int to = from + Math.min(TILE, bytes - from);
      finite &= store(w, start, out, from, to);
      for (int k = first; k < x.length; k += 3) {
        // Once what is there is what is there, to the bit.
        finite &= store(1, out, w[k], x[k], w[k + 1], x[k + 1], w[k + 2], x[k + 2], out, from, to);
      }
    }
    return finite;
  }

  private static boolean store(float[] w, Object[] x, Object out, int from, int to)
      throws Throwable {
    return switch (x.length) {
      case 1 -> store(w[0], x[0], out, from, to);
      case 2 -> store(w[0], x[0], w[1], x[1], out, from, to);
      case 3 -> store(w[0], x[0], w[1], x[1], w[2], x[2], out, from, to);
      default -> store(w[0], x[0], w[1], x[1], w[2], x[2], w[3], x[3], out, from, to);
    };
  }

  /*
   * A value minus itself is 0 where it is finite and NaN where it is not; so all are finite where
   * the sum of these differences is 0.
   */

  private static boolean store(float w, Object x, Object out, int from, int to) throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector seen = FloatVector.zero(FLOATS);
    for (int at = from; at < to; at += STEP) {
      FloatVector a = (FloatVector) GET_FLOATS.invokeExact(x, at);
      FloatVector sum = a.mul(ws);
      seen = seen.add(sum.sub(sum));
      PUT_FLOATS.invokeExact(sum, out, at);
    }
    return seen.reduceLanes(ADD) == 0;
  }

  private static boolean store(float w, Object x, float v, Object y, Object out, int from, int to)
      throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector vs = FloatVector.broadcast(FLOATS, v);
    FloatVector seen = FloatVector.zero(FLOATS);
    for (int at = from; at < to; at += STEP) {
      FloatVector a = (FloatVector) GET_FLOATS.invokeExact(x, at);
      FloatVector b = (FloatVector) GET_FLOATS.invokeExact(y, at);
      FloatVector sum = a.mul(ws).add(b.mul(vs));
      seen = seen.add(sum.sub(sum));
      PUT_FLOATS.invokeExact(sum, out, at);
    }
    return seen.reduceLanes(ADD) == 0;
  }

  private static boolean store(
      float w, Object x, float v, Object y, float u, Object z, Object out, int from, int to)
      throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector vs = FloatVector.broadcast(FLOATS, v);
    FloatVector us = FloatVector.broadcast(FLOATS, u);
    FloatVector seen = FloatVector.zero(FLOATS);
    for (int at = from; at < to; at += STEP) {
      FloatVector a = (FloatVector) GET_FLOATS.invokeExact(x, at);
      FloatVector b = (FloatVector) GET_FLOATS.invokeExact(y, at);
      FloatVector c = (FloatVector) GET_FLOATS.invokeExact(z, at);
      FloatVector sum = a.mul(ws).add(b.mul(vs)).add(c.mul(us));
      seen = seen.add(sum.sub(sum));
      PUT_FLOATS.invokeExact(sum, out, at);
    }
    return seen.reduceLanes(ADD) == 0;
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
      int to)
      throws Throwable {
    FloatVector ws = FloatVector.broadcast(FLOATS, w);
    FloatVector vs = FloatVector.broadcast(FLOATS, v);
    FloatVector us = FloatVector.broadcast(FLOATS, u);
    FloatVector ts = FloatVector.broadcast(FLOATS, t);
    FloatVector seen = FloatVector.zero(FLOATS);
    for (int at = from; at < to; at += STEP) {
      FloatVector a = (FloatVector) GET_FLOATS.invokeExact(x, at);
      FloatVector b = (FloatVector) GET_FLOATS.invokeExact(y, at);
      FloatVector c = (FloatVector) GET_FLOATS.invokeExact(z, at);
      FloatVector d = (FloatVector) GET_FLOATS.invokeExact(q, at);
      FloatVector sum = a.mul(ws).add(b.mul(vs)).add(c.mul(us)).add(d.mul(ts));
      seen = seen.add(sum.sub(sum));
      PUT_FLOATS.invokeExact(sum, out, at);
    }
    return seen.reduceLanes(ADD) == 0;
  }
}
