package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void countsElements() {
    assertThat(Shape.of().elements()).isEqualTo(1);
    assertThat(Shape.of(2, 3, 4).elements()).isEqualTo(24);
    assertThat(Shape.of(1L << 31, 1L << 31).elements()).isEqualTo(1L << 62);
    assertThat(Shape.of(2, 3).dimensions()).isEqualTo(2);
    assertThat(Shape.of(2, 3).dimension(1)).isEqualTo(3);
    assertThatThrownBy(() -> Shape.of(2).dimension(1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void refusesNegativeAndOverflowingDimensions() {
    assertThatThrownBy(() -> Shape.of(2, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[2, -1]");
    assertThatThrownBy(() -> Shape.of(1L << 32, 1L << 32)).isInstanceOf(ArithmeticException.class);
    // As the safetensors library: the product is taken from the outermost dimension on.
    assertThatThrownBy(() -> Shape.of(1L << 32, 1L << 32, 0))
        .isInstanceOf(ArithmeticException.class);
    assertThat(Shape.of(0, 1L << 32, 1L << 32).elements()).isZero();
    assertThatThrownBy(() -> Shape.of(0, -1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isAValue() {
    long[] dimensions = {2, 3};
    Shape shape = Shape.of(dimensions);
    dimensions[0] = 9;
    shape.toArray()[0] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    assertThat(shape).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(6));
    assertThat(shape).hasToString("[2, 3]");
  }
}
