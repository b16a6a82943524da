package io.medforge.merge.kernel;

import java.util.Arrays;

/**
 * {@code out = w_0 x_0 + w_1 x_1 + ...} over float arrays: multiply, then add, in the order of the
 * inputs, each operation rounded to float. The bits are those of the obvious loop. Stateless.
 */
public final class WeightedSum {
  /*
   * HotSpot turns these loops into vector code if a body reads at most four inputs and indexes all
   * arrays alike (JDK 17 gives up on longer bodies). More inputs go four at a time over tiles that
   * stay in the first-level cache, so that main memory is read and written once.
   */
  private static final int TILE = 4096;

  private WeightedSum() {}

  /**
   * Computes the sum.
   *
   * @param weights w, at least as many as inputs
   * @param inputs x, each at least {@code count} long; none may be {@code out}
   * @param out receives the sum; zeros if there are no inputs
   * @param count how many elements, from index 0 on
   */
  public static void of(float[] weights, float[][] inputs, float[] out, int count) {
    if (inputs.length <= 4) {
      first(weights, inputs, out, 0, count);
      return;
    }
    for (int from = 0; from < count; from += TILE) {
      int to = Math.min(count, from + TILE);
      first(weights, inputs, out, from, to);
      for (int k = 4; k < inputs.length; k += 4) {
        more(weights, inputs, k, out, from, to);
      }
    }
  }

  /** Stores the sum of the first inputs, at most four. */
  private static void first(float[] w, float[][] x, float[] out, int from, int to) {
    switch (Math.min(4, x.length)) {
      case 0 -> Arrays.fill(out, from, to, 0f);
      case 1 -> store(w[0], x[0], out, from, to);
      case 2 -> store(w[0], x[0], w[1], x[1], out, from, to);
      case 3 -> store(w[0], x[0], w[1], x[1], w[2], x[2], out, from, to);
      default -> store(w[0], x[0], w[1], x[1], w[2], x[2], w[3], x[3], out, from, to);
    }
  }

  /** Adds inputs k, k + 1, ..., at most four. */
  private static void more(float[] w, float[][] x, int k, float[] out, int from, int to) {
    switch (Math.min(4, x.length - k)) {
      case 1 -> add(w[k], x[k], out, from, to);
      case 2 -> add(w[k], x[k], w[k + 1], x[k + 1], out, from, to);
      case 3 -> add(w[k], x[k], w[k + 1], x[k + 1], w[k + 2], x[k + 2], out, from, to);
      default ->
          add(
              w[k], x[k], w[k + 1], x[k + 1], w[k + 2], x[k + 2], w[k + 3], x[k + 3], out, from,
              to);
    }
  }

  private static void store(float w, float[] x, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = w * x[i];
    }
  }

  private static void store(float w, float[] x, float v, float[] y, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = w * x[i] + v * y[i];
    }
  }

  private static void store(
      float w, float[] x, float v, float[] y, float u, float[] z, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = w * x[i] + v * y[i] + u * z[i];
    }
  }

  private static void store(
      float w,
      float[] x,
      float v,
      float[] y,
      float u,
      float[] z,
      float t,
      float[] q,
      float[] out,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      out[i] = w * x[i] + v * y[i] + u * z[i] + t * q[i];
    }
  }

  private static void add(float w, float[] x, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = out[i] + w * x[i];
    }
  }

  private static void add(float w, float[] x, float v, float[] y, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = out[i] + w * x[i] + v * y[i];
    }
  }

  private static void add(
      float w, float[] x, float v, float[] y, float u, float[] z, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = out[i] + w * x[i] + v * y[i] + u * z[i];
    }
  }

  private static void add(
      float w,
      float[] x,
      float v,
      float[] y,
      float u,
      float[] z,
      float t,
      float[] q,
      float[] out,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      out[i] = out[i] + w * x[i] + v * y[i] + u * z[i] + t * q[i];
    }
  }
}
