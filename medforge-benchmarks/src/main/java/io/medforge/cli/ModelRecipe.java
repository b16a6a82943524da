package io.medforge.cli;

import io.medforge.cli.FusionRecipe.Source;
import io.medforge.plugin.DType;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Everything that decides what {@code fuse} makes of whole models. Valid if it exists.
 *
 * @param kind what is done
 * @param model the base of a fusion, where its method has one; what adapters are added to or taken
 *     off
 * @param inputs models, or the adapters; with a weight each or none
 * @param method how models are fused
 * @param settings the method's numbers
 * @param dtype the type to write, if not each tensor's own
 */
record ModelRecipe(
    Kind kind,
    Optional<Source> model,
    List<Source> inputs,
    FusionMethod method,
    MethodSettings settings,
    Optional<DType> dtype)
    implements Recipe {
  private static final Set<FusionMethod> AGAINST_BASE =
      Set.of(FusionMethod.TASK_ARITHMETIC, FusionMethod.TIES);

  /** What is done with whole models. */
  enum Kind {
    FUSE,
    INTO,
    OUT_OF
  }

  /**
   * Checks.
   *
   * @throws IllegalArgumentException if the parts do not go together; the message names them
   */
  ModelRecipe {
    inputs = List.copyOf(inputs);
    Objects.requireNonNull(dtype, "dtype");
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("expected at least one model or adapter, found none");
    }
    FusionRecipe.checkWeights(inputs);
    if (kind == Kind.FUSE) {
      checkFusion(model, method, settings);
      if (method == FusionMethod.SLERP && inputs.get(0).weight().isPresent()) {
        throw new IllegalArgumentException("expected --set t=... for slerp, found weights");
      }
    } else if (method != FusionMethod.MEAN
        || !settings.values().isEmpty()
        || dtype.isPresent()
        || model.isEmpty()) {
      throw new IllegalArgumentException(
          "expected a model, no method, no setting and no dtype with --into and --out-of, found "
              + method
              + " "
              + settings.values());
    }
  }

  private static void checkFusion(
      Optional<Source> base, FusionMethod method, MethodSettings settings) {
    boolean against = AGAINST_BASE.contains(method);
    boolean slerp = method == FusionMethod.SLERP;
    if (!against && !slerp && method != FusionMethod.MEAN) {
      throw new IllegalArgumentException(
          "expected mean, task-arithmetic, ties or slerp for whole models, found " + method);
    }
    if (against != base.isPresent()) {
      throw new IllegalArgumentException(
          against
              ? "expected a --base-model for --method " + method + ", found none"
              : "expected no --base-model for --method " + method + ", found one");
    }
    Set<String> known = slerp ? Set.of("t") : Set.of("lambda", "density", "normalize");
    for (String name : settings.values().keySet()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "expected " + known + " as settings of " + method + ", found " + name);
      }
    }
  }

  /** One weight per input: as given, or 1, or 1/n for a mean. */
  double[] weights() {
    double otherwise = kind == Kind.FUSE && method == FusionMethod.MEAN ? 1.0 / inputs.size() : 1;
    return inputs.stream().mapToDouble(input -> input.weight().orElse(otherwise)).toArray();
  }

  /** Whether it says what any input must hold. */
  boolean isPinned() {
    return Stream.concat(model.stream(), inputs.stream())
        .anyMatch(source -> source.digest().isPresent());
  }

  /**
   * The same recipe with every content pinned.
   *
   * @param base of the model
   * @param pinned as many as there are inputs, in their order
   */
  ModelRecipe of(Optional<Source> base, List<Source> pinned) {
    return new ModelRecipe(kind, base, pinned, method, settings, dtype);
  }
}
