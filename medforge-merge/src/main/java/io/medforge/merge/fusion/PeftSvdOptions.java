package io.medforge.merge.fusion;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How {@link PeftCompat#svd} works. Immutable.
 *
 * @param scaling the release's convention
 * @param rank {@code svd_rank}, at most min(d, k) of every layer; if empty, the largest rank of the
 *     adapters
 * @param clamp {@code svd_clamp}, 0 to 1: both factors are clamped to plus and minus this quantile
 *     of their entries. The entries are signed, so what PEFT clamps depends on the arbitrary signs
 *     of its singular vectors; with the signs fixed here other entries may be clamped
 */
public record PeftSvdOptions(Scaling scaling, OptionalInt rank, OptionalDouble clamp) {
  /** How the sum is scaled; the releases of PEFT differ. */
  public enum Scaling {
    /** 0.18.1 to 0.20.0: {@code sum w_i s_i^2 B_i A_i}: the scaling counts twice. */
    TWICE_AS_0_20_0,
    /** 0.21.0 and later: {@code sum w_i s_i B_i A_i}. */
    ONCE_AS_0_21_2
  }

  /**
   * Checks the numbers.
   *
   * @param scaling the release's convention
   * @param rank {@code svd_rank}, at least 1, or empty
   * @param clamp {@code svd_clamp}, 0 to 1, or empty
   * @throws IllegalArgumentException if the rank is below 1 or the clamp outside 0 to 1
   */
  public PeftSvdOptions {
    if (rank.isPresent() && rank.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "expected svd_rank of at least 1, found " + rank.getAsInt());
    }
    if (clamp.isPresent() && !(clamp.getAsDouble() >= 0 && clamp.getAsDouble() <= 1)) {
      throw new IllegalArgumentException(
          "expected svd_clamp of 0 to 1, found " + clamp.getAsDouble());
    }
  }

  /**
   * The default rank and no clamp.
   *
   * @param scaling the release's convention
   * @return the options
   */
  public static PeftSvdOptions of(Scaling scaling) {
    return new PeftSvdOptions(scaling, OptionalInt.empty(), OptionalDouble.empty());
  }

  /**
   * These options with a rank.
   *
   * @param svdRank at least 1
   * @return new options
   * @throws IllegalArgumentException if the rank is below 1
   */
  public PeftSvdOptions withRank(int svdRank) {
    return new PeftSvdOptions(scaling, OptionalInt.of(svdRank), clamp);
  }

  /**
   * These options with a clamp.
   *
   * @param svdClamp a quantile, 0 to 1
   * @return new options
   * @throws IllegalArgumentException if it lies outside its range
   */
  public PeftSvdOptions withClamp(double svdClamp) {
    return new PeftSvdOptions(scaling, rank, OptionalDouble.of(svdClamp));
  }
}
