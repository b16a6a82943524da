package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class TensorTest {
  @Property(tries = 40)
  void anyPieceIsThatPieceOfTheWhole(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 40_000) int size,
      @ForAll @IntRange(min = 0, max = 100) int fromPercent,
      @ForAll @IntRange(min = 0, max = 100) int countPercent) {
    double[] values = new Random(seed).doubles(size, -4, 4).toArray();
    for (DType type : new DType[] {DType.F64, DType.F32, DType.F16, DType.BF16}) {
      Tensor tensor = Tensor.encode(type, Shape.of(size), values);
      double[] whole = tensor.toDoubles();
      int from = size * fromPercent / 100;
      int count = (size - from) * countPercent / 100;
      double[] piece = new double[count + 2];
      tensor.read(from, piece, 1, count);
      assertThat(Arrays.copyOfRange(piece, 1, count + 1))
          .containsExactly(Arrays.copyOfRange(whole, from, from + count));
      assertThat(piece[0]).isZero();
      assertThat(piece[count + 1]).isZero();
      float[] floats = new float[count];
      tensor.read(from, floats, 0, count);
      for (int i = 0; i < count; i++) {
        assertThat(floats[i]).isEqualTo((float) whole[from + i]);
      }
    }
  }

  @Example
  void whatACallerChangesLaterDoesNotShow() {
    float[] values = {1, 2};
    byte[] bytes = {1, 2};
    Tensor floats = Tensor.of(Shape.of(2), values);
    Tensor raw = Tensor.ofBytes(DType.U8, Shape.of(2), bytes);
    values[0] = 9;
    bytes[0] = 9;
    assertThat(floats.toFloats()).containsExactly(1, 2);
    assertThat(raw.toDoubles()).containsExactly(1, 2);
  }

  @Example
  void sizesMustFit() {
    assertThatThrownBy(() -> Tensor.of(Shape.of(2, 2), 1f, 2f))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected 4 values for [2, 2], found 2");
    assertThatThrownBy(() -> Tensor.ofBytes(DType.F16, Shape.of(2), new byte[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected 4 bytes for F16[2], found 3");
    assertThatThrownBy(() -> Tensor.encode(DType.I8, Shape.of(1), 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("I8");
  }

  @Example
  void readingOutsideIsRefused() {
    Tensor tensor = Tensor.of(Shape.of(3), 1f, 2f, 3f);
    assertThatThrownBy(() -> tensor.read(2, new double[4], 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tensor.read(-1, new float[4], 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tensor.read(0, new float[4], 3, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tensor.readBytes(11, new byte[4], 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> Tensor.ofBytes(DType.BOOL, Shape.of(1), new byte[1]).toDoubles())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("BOOL");
  }
}
