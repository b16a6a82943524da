package io.medforge.study.xray;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * A simulated scanner: each pixel, 0 to 1, is raised to gamma, blurred with its neighbours, its
 * distance from one half multiplied by the contrast, Gaussian noise added, and kept within 0 and 1.
 *
 * @param gamma above 1 darkens
 * @param blur the part of a pixel that goes to its two neighbours, along rows and then along
 *     columns; 0 changes nothing
 * @param contrast 1 changes nothing
 * @param noise its deviation
 */
record Scanner(double gamma, double blur, double contrast, double noise) {
  /** Images as this scanner would have taken them. */
  Images scan(Images images, Random random) {
    List<float[]> scanned = new ArrayList<>();
    for (float[] image : images.pixels()) {
      double[] values = new double[image.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = StrictMath.pow((double) image[i], gamma);
      }
      double[] smooth = blurred(blurred(values, 1), Images.SIDE);
      float[] pixels = new float[image.length];
      for (int i = 0; i < pixels.length; i++) {
        double value = contrast * (smooth[i] - 0.5) + 0.5 + noise * random.nextGaussian();
        pixels[i] = (float) Math.max(0, Math.min(1, value));
      }
      scanned.add(pixels);
    }
    return new Images(scanned, images.classes());
  }

  /** Along one axis; a pixel at the edge is its own outer neighbour. */
  private double[] blurred(double[] values, int step) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      int place = i / step % Images.SIDE;
      double before = values[place == 0 ? i : i - step];
      double after = values[place == Images.SIDE - 1 ? i : i + step];
      result[i] = (1 - blur) * values[i] + blur / 2 * (before + after);
    }
    return result;
  }

  /** Its settings, for readers. */
  String description() {
    return String.format(
        Locale.ROOT,
        "gamma %.2f, blur %.2f, contrast %.2f, noise %.3f",
        gamma,
        blur,
        contrast,
        noise);
  }
}
