package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import io.medforge.runtime.FeatureExtractor;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Adds the features that gates look at, in double. Not thread-safe. */
final class FeatureGraph {
  private static final Pattern POOLED = Pattern.compile("pooled-input/([0-9]+)");
  private static final String PREFIX = Hook.prefix() + "features:";

  private final GraphBody body;
  private final OnnxFile file;
  private final Optional<String> penultimate;
  private final String logits;
  private final SortedMap<String, String> known = new TreeMap<>();

  /** Features of a base whose penultimate features and logits are these tensors. */
  FeatureGraph(GraphBody body, OnnxFile file, Optional<String> penultimate, String logits) {
    this.body = body;
    this.file = file;
    this.penultimate = penultimate;
    this.logits = logits;
  }

  /** The features {@code [n, width]} in double. */
  String add(FeatureExtractor extractor) {
    return known.computeIfAbsent(extractor.name(), this::compute);
  }

  private String compute(String name) {
    Matcher pooled = POOLED.matcher(name);
    if (pooled.matches()) {
      return pooled(Integer.parseInt(pooled.group(1)));
    }
    return switch (name) {
      case "penultimate" ->
          body.cast(
              penultimate.orElseThrow(() -> refused("a linear layer before the output", "none")),
              TensorProto.DataType.DOUBLE_VALUE,
              PREFIX + name);
      case "base-output" -> body.cast(logits, TensorProto.DataType.DOUBLE_VALUE, PREFIX + name);
      default ->
          throw refused("features penultimate, pooled-input/B or base-output", "another extractor");
    };
  }

  /** As {@link FeatureExtractor#pooledInput(int)}: a product with a matrix of means per axis. */
  private String pooled(int cells) {
    String prefix = PREFIX + "pooled:";
    String values =
        body.cast(file.input().getName(), TensorProto.DataType.DOUBLE_VALUE, prefix + "input");
    TensorShapeProto shape = file.input().getType().getTensorType().getShape();
    if (shape.getDimCount() == 2) {
      return values;
    }
    int axes = shape.getDimCount();
    for (int axis = axes - 1; axis >= 2; axis--) {
      TensorShapeProto.Dimension size = shape.getDim(axis);
      if (!size.hasDimValue()) {
        throw refused("an input of known size, to pool it", "axis " + axis + " of any size");
      }
      int from = Math.toIntExact(size.getDimValue());
      int to = Math.min(cells, from);
      String means = body.doubles(prefix + "means" + axis, means(from, to), from, to);
      String last = body.swapped(values, axes, axis, prefix + "last" + axis);
      String product = body.node("MatMul", prefix + "product" + axis, last, means);
      values = body.swapped(product, axes, axis, prefix + "pooled" + axis);
    }
    // Rounded as the extractor rounds.
    String flat = body.node("Flatten", "axis", 1, prefix + "flat", values);
    String rounded = body.cast(flat, TensorProto.DataType.FLOAT_VALUE, prefix + "rounded");
    return body.cast(rounded, TensorProto.DataType.DOUBLE_VALUE, prefix + "features");
  }

  private static double[] means(int from, int to) {
    double[] means = new double[from * to];
    for (int cell = 0; cell < to; cell++) {
      int start = (int) ((long) cell * from / to);
      int end = (int) (((long) (cell + 1) * from + to - 1) / to);
      for (int at = start; at < end; at++) {
        means[at * to + cell] = 1.0 / (end - start);
      }
    }
    return means;
  }

  private IllegalArgumentException refused(String expected, String found) {
    return new IllegalArgumentException(
        "expected "
            + expected
            + " for the gate of an exported mixture, found "
            + found
            + ", at "
            + file.path());
  }
}
