package io.medforge.merge.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.checkpoint.CheckpointFusionTest.Obvious;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Differences of F32 can overflow; then the threshold may be infinite. */
class TiesRuleTest {
  private static final float HUGE = 3e38f;

  /** How many elements of a tensor are far from the base's. */
  private enum Far {
    NONE,
    FEW,
    HALF,
    ALL;

    double part(int n) {
      return switch (this) {
        case NONE -> 0;
        case FEW -> 3.0 / n;
        case HALF -> 0.5;
        case ALL -> 1;
      };
    }
  }

  @Property(tries = 60)
  void keepsWhatTheObviousVersionKeepsWhereDifferencesOverflow(
      @ForAll @IntRange(min = 1, max = 2 * TilePool.TILE + 77) int n,
      @ForAll @IntRange(min = 1, max = 700) int piece,
      @ForAll Far first,
      @ForAll Far second,
      @ForAll long seed) {
    Random random = new Random(seed);
    Tensor[] x = {base(n, random), tensor(n, random, first), tensor(n, random, second)};
    double[] weights = random.doubles(2, 0.1, 1).toArray();
    // One element of each at least, all of them at most, often about half.
    double[] densities = {random.nextDouble(1e-9, 1.2), random.nextDouble(0.4, 0.6)};

    float[] merged = merged(x, weights, densities, piece);

    float[] expected = Obvious.ties(x, weights, densities, 1.1f);
    for (int i = 0; i < n; i++) {
      if (Float.isFinite(expected[i])) {
        assertThat(merged[i]).as("%d of %d", i, n).isEqualTo(expected[i]);
      } else {
        assertThat(Float.isFinite(merged[i])).as("%d of %d is %s", i, n, merged[i]).isFalse();
      }
    }
  }

  /** Every difference is infinite, and an element and more is kept: the first by index. */
  @Test
  void keepsNoMoreOfInfiniteDifferencesThanTheDensitySays() {
    int n = TilePool.TILE + 10;
    Tensor[] x = {constant(n, -HUGE), constant(n, HUGE)};
    for (double density : new double[] {1e-9, 0.5, 0.9999, 1}) {
      int kept = Math.max(1, (int) (density * n));
      for (int piece : new int[] {1, 7, n}) {
        float[] merged = merged(x, new double[] {1}, new double[] {density}, piece);
        for (int i = 0; i < n; i++) {
          assertThat(merged[i]).isEqualTo(i < kept ? Float.POSITIVE_INFINITY : -HUGE);
        }
      }
    }
  }

  @Test
  void refusesTheTileThatKeepsAnInfiniteDifferenceAndNoOther() {
    int n = 3 * TilePool.TILE;
    Tensor base = constant(n, -HUGE);
    Tensor far = constant(n, HUGE);
    Tensor merged =
        CheckpointFusion.ties()
            .density(0.5)
            .build()
            .merge(model("base", base), List.of(model("centre", far)))
            .tensors()
            .get("w");
    assertThat(read(merged, 3 * TilePool.TILE / 2, n)).containsOnly(-HUGE);
    assertThatThrownBy(() -> read(merged, 0, n))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessage(
            "expected results within the range of F32, found greater ones among elements 0 to "
                + (TilePool.TILE - 1)
                + ", at tensor w");
  }

  private static float[] merged(Tensor[] x, double[] weights, double[] densities, int piece) {
    float[] w = new float[weights.length];
    double[] bounded = new double[weights.length];
    for (int k = 0; k < w.length; k++) {
      w[k] = (float) weights[k];
      bounded[k] = Math.min(1, densities[k]);
    }
    int n = (int) x[0].shape().elements();
    List<String> names = Arrays.asList("base", "one", "two").subList(0, x.length);
    TileRule rule =
        new TiesRule(w, bounded, 1.1f, true)
            .prepare(new TensorSources("w", names, List.of(x), new TilePool(x.length)));
    float[] merged = new float[n];
    for (int at = 0; at < n; at += piece) {
      int count = Math.min(piece, n - at);
      float[][] tiles = new float[x.length][count];
      for (int k = 0; k < x.length; k++) {
        x[k].read(at, tiles[k], 0, count);
      }
      float[] out = new float[count];
      rule.combine(at, tiles, out, count);
      System.arraycopy(out, 0, merged, at, count);
    }
    return merged;
  }

  private static Tensor base(int n, Random random) {
    double[] values = new double[n];
    Arrays.setAll(values, i -> random.nextBoolean() ? -HUGE : HUGE);
    return Tensor.encode(DType.F32, Shape.of(n), values);
  }

  private static Tensor constant(int n, float value) {
    double[] values = new double[n];
    Arrays.fill(values, value);
    return Tensor.encode(DType.F32, Shape.of(n), values);
  }

  /** What is near 0 differs from the base by about 3e38, of which half are equal. */
  private static Tensor tensor(int n, Random random, Far far) {
    double[] values = new double[n];
    Arrays.setAll(
        values,
        i ->
            random.nextDouble() < far.part(n)
                ? (random.nextBoolean() ? -HUGE : HUGE)
                : random.nextBoolean() ? 0 : 1e37 * random.nextGaussian());
    return Tensor.encode(DType.F32, Shape.of(n), values);
  }

  private static ModelTensors model(String name, Tensor tensor) {
    return new ModelTensors(name, new TreeMap<>(Map.of("w", tensor)));
  }

  private static float[] read(Tensor tensor, int from, int to) {
    float[] values = new float[to - from];
    tensor.read(from, values, 0, values.length);
    return values;
  }
}
