package io.medforge.merge.kernel;

/**
 * Random numbers by index: number i of a stream is a function of the stream and i alone, so any
 * tiling, order and number of threads draws the same. Immutable.
 *
 * <p>Number i is the i-th output of SplitMix64 started at the stream's key (Steele, Lea and Flood,
 * Fast splittable pseudorandom number generators, OOPSLA 2014; finaliser by Stafford, variant 13).
 */
public final class CounterRandom {
  /*
   * SplitMix64 is a counter through a finaliser: output i = mix(key + (i + 1) gamma). Two streams are
   * one sequence at two offsets; with keys that are themselves hashes, their windows of at most 2^40
   * numbers meet with a probability below 2^-20 even among a thousand streams.
   */
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private final long key;

  /**
   * A stream.
   *
   * @param key which one; should be a hash of what the stream is for
   */
  public CounterRandom(long key) {
    this.key = key;
  }

  /**
   * A number's bits.
   *
   * @param index any
   * @return 64 bits
   */
  public long bits(long index) {
    long z = key + (index + 1) * GAMMA;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /**
   * A number.
   *
   * @param index any
   * @return a multiple of 2^-53, at least 0 and below 1
   */
  public double uniform(long index) {
    return (bits(index) >>> 11) * 0x1p-53;
  }
}
