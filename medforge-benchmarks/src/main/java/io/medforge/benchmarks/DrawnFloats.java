package io.medforge.benchmarks;

/** The numbers of {@code peers/kernels.c}: fast to draw, in (-1, 1), and never subnormal. */
final class DrawnFloats {
  private DrawnFloats() {}

  static void fill(int seed, float[] values) {
    int state = seed;
    for (int i = 0; i < values.length; i++) {
      state = state * 1664525 + 1013904223;
      values[i] = (state >>> 8) / 8388608f - 1f + 0x1p-8f;
    }
  }
}
