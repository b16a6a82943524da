package io.medforge.merge.kernel;

import java.util.Arrays;

/**
 * The disjoint mean of TIES: per element a sign is elected, and only the inputs of that sign are
 * averaged. In float: multiply, then add, in the order of the inputs. Stateless.
 *
 * <p>Yadav et al., TIES-Merging, NeurIPS 2023.
 */
public final class SignElection {
  /** What an input adds to the vote. */
  public enum Vote {
    /** {@code w x}. */
    WEIGHTED_VALUE,
    /** {@code x}. */
    VALUE,
    /** The sign of {@code x}. */
    SIGN
  }

  /** What the sum over the inputs that agree is divided by. */
  public enum Divisor {
    /** The sum of their weights; a sum of zero counts as one. */
    WEIGHTS,
    /** How many they are. */
    COUNT,
    /** Nothing. */
    NONE
  }

  static final float LARGE = 0x1p100f;

  private SignElection() {}

  /**
   * Merges. A vote of zero elects plus; an element of value zero agrees with no sign.
   *
   * @param inputs x, each at least {@code count} long
   * @param weights w, as many
   * @param vote what counts as a vote; with {@link Vote#WEIGHTED_VALUE} an input agrees if {@code w
   *     x} has the sign elected, else if {@code x} has it
   * @param divisor what to divide by
   * @param out receives the mean
   * @param count how many elements, from index 0 on
   */
  public static void merge(
      float[][] inputs, float[] weights, Vote vote, Divisor divisor, float[] out, int count) {
    float[] votes = new float[count];
    float[] parts = new float[count];
    for (int k = 0; k < inputs.length; k++) {
      if (vote == Vote.SIGN) {
        addSigns(inputs[k], votes, count);
      } else {
        add(vote == Vote.WEIGHTED_VALUE ? weights[k] : 1, inputs[k], votes, count);
      }
    }
    elect(votes, count);
    Arrays.fill(out, 0, count, 0f);
    for (int k = 0; k < inputs.length; k++) {
      float judged = vote == Vote.WEIGHTED_VALUE ? weights[k] : 1;
      float part = divisor == Divisor.WEIGHTS ? weights[k] : 1;
      addIfAgrees(inputs[k], weights[k], judged, part, votes, out, parts, count);
    }
    if (divisor != Divisor.NONE) {
      divide(out, parts, count);
    }
  }

  /*
   * Signs of real data are unpredictable, so a branch per element costs more than all arithmetic. These
   * loops have none: 2^200 x, clamped to -1..1, is the sign of any finite float x, exactly, and HotSpot
   * turns max and min into vector code. Multiplying by 0 or 1 is exact as well.
   */

  private static void add(float w, float[] x, float[] votes, int count) {
    for (int i = 0; i < count; i++) {
      votes[i] = votes[i] + w * x[i];
    }
  }

  private static void addSigns(float[] x, float[] votes, int count) {
    for (int i = 0; i < count; i++) {
      votes[i] = votes[i] + Math.max(-1f, Math.min(1f, x[i] * LARGE * LARGE));
    }
  }

  /** 1 where the votes are at least 0, else -1. */
  private static void elect(float[] votes, int count) {
    for (int i = 0; i < count; i++) {
      votes[i] = 1f + 2f * Math.max(-1f, Math.min(0f, votes[i] * LARGE * LARGE));
    }
  }

  private static void addIfAgrees(
      float[] x,
      float w,
      float judged,
      float part,
      float[] elected,
      float[] out,
      float[] parts,
      int count) {
    for (int i = 0; i < count; i++) {
      float sign = judged * x[i] * elected[i];
      float agrees = Math.max(0f, Math.min(1f, sign * LARGE * LARGE));
      out[i] = out[i] + w * (agrees * x[i]);
      parts[i] = parts[i] + agrees * part;
    }
  }

  private static void divide(float[] out, float[] parts, int count) {
    for (int i = 0; i < count; i++) {
      float none = 1f - Math.min(1f, Math.abs(parts[i]) * LARGE * LARGE);
      out[i] = out[i] / (parts[i] + none);
    }
  }
}
