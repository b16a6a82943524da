package io.medforge.merge.kernel;

import java.util.Arrays;

/**
 * Finds the exact magnitude that separates the largest m elements of a float array from the rest,
 * in two passes over pieces of it, whatever its length: a radix selection over the bit patterns of
 * |x|, which for floats are ordered as the magnitudes are. Not thread-safe.
 *
 * <p>Feed every piece to {@link #countHigh}, call {@link #narrow}, feed every piece to {@link
 * #countLow}, then ask {@link #thresholdBits} and {@link #above}. Several m are found in the same
 * two passes.
 */
public final class MagnitudeSelection {
  private static final int LOW_BITS = 15;
  private static final int HIGH_BUCKETS = 1 << 16;
  private static final int LOW_BUCKETS = 1 << LOW_BITS;
  private static final int MAGNITUDE = 0x7fffffff;

  private final long[] ranks;
  private final long[] high = new long[HIGH_BUCKETS];
  private final int[] bucket;
  private final long[] aboveBucket;
  private final long[][] low;

  /**
   * Starts.
   *
   * @param ranks m, each at least 1 and at most the number of elements
   */
  public MagnitudeSelection(long... ranks) {
    this.ranks = ranks.clone();
    this.bucket = new int[ranks.length];
    this.aboveBucket = new long[ranks.length];
    this.low = new long[ranks.length][];
  }

  /**
   * First pass.
   *
   * @param x elements, finite
   * @param count how many, from index 0 on
   */
  public void countHigh(float[] x, int count) {
    for (int i = 0; i < count; i++) {
      high[(Float.floatToRawIntBits(x[i]) & MAGNITUDE) >>> LOW_BITS]++;
    }
  }

  /** Ends the first pass: finds the bucket of each rank. */
  public void narrow() {
    for (int r = 0; r < ranks.length; r++) {
      long above = 0;
      int at = HIGH_BUCKETS - 1;
      while (above + high[at] < ranks[r]) {
        above += high[at];
        at--;
      }
      bucket[r] = at;
      aboveBucket[r] = above;
      low[r] = new long[LOW_BUCKETS];
    }
  }

  /**
   * Second pass.
   *
   * @param x the same elements
   * @param count how many, from index 0 on
   */
  public void countLow(float[] x, int count) {
    for (int r = 0; r < ranks.length; r++) {
      long[] counts = low[r];
      int wanted = bucket[r];
      for (int i = 0; i < count; i++) {
        int bits = Float.floatToRawIntBits(x[i]) & MAGNITUDE;
        if (bits >>> LOW_BITS == wanted) {
          counts[bits & (LOW_BUCKETS - 1)]++;
        }
      }
    }
  }

  /**
   * The magnitude of the m-th largest element.
   *
   * @param r which rank
   * @return the bits of |x|
   */
  public int thresholdBits(int r) {
    return bucket[r] << LOW_BITS | lowBucket(r);
  }

  /**
   * How many elements are larger than the threshold.
   *
   * @param r which rank
   * @return below m
   */
  public long above(int r) {
    long above = aboveBucket[r];
    int threshold = lowBucket(r);
    for (int i = LOW_BUCKETS - 1; i > threshold; i--) {
      above += low[r][i];
    }
    return above;
  }

  /**
   * How many elements equal the threshold.
   *
   * @param r which rank
   * @return at least m minus {@link #above}
   */
  public long equal(int r) {
    return low[r][lowBucket(r)];
  }

  /**
   * Keeps the elements whose magnitude is greater than a threshold, and makes zeros of the others,
   * of either sign. Without a branch, as {@link SignElection} does.
   *
   * @param bits the bits of the threshold, finite
   * @param x elements, not NaN; overwritten
   * @param count how many, from index 0 on
   */
  public static void keepAbove(int bits, float[] x, int count) {
    float threshold = Float.intBitsToFloat(bits);
    for (int i = 0; i < count; i++) {
      float above = (Math.abs(x[i]) - threshold) * SignElection.LARGE * SignElection.LARGE;
      x[i] = Math.max(0f, Math.min(1f, above)) * x[i];
    }
  }

  private int lowBucket(int r) {
    long missing = ranks[r] - aboveBucket[r];
    int at = LOW_BUCKETS - 1;
    for (long seen = low[r][at]; seen < missing; seen += low[r][at]) {
      at--;
    }
    return at;
  }

  @Override
  public String toString() {
    return "the largest " + Arrays.toString(ranks);
  }
}
