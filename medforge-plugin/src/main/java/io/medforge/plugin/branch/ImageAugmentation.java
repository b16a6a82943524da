package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.Shape;
import io.medforge.runtime.djl.HostArray;
import java.nio.FloatBuffer;

/**
 * Siamese augmentation for the distillation of images: each step draws one change and applies it to
 * patients' and synthetic images alike, so that the synthetic ones learn from all of it. Zhao and
 * Bilen, Dataset Condensation with Differentiable Siamese Augmentation, ICML 2021. Immutable;
 * starts from {@link #none} and takes on one kind of change after another.
 *
 * <p>Changes are linear in the image (bilinear between pixels, the border repeats), so they are
 * differentiated exactly.
 */
public final class ImageAugmentation {
  private static final ImageAugmentation NONE = new ImageAugmentation(false, 0, 0, 0);

  private final boolean flips;
  private final double shift;
  private final double scale;
  private final double brightness;

  private ImageAugmentation(boolean flips, double shift, double scale, double brightness) {
    this.flips = flips;
    this.shift = shift;
    this.scale = scale;
    this.brightness = brightness;
  }

  /**
   * No change.
   *
   * @return the augmentation
   */
  public static ImageAugmentation none() {
    return NONE;
  }

  /**
   * Also mirrors images left to right, every other time. Not for images in which sides mean
   * something, such as chest X-rays.
   *
   * @return a new augmentation
   */
  public ImageAugmentation flips() {
    return new ImageAugmentation(true, shift, scale, brightness);
  }

  /**
   * Also moves images.
   *
   * @param pixels at most this far along each axis, in pixels; at least 0
   * @return a new augmentation
   * @throws IllegalArgumentException if it lies outside its range
   */
  public ImageAugmentation shifts(double pixels) {
    return new ImageAugmentation(flips, atLeastZero("shift", pixels), scale, brightness);
  }

  /**
   * Also makes images larger or smaller about their centre.
   *
   * @param share at most this share of their size; at least 0, below 1
   * @return a new augmentation
   * @throws IllegalArgumentException if it lies outside its range
   */
  public ImageAugmentation scales(double share) {
    if (share >= 1) {
      throw new IllegalArgumentException("expected a scale below 1, found " + share);
    }
    return new ImageAugmentation(flips, shift, atLeastZero("scale", share), brightness);
  }

  /**
   * Also makes images brighter or darker.
   *
   * @param amount at most this much is added to all pixels; at least 0
   * @return a new augmentation
   * @throws IllegalArgumentException if it lies outside its range
   */
  public ImageAugmentation brightens(double amount) {
    return new ImageAugmentation(flips, shift, scale, atLeastZero("brightness", amount));
  }

  boolean isNone() {
    return !flips && shift == 0 && scale == 0 && brightness == 0;
  }

  /** The change of one step, for images of a shape {@code [n, channels, height, width]}. */
  Change draw(long seed, long step, Shape images) {
    if (images.dimensions() != 4) {
      throw new IllegalArgumentException(
          "expected images [n, channels, height, width] to augment, found " + images);
    }
    SeededRandom random = SeededRandom.of(seed, "augmentation", step);
    boolean flip = random.within(1) < 0 && flips;
    double factor = 1 + random.within(scale);
    HostArray rows = resampling(images.dimension(2), factor, random.within(shift), false);
    HostArray columns = resampling(images.dimension(3), factor, random.within(shift), flip);
    return new Change(rows, columns, (float) random.within(brightness));
  }

  /**
   * One step's change.
   *
   * @param rows {@code [height, height]}, what each new row takes of the old ones
   * @param columns {@code [width, width]}, the same for columns
   * @param brightness what is added
   */
  record Change(HostArray rows, HostArray columns, float brightness) {
    /** The changed images; only arrays meet, for it is differentiated. */
    NDArray of(NDArray images, NDManager scope) {
      NDArray moved = rows.in(scope).matMul(images).matMul(columns.in(scope).transpose(1, 0));
      return moved.add(scope.full(new ai.djl.ndarray.types.Shape(1), brightness));
    }
  }

  /** {@code [size, size]}: the weights of old pixels in each new one. */
  private static HostArray resampling(long size, double factor, double shift, boolean flip) {
    int n = Math.toIntExact(size);
    HostArray weights = HostArray.zeros(Shape.of(n, n));
    FloatBuffer values = weights.values();
    double centre = (n - 1) / 2.0;
    for (int to = 0; to < n; to++) {
      double at = (to - centre) / factor + centre - shift;
      at = Math.max(0, Math.min(n - 1, flip ? n - 1 - at : at));
      int below = (int) Math.min(Math.floor(at), Math.max(0, n - 2));
      float above = (float) (at - below);
      values.put(to * n + below, 1 - above);
      if (above > 0) {
        values.put(to * n + below + 1, above);
      }
    }
    return weights;
  }

  private static double atLeastZero(String option, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "expected a " + option + " of at least 0 and finite, found " + value);
    }
    return value;
  }

  /** The kinds of change and their sizes. */
  @Override
  public String toString() {
    return "flips "
        + flips
        + ", shift "
        + shift
        + ", scale "
        + scale
        + ", brightness "
        + brightness;
  }
}
