package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class UpdateNormTest {
  @Property(tries = 50)
  void ofALowRankUpdateIsThatOfItsProduct(
      @ForAll @IntRange(min = 1, max = 9) int d,
      @ForAll @IntRange(min = 1, max = 9) int k,
      @ForAll @IntRange(min = 1, max = 5) int r,
      @ForAll long seed) {
    Random random = new Random(seed);
    LowRankUpdate update =
        new LowRankUpdate(
            Tensor.of(Shape.of(r, k), random.doubles((long) r * k, -1, 1).toArray()),
            Tensor.of(Shape.of(d, r), random.doubles((long) d * r, -1, 1).toArray()),
            -0.7);
    double norm = norm(TestAdapters.dense(update));
    assertThat(UpdateNorm.of(update)).isCloseTo(norm, within(1e-9 * (1 + norm)));
  }

  @Test
  void ofAnUntrainedUpdateIsZero() {
    LowRankUpdate update =
        new LowRankUpdate(Tensor.of(Shape.of(1, 2), 1f, 2f), Tensor.of(Shape.of(2, 1), 0f, 0f), 1);
    assertThat(UpdateNorm.of(update)).isZero();
  }

  @Test
  void ofWholeTensorsIsTheirOwnBeyondOnePiece() {
    double[] values = new Random(1).doubles(20_001).toArray();
    Tensor tensor = Tensor.of(Shape.of(3, 6667), values);
    assertThat(UpdateNorm.of(new DenseUpdate(tensor))).isCloseTo(norm(values), within(1e-9));
    assertThat(UpdateNorm.of(new Replacement(tensor, LabelSpace.of("task", "a", "b"))))
        .isCloseTo(norm(values), within(1e-9));
  }

  @Test
  void ofWhatIsNoNumberIsNoNumber() {
    Tensor raw = Tensor.ofBytes(DType.F8_E4M3, Shape.of(2), new byte[] {1, 2});
    assertThat(UpdateNorm.of(raw)).isNaN();
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
  }
}
