package io.medforge.cli.data;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Inputs and labels of a NumPy archive. */
final class NpzExamples {
  private static final float BRIGHTEST = 255;

  private final Path path;
  private final Optional<String> split;
  private final List<String> classNames;

  NpzExamples(Path path, Optional<String> split, List<String> classNames) {
    this.path = path;
    this.split = split;
    this.classNames = classNames;
  }

  Examples read() throws IOException {
    String inputs = split.map(name -> name + "_images").orElse("inputs");
    String labels = split.map(name -> name + "_labels").orElse("labels");
    try (NpzFile archive = NpzFile.open(path)) {
      NpyArray values = archive.array(inputs);
      int n = examples(values, inputs);
      Optional<Examples.Classes> classes =
          archive.names().contains(labels)
              ? Optional.of(classes(archive.array(labels), n, labels))
              : Optional.empty();
      List<String> names = IntStream.range(0, n).mapToObj(Integer::toString).toList();
      return new Examples(tensor(values, inputs), names, List.of(), classes);
    }
  }

  private int examples(NpyArray values, String entry) {
    if (values.shape().length < 2 || values.shape().length > 4 || values.size() == 0) {
      throw MalformedDataException.of(
          "[n, k], [n, h, w] or [n, h, w, c] with at least one example",
          values.describe(),
          place(entry));
    }
    return values.shape()[0];
  }

  private Tensor tensor(NpyArray values, String entry) {
    boolean pixels = values.isUnsignedBytes();
    float[] flat = new float[values.size()];
    for (int i = 0; i < flat.length; i++) {
      double value = values.at(i);
      if (!(Math.abs(value) <= Float.MAX_VALUE)) {
        int row = i / (flat.length / values.shape()[0]);
        throw MalformedDataException.of(
            "finite numbers within a float's range", "another", place(entry) + ", row " + row);
      }
      flat[i] = pixels ? (float) value / BRIGHTEST : (float) value;
    }
    int[] shape = values.shape();
    return switch (shape.length) {
      case 2 -> Tensor.of(Shape.of(shape[0], shape[1]), flat);
      case 3 -> Tensor.of(Shape.of(shape[0], 1, shape[1], shape[2]), flat);
      default ->
          pixels
              ? channelsFirst(flat, shape)
              : Tensor.of(Shape.of(shape[0], shape[1], shape[2], shape[3]), flat);
    };
  }

  private static Tensor channelsFirst(float[] flat, int[] shape) {
    int n = shape[0];
    int area = shape[1] * shape[2];
    int channels = shape[3];
    float[] turned = new float[flat.length];
    for (int i = 0; i < n; i++) {
      for (int p = 0; p < area; p++) {
        for (int c = 0; c < channels; c++) {
          turned[(i * channels + c) * area + p] = flat[(i * area + p) * channels + c];
        }
      }
    }
    return Tensor.of(Shape.of(n, channels, shape[1], shape[2]), turned);
  }

  private Examples.Classes classes(NpyArray labels, int n, String entry) {
    if (labels.size() != n || labels.shape()[0] != n) {
      throw MalformedDataException.of(
          "one label for each of " + n + " examples", labels.describe(), place(entry));
    }
    List<String> written = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      double label = labels.at(i);
      if (label != Math.rint(label) || Math.abs(label) > 1e9) {
        throw MalformedDataException.of(
            "whole numbers as labels", "another", place(entry) + ", row " + i);
      }
      written.add(Long.toString((long) label));
    }
    return ClassIndex.of(numbered(written), classNames, row -> place(entry) + ", row " + row);
  }

  /** Where names are stated, a number is a class's place among them. */
  private List<String> numbered(List<String> written) {
    if (classNames.isEmpty() || classNames.containsAll(written)) {
      return written;
    }
    return written.stream()
        .map(
            label -> {
              int index = Integer.parseInt(label);
              return index >= 0 && index < classNames.size() ? classNames.get(index) : label;
            })
        .toList();
  }

  private String place(String entry) {
    return path + ", entry " + entry;
  }
}
