package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class MagnitudeSelectionTest {
  @Property(tries = 60)
  void isWhatSortingFinds(
      @ForAll @IntRange(min = 1, max = 300) int n,
      @ForAll @IntRange(min = 1, max = 300) int piece,
      @ForAll boolean coarse,
      @ForAll long seed) {
    CounterRandom random = new CounterRandom(seed);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      // Coarse values tie often, and reach subnormals, zeros of both signs and the largest float.
      x[i] =
          coarse
              ? new float[] {0f, -0f, 1f, -1f, Float.MIN_VALUE, -Float.MAX_VALUE, 1.0000001f}
                  [(int) (random.uniform(i) * 7)]
              : (float) (random.uniform(i) - 0.5);
    }
    int m = 1 + (int) (random.uniform(n) * n);
    int other = 1 + (int) (random.uniform(n + 1) * n);
    MagnitudeSelection selection = new MagnitudeSelection(m, other);
    pieces(x, piece, selection::countHigh);
    selection.narrow();
    pieces(x, piece, selection::countLow);
    check(x, m, selection, 0);
    check(x, other, selection, 1);
  }

  @Property(tries = 200)
  void keepsWhatIsAboveAThreshold(@ForAll long seed) {
    CounterRandom random = new CounterRandom(seed);
    int threshold = (int) (random.uniform(0) * 0x7f800000);
    float[] x = new float[67];
    for (int i = 0; i < x.length; i++) {
      // Next to the threshold, anywhere, subnormal, infinite; of both signs.
      int magnitude =
          switch (i % 4) {
            case 0 -> Math.max(0, threshold + i % 3 - 1);
            case 1 -> (int) (random.uniform(i) * 0x7f800000);
            case 2 -> (int) (random.uniform(i) * 0x00800000);
            default -> 0x7f800000;
          };
      x[i] = Float.intBitsToFloat(random.uniform(100 + i) < 0.5 ? magnitude : magnitude | 1 << 31);
    }
    float[] kept = x.clone();

    MagnitudeSelection.keepAbove(threshold, kept, x.length);

    for (int i = 0; i < x.length; i++) {
      float expected = Math.abs(x[i]) > Float.intBitsToFloat(threshold) ? x[i] : 0f;
      assertThat(kept[i] + 0f).as("%h of %h", x[i], threshold).isEqualTo(expected);
    }
  }

  private static void check(float[] x, int m, MagnitudeSelection selection, int r) {
    float[] sorted = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      sorted[i] = Math.abs(x[i]);
    }
    Arrays.sort(sorted);
    float threshold = sorted[x.length - m];
    int above = 0;
    int equal = 0;
    for (float magnitude : sorted) {
      above += magnitude > threshold ? 1 : 0;
      equal += magnitude == threshold ? 1 : 0;
    }
    assertThat(Float.intBitsToFloat(selection.thresholdBits(r))).isEqualTo(threshold);
    assertThat(selection.above(r)).isEqualTo(above);
    assertThat(selection.equal(r)).isEqualTo(equal);
  }

  private static void pieces(float[] x, int piece, Counting counting) {
    for (int at = 0; at < x.length; at += piece) {
      int n = Math.min(piece, x.length - at);
      counting.count(Arrays.copyOfRange(x, at, at + n), n);
    }
  }

  private interface Counting {
    void count(float[] x, int count);
  }
}
