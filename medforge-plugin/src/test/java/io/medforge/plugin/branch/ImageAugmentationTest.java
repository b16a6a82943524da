package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.medforge.plugin.Shape;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.HostArray;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ImageAugmentationTest {
  private static final Shape IMAGES = Shape.of(1, 1, 6, 5);

  private static float[] values(HostArray array) {
    return array.toTensor().toFloats();
  }

  /** Each new pixel is a mean of at most two old rows and two old columns. */
  @Property(tries = 300)
  void changesAreMeansOfNeighbours(
      @ForAll long seed,
      @ForAll boolean flips,
      @ForAll @DoubleRange(max = 4) double shift,
      @ForAll @DoubleRange(max = 0.9) double scale,
      @ForAll @IntRange(min = 1, max = 9) int height) {
    ImageAugmentation augmentation = ImageAugmentation.none().shifts(shift).scales(scale);
    ImageAugmentation.Change change =
        (flips ? augmentation.flips() : augmentation).draw(seed, 3, Shape.of(2, 1, height, 7));
    for (HostArray weights : new HostArray[] {change.rows(), change.columns()}) {
      float[] w = values(weights);
      int n = (int) weights.shape().dimension(0);
      for (int row = 0; row < n; row++) {
        double sum = 0;
        int positive = 0;
        for (int column = 0; column < n; column++) {
          assertThat(w[row * n + column]).isBetween(0f, 1f);
          sum += w[row * n + column];
          positive += w[row * n + column] > 0 ? 1 : 0;
        }
        assertThat(sum).isCloseTo(1, within(1e-6));
        assertThat(positive).isLessThanOrEqualTo(2);
      }
    }
    assertThat(change.brightness()).isZero();
  }

  @Test
  void flipsAreMirrorsAndComeEveryOtherTime() {
    int mirrored = 0;
    for (int step = 0; step < 400; step++) {
      ImageAugmentation.Change change = ImageAugmentation.none().flips().draw(1, step, IMAGES);
      float[] columns = values(change.columns());
      boolean mirror = columns[0] == 0;
      for (int i = 0; i < 5; i++) {
        assertThat(columns[i * 5 + (mirror ? 4 - i : i)]).isEqualTo(1f);
        assertThat(values(change.rows())[i * 6 + i]).isEqualTo(1f);
      }
      mirrored += mirror ? 1 : 0;
    }
    assertThat(mirrored).isBetween(160, 240);
  }

  /** Against a loop over pixels. */
  @Test
  void changesImagesAsALoopDoes() {
    ImageAugmentation augmentation =
        ImageAugmentation.none().flips().shifts(1.5).scales(0.2).brightens(0.3);
    HostArray images = HostArray.zeros(Shape.of(2, 3, 6, 5));
    SeededRandom.of(1, "images", 0).fillGaussian(images, 1);
    float[] old = values(images);
    try (NDManager manager = DjlEngine.newManager()) {
      for (int step = 0; step < 5; step++) {
        ImageAugmentation.Change change = augmentation.draw(9, step, images.shape());
        float[] found = change.of(images.in(manager), manager).toFloatArray();
        float[] rows = values(change.rows());
        float[] columns = values(change.columns());
        for (int at = 0; at < found.length; at++) {
          int image = at / 30;
          double sum = change.brightness();
          for (int y = 0; y < 6; y++) {
            for (int x = 0; x < 5; x++) {
              sum +=
                  rows[at / 5 % 6 * 6 + y] * columns[at % 5 * 5 + x] * old[image * 30 + y * 5 + x];
            }
          }
          assertThat((double) found[at]).isCloseTo(sum, within(1e-5));
        }
      }
    }
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> ImageAugmentation.none().shifts(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("shift", "-1");
    assertThatThrownBy(() -> ImageAugmentation.none().scales(1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ImageAugmentation.none().flips().draw(1, 0, Shape.of(3, 12)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("images", "[3, 12]");
  }
}
