package io.medforge.merge.checkpoint;

import io.medforge.plugin.DType;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Merges whole models element by element. Immutable.
 *
 * <p>Tensors of F32, BF16 and F16, mixed as they come, are merged in float and rounded once to the
 * type of the base's tensor (without a base: the first model's) or to {@link Builder#outputType}.
 * Tensors of integers and truth values, such as position numbers, must be equal in all models and
 * are passed on. Everything else is refused by name before anything is computed: missing and
 * surplus tensors, other shapes (another vocabulary), other types; values that are not finite, and
 * results beyond the output type's range, when they are met.
 */
public final class CheckpointFusion {
  private final String method;
  private final boolean needsBase;
  private final Builder settings;

  private CheckpointFusion(Builder settings) {
    this.method = settings.method;
    this.needsBase = settings.needsBase;
    this.settings = settings;
  }

  /**
   * The weighted mean {@code sum w x / sum w}. Default weights: 1 each.
   *
   * @return settings
   */
  public static Builder linear() {
    return new Builder("linear", false);
  }

  /**
   * Task arithmetic: {@code b + lambda sum w (x - b)}. Default weights and lambda: 1. Ilharco et
   * al., ICLR 2023.
   *
   * @return settings
   */
  public static Builder taskArithmetic() {
    return new Builder("task-arithmetic", true);
  }

  /**
   * TIES: {@code b + lambda m}, with m the weighted mean of the trimmed differences of the elected
   * sign. Default weights, densities and lambda: 1. Yadav et al., NeurIPS 2023.
   *
   * @return settings
   */
  public static Builder ties() {
    return new Builder("ties", true);
  }

  /**
   * Spherical interpolation between two models, tensor by tensor.
   *
   * @param t where: 0 is the first model, 1 the second; from 0 to 1
   * @return settings
   * @throws IllegalArgumentException if it is outside
   */
  public static Builder slerp(double t) {
    if (!(t >= 0 && t <= 1)) {
      throw new IllegalArgumentException("expected t from 0 to 1, found " + t);
    }
    Builder builder = new Builder("slerp", false);
    builder.t = t;
    return builder;
  }

  /**
   * Merges models that need no base.
   *
   * @param models in the order of the weights, one or more; two for slerp
   * @return the merged model
   * @throws io.medforge.merge.IncompatiblePluginsException if they cannot be merged
   * @throws IllegalArgumentException if the settings do not fit their number, or a base is needed
   */
  public MergedModel merge(List<ModelTensors> models) {
    if (needsBase) {
      throw new IllegalArgumentException("expected a base for " + method + ", found none");
    }
    return merge(models, models.size());
  }

  /**
   * Merges models that were trained from a base.
   *
   * @param base the base
   * @param models in the order of the weights, one or more
   * @return the merged model
   * @throws io.medforge.merge.IncompatiblePluginsException if they cannot be merged
   * @throws IllegalArgumentException if the settings do not fit their number, or no base is used
   */
  public MergedModel merge(ModelTensors base, List<ModelTensors> models) {
    if (!needsBase) {
      throw new IllegalArgumentException(
          "expected no base for " + method + ", found " + base.name());
    }
    List<ModelTensors> all = new ArrayList<>(List.of(base));
    all.addAll(models);
    return merge(all, models.size());
  }

  private MergedModel merge(List<ModelTensors> sources, int models) {
    if (models < 1 || (settings.t != null && models != 2)) {
      throw new IllegalArgumentException(
          "expected "
              + (settings.t != null ? "two models" : "a model or more")
              + " for "
              + method
              + ", found "
              + models);
    }
    TensorRule rule = settings.rule(models);
    SameTensors.check(sources);
    TilePool pool = new TilePool(sources.size());
    SortedMap<String, Tensor> merged = new TreeMap<>();
    for (Map.Entry<String, Tensor> entry : sources.get(0).tensors().entrySet()) {
      merged.put(entry.getKey(), merged(entry.getKey(), entry.getValue(), sources, pool, rule));
    }
    return new MergedModel(
        merged,
        pool.bytesPerThread() + rule.preparationBytes(sources.size()),
        rule.reading(),
        new MergedModel.Settings(
            method,
            settings.description(models),
            settings.parameters(models),
            settings.usedWeights(models)));
  }

  private Tensor merged(
      String name, Tensor first, List<ModelTensors> sources, TilePool pool, TensorRule rule) {
    if (!TensorSources.isReal(first.dtype())) {
      return first;
    }
    List<String> names = new ArrayList<>();
    List<Tensor> tensors = new ArrayList<>();
    for (ModelTensors source : sources) {
      names.add(source.name());
      tensors.add(Objects.requireNonNull(source.tensors().get(name)));
    }
    DType type = settings.outputType == null ? first.dtype() : settings.outputType;
    return new MergedTensor(new TensorSources(name, names, tensors, pool), rule, type);
  }

  /** Settings of a merge, each set at most once. Not thread-safe. */
  public static final class Builder {
    private final String method;
    private final boolean needsBase;
    private @Nullable Double t;
    private double @Nullable [] weights;
    private double @Nullable [] densities;
    private @Nullable Double lambda;
    private @Nullable Boolean normalised;
    private @Nullable DType outputType;

    private Builder(String method, boolean needsBase) {
      this.method = method;
      this.needsBase = needsBase;
    }

    /**
     * How much each model counts; rounded to float.
     *
     * @param perModel finite, in the order of the models
     * @return these settings
     */
    public Builder weights(double... perModel) {
      refuseFor("slerp", "weights");
      checkOnce(weights, "weights");
      for (double weight : perModel) {
        if (!Double.isFinite(weight) || !Float.isFinite((float) weight)) {
          throw new IllegalArgumentException("expected finite weights, found " + weight);
        }
      }
      weights = perModel.clone();
      return this;
    }

    /**
     * The part of each model's difference that TIES keeps.
     *
     * @param perModel above 0 to 1; one for all, or one per model
     * @return these settings
     */
    public Builder density(double... perModel) {
      if (!method.equals("ties")) {
        throw new IllegalArgumentException("expected no density for " + method + ", found one");
      }
      checkOnce(densities, "density");
      for (double density : perModel) {
        if (!(density > 0 && density <= 1)) {
          throw new IllegalArgumentException("expected densities above 0 to 1, found " + density);
        }
      }
      densities = perModel.clone();
      return this;
    }

    /**
     * What the merged change is multiplied by.
     *
     * @param factor finite
     * @return these settings
     */
    public Builder lambda(double factor) {
      if (!needsBase) {
        throw new IllegalArgumentException("expected no lambda for " + method + ", found one");
      }
      checkOnce(lambda, "lambda");
      if (!Float.isFinite((float) factor)) {
        throw new IllegalArgumentException("expected a finite lambda, found " + factor);
      }
      lambda = factor;
      return this;
    }

    /**
     * Whether sums are divided by the sum of their weights. Default: yes for linear and TIES, no
     * for task arithmetic.
     *
     * @param divide whether
     * @return these settings
     */
    public Builder normalised(boolean divide) {
      refuseFor("slerp", "normalised");
      checkOnce(normalised, "normalised");
      normalised = divide;
      return this;
    }

    /**
     * The type of all floating-point tensors of the result. Default: the type that each has in the
     * base or first model.
     *
     * @param type F32, BF16 or F16
     * @return these settings
     */
    public Builder outputType(DType type) {
      checkOnce(outputType, "outputType");
      if (!TensorSources.isReal(type)) {
        throw new IllegalArgumentException("expected F32, BF16 or F16, found " + type);
      }
      outputType = type;
      return this;
    }

    /**
     * The merge.
     *
     * @return a new one
     */
    public CheckpointFusion build() {
      Builder copy = new Builder(method, needsBase);
      copy.t = t;
      copy.weights = weights;
      copy.densities = densities;
      copy.lambda = lambda;
      copy.normalised = normalised;
      copy.outputType = outputType;
      return new CheckpointFusion(copy);
    }

    private TensorRule rule(int models) {
      if (t != null) {
        return new SlerpRule(t);
      }
      float[] w = perModelWeights(models);
      float factor = lambda == null ? 1 : (float) (double) lambda;
      float sum = 0;
      for (float weight : w) {
        sum += weight;
      }
      if (method.equals("ties")) {
        return new TiesRule(
            w, perModelDensities(models), factor, !Boolean.FALSE.equals(normalised));
      }
      boolean divided =
          method.equals("linear")
              ? !Boolean.FALSE.equals(normalised)
              : Boolean.TRUE.equals(normalised);
      if (divided && (sum == 0 || !Float.isFinite(sum))) {
        throw new IllegalArgumentException(
            "expected weights whose sum is not 0 to divide by, found " + Arrays.toString(w));
      }
      return method.equals("linear")
          ? new LinearRule(w, divided ? sum : 1)
          : new TaskArithmeticRule(w, divided ? factor / sum : factor);
    }

    private float[] perModelWeights(int models) {
      float[] w = new float[models];
      Arrays.fill(w, 1);
      if (weights != null) {
        checkCount("weight", weights.length, models);
        for (int i = 0; i < models; i++) {
          w[i] = (float) weights[i];
        }
      }
      return w;
    }

    private double[] perModelDensities(int models) {
      double[] all = ones(models);
      if (densities != null && densities.length == 1) {
        Arrays.fill(all, densities[0]);
      } else if (densities != null) {
        checkCount("density", densities.length, models);
        all = densities.clone();
      }
      return all;
    }

    private static void checkCount(String what, int found, int models) {
      if (found != models) {
        throw new IllegalArgumentException(
            "expected one " + what + " for each of " + models + " models, found " + found);
      }
    }

    private String description(int models) {
      StringBuilder text = new StringBuilder(method);
      if (t != null) {
        text.append(" t=").append(t);
      } else {
        text.append(" weights=").append(Arrays.toString(perModelWeights(models)));
      }
      if (method.equals("ties")) {
        text.append(" densities=").append(Arrays.toString(perModelDensities(models)));
      }
      if (needsBase) {
        text.append(" lambda=").append(lambda == null ? 1.0 : lambda);
      }
      if (normalised != null) {
        text.append(" normalised=").append(normalised);
      }
      text.append(" output=").append(outputType == null ? "as the first model" : outputType);
      return text.toString();
    }

    /** All but the weights. */
    private SortedMap<String, String> parameters(int models) {
      SortedMap<String, String> all = new TreeMap<>();
      all.put("output", outputType == null ? "as the base or first model" : outputType.toString());
      if (t != null) {
        all.put("t", t.toString());
        return all;
      }
      boolean divided = normalised == null ? !method.equals("task-arithmetic") : normalised;
      all.put("normalised", Boolean.toString(divided));
      if (method.equals("ties")) {
        all.put("density", Arrays.toString(perModelDensities(models)));
      }
      if (needsBase) {
        all.put("lambda", Double.toString(lambda == null ? 1 : lambda));
      }
      return all;
    }

    private List<Double> usedWeights(int models) {
      return t != null
          ? List.of()
          : Arrays.stream(weights == null ? ones(models) : weights).boxed().toList();
    }

    private static double[] ones(int count) {
      double[] ones = new double[count];
      Arrays.fill(ones, 1);
      return ones;
    }

    private void refuseFor(String refusing, String setting) {
      if (method.equals(refusing)) {
        throw new IllegalArgumentException("expected no " + setting + " for " + method);
      }
    }

    private static void checkOnce(@Nullable Object old, String setting) {
      if (old != null) {
        throw new IllegalStateException("expected " + setting + "(...) once, found it twice");
      }
    }
  }
}
