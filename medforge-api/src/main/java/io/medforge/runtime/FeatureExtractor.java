package io.medforge.runtime;

import io.medforge.plugin.Shape;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says where inputs lie among others: phi(x), in which a memory finds the examples that an input
 * resembles. Implementations are immutable, thread-safe and deterministic, and use the base alone,
 * never a plugin.
 *
 * <p>An extractor of the integrator's own may be a lambda; it has no name of its own then, so what
 * was made with it cannot be saved.
 */
@FunctionalInterface
public interface FeatureExtractor {
  /** The name of an extractor that nobody named. */
  String UNNAMED = "custom";

  /**
   * Finds the features.
   *
   * @param runtime the base model
   * @param batch n inputs
   * @return features of the n inputs, of one width for every batch
   * @throws UnsupportedOperationException if the runtime cannot give them
   * @throws IllegalArgumentException if the inputs have another shape than the model takes, or a
   *     feature is not finite
   */
  Features extract(ModelRuntime runtime, ModelInput batch);

  /**
   * What {@link #named} reads.
   *
   * @return the name; {@value #UNNAMED} unless overridden
   */
  default String name() {
    return UNNAMED;
  }

  /**
   * The layer before the base's last: what the base has learned to see. The best choice where the
   * runtime offers it ({@link ModelRuntime#features}).
   *
   * @return the extractor {@code penultimate}
   */
  static FeatureExtractor penultimate() {
    return new Penultimate();
  }

  /**
   * The input itself, pooled to at most 4 cells along each axis of an image, see {@link
   * #pooledInput(int)}. Runs no model.
   *
   * @return the extractor {@code pooled-input/4}
   */
  static FeatureExtractor pooledInput() {
    return pooledInput(4);
  }

  /**
   * The input itself: {@code [n, k]} as it is; {@code [n, channels, ...]} averaged, channel by
   * channel, over at most so many cells along each further axis. Cell b of B along s values spans
   * floor(b s / B) to ceil((b + 1) s / B), as in adaptive average pooling. Runs no model.
   *
   * @param cells B, at least 1; an axis of fewer values keeps them all
   * @return the extractor {@code pooled-input/B}
   * @throws IllegalArgumentException if there is no cell
   */
  static FeatureExtractor pooledInput(int cells) {
    return new PooledInput(cells);
  }

  /**
   * The base's own output, its logits before any plugin: few numbers, but every runtime has them.
   *
   * @return the extractor {@code base-output}
   */
  static FeatureExtractor baseOutput() {
    return new BaseOutput();
  }

  /**
   * The extractor of a name, as a saved memory holds it.
   *
   * @param name {@code penultimate}, {@code pooled-input/B} or {@code base-output}
   * @return the extractor
   * @throws IllegalArgumentException if no extractor here has this name
   */
  static FeatureExtractor named(String name) {
    Matcher pooled = PooledInput.NAME.matcher(name);
    if (pooled.matches()) {
      return pooledInput(Integer.parseInt(pooled.group(1)));
    }
    return switch (name) {
      case "penultimate" -> penultimate();
      case "base-output" -> baseOutput();
      default ->
          throw new IllegalArgumentException(
              "expected the features penultimate, pooled-input/B or base-output, found "
                  + (name.equals(UNNAMED) ? "an extractor without a name" : "another name"));
    };
  }
}

/** The layer before the last. */
record Penultimate() implements FeatureExtractor {
  @Override
  public Features extract(ModelRuntime runtime, ModelInput batch) {
    return runtime.features(batch);
  }

  @Override
  public String name() {
    return "penultimate";
  }
}

/** The base's logits. */
record BaseOutput() implements FeatureExtractor {
  @Override
  public Features extract(ModelRuntime runtime, ModelInput batch) {
    Outputs outputs = runtime.runBase(batch);
    float[] flat = new float[outputs.size() * outputs.classes()];
    for (int row = 0; row < outputs.size(); row++) {
      System.arraycopy(outputs.logits(row), 0, flat, row * outputs.classes(), outputs.classes());
    }
    return Features.of(outputs.size(), outputs.classes(), flat);
  }

  @Override
  public String name() {
    return "base-output";
  }
}

/** Means over cells, one axis after another: a mean of equal cells of means is the cells' mean. */
record PooledInput(int cells) implements FeatureExtractor {
  static final Pattern NAME = Pattern.compile("pooled-input/([1-9][0-9]{0,5})");

  PooledInput {
    if (cells < 1 || cells > 999_999) {
      throw new IllegalArgumentException("expected 1 to 999999 cells, found " + cells);
    }
  }

  @Override
  public Features extract(ModelRuntime runtime, ModelInput batch) {
    Shape shape = batch.values().shape();
    double[] values = batch.values().toDoubles();
    long[] dimensions = shape.toArray();
    for (int axis = dimensions.length - 1; axis >= 2; axis--) {
      values = pool(values, dimensions, axis);
      dimensions[axis] = Math.min(cells, dimensions[axis]);
    }
    int width = Math.toIntExact(Shape.of(dimensions).elements() / batch.size());
    float[] pooled = new float[values.length];
    for (int i = 0; i < pooled.length; i++) {
      pooled[i] = (float) values[i];
    }
    return Features.of(batch.size(), width, pooled);
  }

  private double[] pool(double[] values, long[] dimensions, int axis) {
    int from = Math.toIntExact(dimensions[axis]);
    int to = Math.min(cells, from);
    if (to == from) {
      return values;
    }
    int inner = 1;
    for (int after = axis + 1; after < dimensions.length; after++) {
      inner = Math.multiplyExact(inner, Math.toIntExact(dimensions[after]));
    }
    int outer = values.length / (from * inner);
    double[] means = new double[outer * to * inner];
    for (int o = 0; o < outer; o++) {
      for (int cell = 0; cell < to; cell++) {
        int start = (int) ((long) cell * from / to);
        int end = (int) (((long) (cell + 1) * from + to - 1) / to);
        int target = (o * to + cell) * inner;
        for (int at = start; at < end; at++) {
          int source = (o * from + at) * inner;
          for (int i = 0; i < inner; i++) {
            means[target + i] += values[source + i];
          }
        }
        for (int i = target; i < target + inner; i++) {
          means[i] /= end - start;
        }
      }
    }
    return means;
  }

  @Override
  public String name() {
    return "pooled-input/" + cells;
  }
}
