package io.medforge.merge.kernel;

import java.util.Optional;

/** Chooses implementations, once per JVM. */
final class NarrowSums {
  static final NarrowSum BFLOATS =
      vector(FloatFormat.BF16).orElseGet(() -> NarrowSum.plain(FloatFormat.BF16));

  static final NarrowSum HALVES =
      NarrowSum.converting()
          .or(() -> vector(FloatFormat.F16))
          .orElseGet(() -> NarrowSum.plain(FloatFormat.F16));

  private NarrowSums() {}

  static boolean isVector(NarrowSum sum) {
    return !(sum instanceof PlainSum);
  }

  static Optional<NarrowSum> vector(FloatFormat format) {
    return VectorCode.Loaded.CODE.map(
        code -> new TiledSum(code.arrays(format), NarrowSum.plain(format)));
  }
}
