package io.medforge.merge.kernel;

import java.util.Optional;

/**
 * The sums of a {@link NarrowSum} over arrays: the one form of memory that the Vector API reads
 * alike on JDK 17 and on later ones. Stateless.
 */
interface ArraySums {
  /** How many elements are taken at a time: counts are multiples of it. */
  int step();

  /** The sum of these arrays; empty for weights that this has no code for. */
  Optional<Sum> of(float[] weights, short[][] inputs, short[] out);

  /** A sum of given arrays, for one thread. */
  @FunctionalInterface
  interface Sum {
    /** Sums elements from index 0 on; gives whether all is finite. */
    boolean sum(int count);
  }
}
