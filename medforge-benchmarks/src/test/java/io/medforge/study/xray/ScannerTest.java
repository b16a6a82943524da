package io.medforge.study.xray;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScannerTest {
  private static final int AREA = Images.SIDE * Images.SIDE;

  private static float[] scanned(Scanner scanner, float[] pixels) {
    Images images = new Images(List.of(pixels), List.of(0));
    return scanner.scan(images, new Random(1)).pixels().get(0);
  }

  private static float[] dot(int place) {
    float[] pixels = new float[AREA];
    pixels[place] = 1;
    return pixels;
  }

  @Test
  void neutralSettingsChangeNothing() {
    float[] pixels = dot(300);
    assertThat(scanned(new Scanner(1, 0, 1, 0), pixels)).isEqualTo(pixels);
  }

  @Test
  void blurSharesAPixelWithItsNeighboursAndLosesNoneOfIt() {
    for (int place : new int[] {0, 27, 300, AREA - 1}) {
      float[] pixels = scanned(new Scanner(1, 0.5, 1, 0), dot(place));
      double sum = 0;
      for (float pixel : pixels) {
        sum += pixel;
      }
      assertThat(sum).isCloseTo(1, within(1e-6));
    }
    float[] inside = scanned(new Scanner(1, 0.5, 1, 0), dot(300));
    assertThat(inside[300]).isEqualTo(0.25f);
    assertThat(inside[301]).isEqualTo(0.125f);
    assertThat(inside[300 + Images.SIDE + 1]).isEqualTo(0.0625f);
  }

  @Test
  void gammaDarkensContrastPullsToTheMiddleAndNoiseStaysInRange() {
    float[] half = new float[AREA];
    java.util.Arrays.fill(half, 0.5f);
    assertThat(scanned(new Scanner(2, 0, 1, 0), half)).containsOnly(0.25f);
    assertThat(scanned(new Scanner(1, 0, 0.5, 0), dot(3))[3]).isEqualTo(0.75f);
    for (float pixel : scanned(new Scanner(1, 0, 1, 5), half)) {
      assertThat(pixel).isBetween(0f, 1f);
    }
  }
}
