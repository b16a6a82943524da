package io.medforge.merge.fusion;

import java.util.OptionalInt;

/**
 * How many singular values of a merged layer are kept. Immutable.
 *
 * <p>Singular values that cannot be told from zero are never kept: those at or below 2^-52 times
 * the sum of the terms' norms, the rounding error of the merge itself. Their energy is part of what
 * the record states as discarded.
 */
public final class Rank {
  private final String name;
  private final int limit;
  private final double energy;

  private Rank(String name, int limit, double energy) {
    this.name = name;
    this.limit = limit;
    this.energy = energy;
  }

  /**
   * Every singular value other than zero: at most min(d, k, R).
   *
   * @return the exact merge's own rank
   */
  public static Rank full() {
    return new Rank("full", Integer.MAX_VALUE, 1);
  }

  /**
   * At most r singular values; fewer where the merge has fewer.
   *
   * @param r at least 1
   * @return a fixed rank
   * @throws IllegalArgumentException if r is below 1
   */
  public static Rank of(int r) {
    if (r < 1) {
      throw new IllegalArgumentException("expected a rank of at least 1, found " + r);
    }
    return new Rank(Integer.toString(r), r, 1);
  }

  /**
   * The least rank that keeps a part of the energy, the squared Frobenius norm.
   *
   * @param kept the part to keep, above 0 and at most 1
   * @return a rank chosen per layer
   * @throws IllegalArgumentException if the part lies outside its range
   */
  public static Rank energy(double kept) {
    if (!(kept > 0 && kept <= 1)) {
      throw new IllegalArgumentException(
          "expected an energy to keep above 0 and at most 1, found " + kept);
    }
    return new Rank("energy:" + kept, Integer.MAX_VALUE, kept);
  }

  /** The number, if it is one. */
  OptionalInt fixed() {
    return limit == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(limit);
  }

  /** Whether an update of this rank certainly needs no cut. */
  boolean allows(long rank) {
    return rank <= limit && energy == 1;
  }

  /** How many of these to keep: 0 if all are zero. */
  int choose(Spectrum spectrum) {
    int rank = Math.min(limit, spectrum.numericalRank());
    if (energy == 1) {
      return rank;
    }
    int least = 0;
    while (least < rank && 1 - spectrum.discardedEnergy(least) < energy) {
      least++;
    }
    return least;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rank that && name.equals(that.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  /** {@code full}, a number, or {@code energy:} and the part kept. */
  @Override
  public String toString() {
    return name;
  }
}
