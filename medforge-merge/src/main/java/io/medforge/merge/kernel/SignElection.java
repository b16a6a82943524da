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
      vote(inputs[k], vote == Vote.WEIGHTED_VALUE ? weights[k] : 1, vote, votes, count);
    }
    Arrays.fill(out, 0, count, 0f);
    for (int k = 0; k < inputs.length; k++) {
      float judged = vote == Vote.WEIGHTED_VALUE ? weights[k] : 1;
      float part = divisor == Divisor.WEIGHTS ? weights[k] : 1;
      add(inputs[k], weights[k], judged, part, votes, out, parts, count);
    }
    if (divisor != Divisor.NONE) {
      divide(out, parts, count);
    }
  }

  private static void vote(float[] x, float w, Vote vote, float[] votes, int count) {
    if (vote == Vote.SIGN) {
      for (int i = 0; i < count; i++) {
        votes[i] += x[i] > 0 ? 1f : x[i] < 0 ? -1f : 0f;
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      votes[i] = votes[i] + w * x[i];
    }
  }

  private static void add(
      float[] x,
      float w,
      float judged,
      float part,
      float[] votes,
      float[] out,
      float[] parts,
      int count) {
    for (int i = 0; i < count; i++) {
      float sign = judged * x[i];
      boolean agrees = votes[i] >= 0 ? sign > 0 : sign < 0;
      out[i] = out[i] + (agrees ? w * x[i] : 0f);
      parts[i] = parts[i] + (agrees ? part : 0f);
    }
  }

  private static void divide(float[] out, float[] parts, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = out[i] / (parts[i] == 0 ? 1f : parts[i]);
    }
  }
}
