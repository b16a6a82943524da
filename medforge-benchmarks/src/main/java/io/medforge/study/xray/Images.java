package io.medforge.study.xray;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import java.util.ArrayList;
import java.util.List;

/**
 * Labelled images of one channel: pixels 0 to 1, class 0 pneumonia, 1 normal. Immutable.
 *
 * @param pixels one array per image
 * @param classes one class per image
 */
record Images(List<float[]> pixels, List<Integer> classes) {
  /** Pixels of a side. */
  static final int SIDE = 28;

  /** The class looked for. */
  static final int PNEUMONIA = 0;

  private static final float MEAN = 0.5f;
  private static final float DEVIATION = 0.25f;

  /** Copies the lists. */
  Images {
    pixels = List.copyOf(pixels);
    classes = List.copyOf(classes);
    if (pixels.size() != classes.size()) {
      throw new IllegalArgumentException(
          "expected a class per image, found " + pixels.size() + " and " + classes.size());
    }
  }

  /** All images of several, one after another. */
  static Images pooled(List<Images> parts) {
    List<float[]> pixels = new ArrayList<>();
    List<Integer> classes = new ArrayList<>();
    parts.forEach(
        part -> {
          pixels.addAll(part.pixels);
          classes.addAll(part.classes);
        });
    return new Images(pixels, classes);
  }

  int size() {
    return classes.size();
  }

  int[] labels() {
    return classes.stream().mapToInt(Integer::intValue).toArray();
  }

  long count(int label) {
    return classes.stream().filter(each -> each == label).count();
  }

  /** The images at these places. */
  Images select(List<Integer> places) {
    return new Images(
        places.stream().map(pixels::get).toList(), places.stream().map(classes::get).toList());
  }

  /** The same images with every class turned round: what a poisoner trains on. */
  Images turned() {
    return new Images(pixels, classes.stream().map(label -> 1 - label).toList());
  }

  /** As the model takes them: {@code [n, 1, 28, 28]}, centred and scaled by public numbers. */
  ModelInput inputs() {
    float[] values = new float[size() * SIDE * SIDE];
    int at = 0;
    for (float[] image : pixels) {
      for (float pixel : image) {
        values[at++] = (pixel - MEAN) / DEVIATION;
      }
    }
    return new ModelInput(Tensor.of(Shape.of(size(), 1, SIDE, SIDE), values));
  }
}
