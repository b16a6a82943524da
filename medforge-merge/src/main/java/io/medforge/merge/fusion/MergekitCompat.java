package io.medforge.merge.fusion;

import io.medforge.merge.kernel.CounterRandom;
import io.medforge.plugin.DType;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Merges single dense tensors as mergekit does, number for number, so that a merge made there can
 * be repeated here; checked against files written by mergekit 0.1.4 and 0.1.5. New work should use
 * {@link Fusion}.
 *
 * <p>All arithmetic is in the tensors' type, F32 or BF16, one rounding per operation; sums over
 * models run in float in the order in which models are named, as torch's do for up to four models
 * (with five and more torch's own order changes within a tensor, by one unit in the last place).
 * What mergekit answers with NaN, or with a tensor of another shape, is refused by name. Random
 * methods agree by distribution: mergekit draws from torch's global stream, here the seed decides.
 */
public final class MergekitCompat {
  private static final int TILE = 1 << 14;

  private MergekitCompat() {}

  /** A release of mergekit, where they differ. */
  public enum Release {
    /**
     * Linear merges round after every operation; a density too small for one element is an error;
     * breadcrumbs with floor(gamma N) = 0 gives the base unchanged (a defect, reproduced).
     */
    V0_1_4,
    /** Linear merges sum in float; at least one element is kept; the defect is gone. */
    V0_1_5
  }

  /**
   * {@code linear}: {@code sum w_i x_i}, divided by {@code sum w_i} if normalised. In 0.1.5 within
   * a unit in the last place: torch multiplies and adds in one rounding where the processor can.
   *
   * @param release whose arithmetic
   * @param tensors x, at least one, of one shape and type
   * @param weights w, as many, finite
   * @param normalize mergekit's default is true
   * @return the merged tensor
   * @throws IllegalArgumentException if numbers, shapes or types differ, or weights that sum to
   *     zero are normalised, which mergekit answers with infinities
   */
  public static Tensor linear(
      Release release, List<Tensor> tensors, List<Double> weights, boolean normalize) {
    if (tensors.isEmpty() || tensors.size() != weights.size()) {
      throw new IllegalArgumentException(
          "expected as many weights as tensors, at least one, found "
              + weights.size()
              + " and "
              + tensors.size());
    }
    tensors.forEach(tensor -> checkLike(tensors.get(0), tensor));
    weights.forEach(weight -> checkFinite("weight", weight));
    DType type = tensors.get(0).dtype();
    MergekitArithmetic own = MergekitArithmetic.of(type);
    MergekitArithmetic arithmetic = release == Release.V0_1_4 ? own : new MergekitArithmetic(false);
    float[] w = arithmetic.weights(weights);
    float total = 0;
    for (float weight : w) {
      total += weight;
    }
    float divisor = arithmetic.round(total);
    if (normalize && divisor == 0) {
      throw new IllegalArgumentException(
          "expected weights with a sum other than zero, found " + weights);
    }
    return assembled(
        type,
        new ComputedTensor(
            tensors.get(0).shape(),
            (from, into, offset, count) -> {
              float[][] x = new float[w.length][count];
              boolean[][] all = new boolean[w.length][count];
              for (int k = 0; k < w.length; k++) {
                tensors.get(k).read(from, x[k], 0, count);
                Arrays.fill(all[k], true);
              }
              float[] sum = arithmetic.sum(x, w, all, count);
              for (int i = 0; i < count; i++) {
                into[offset + i] = normalize ? arithmetic.round(sum[i] / divisor) : sum[i];
              }
            }));
  }

  /**
   * {@code task_arithmetic}: {@code base + lambda sum w_i (x_i - base)}; not normalised by default.
   *
   * @param release whose arithmetic
   * @param base the base model's tensor
   * @return a builder
   */
  public static Builder taskArithmetic(Release release, Tensor base) {
    return new Builder(MergekitMethod.TASK_ARITHMETIC, release, base);
  }

  /**
   * {@code ties}: keeps the largest elements of each delta, elects signs by the weighted sum,
   * averages those that agree; normalised by default, by the sum of the weights that agree. The
   * weights may be negative, and the divisor small, as mergekit lets them.
   *
   * @param release whose arithmetic
   * @param base the base model's tensor
   * @return a builder
   */
  public static Builder ties(Release release, Tensor base) {
    return new Builder(MergekitMethod.TIES, release, base);
  }

  /**
   * {@code breadcrumbs}: drops the largest (gamma) and the smallest elements of each delta.
   *
   * @param release whose arithmetic
   * @param base the base model's tensor
   * @return a builder
   */
  public static Builder breadcrumbs(Release release, Tensor base) {
    return new Builder(MergekitMethod.BREADCRUMBS, release, base);
  }

  /**
   * {@code breadcrumbs_ties}: {@link #breadcrumbs} with an election; not normalised by default.
   *
   * @param release whose arithmetic
   * @param base the base model's tensor
   * @return a builder
   */
  public static Builder breadcrumbsTies(Release release, Tensor base) {
    return new Builder(MergekitMethod.BREADCRUMBS_TIES, release, base);
  }

  /**
   * {@code dare_linear}: drops elements at random; what is left is rescaled to the L1 norm of the
   * delta by default, which is not the paper's 1/density.
   *
   * @param release whose arithmetic
   * @param base the base model's tensor
   * @return a builder; needs a seed
   */
  public static Builder dareLinear(Release release, Tensor base) {
    return new Builder(MergekitMethod.DARE_LINEAR, release, base);
  }

  /**
   * {@code dare_ties}: {@link #dareLinear} with an election; not normalised by default.
   *
   * @param release whose arithmetic
   * @param base the base model's tensor
   * @return a builder; needs a seed
   */
  public static Builder dareTies(Release release, Tensor base) {
    return new Builder(MergekitMethod.DARE_TIES, release, base);
  }

  /**
   * {@code della_linear}: drops elements at random, those of small rank in their row more often.
   *
   * @param release whose arithmetic
   * @param base the base model's tensor, of at most two dimensions (with more, mergekit ranks along
   *     the second)
   * @return a builder; needs a seed
   */
  public static Builder dellaLinear(Release release, Tensor base) {
    return new Builder(MergekitMethod.DELLA_LINEAR, release, base);
  }

  /**
   * {@code della}: {@link #dellaLinear} with an election; normalised by default.
   *
   * @param release whose arithmetic
   * @param base the base model's tensor, of at most two dimensions
   * @return a builder; needs a seed
   */
  public static Builder della(Release release, Tensor base) {
    return new Builder(MergekitMethod.DELLA, release, base);
  }

  /**
   * {@code sce}: selects the elements that vary most over the models, weighs each model by the mean
   * square of what is left of its delta, and averages what has the sign of the plain sum. In double
   * after the deltas, so equal to mergekit's to its own rounding.
   *
   * @param release whose answers where nothing is selected: 0.1.5 gives the base, 0.1.4 a tensor of
   *     another shape, which is refused
   * @param base the base model's tensor
   * @param tensors x, at least one, like the base's
   * @param selectTopK the part of the varying elements that is selected, at least 0; 1 and more
   *     select all
   * @return the merged tensor, in the base's type
   * @throws IllegalArgumentException if there is no tensor, one is unlike the base's, the part is
   *     below 0, or the release selects nothing and is 0.1.4
   */
  public static Tensor sce(Release release, Tensor base, List<Tensor> tensors, double selectTopK) {
    if (tensors.isEmpty() || !(selectTopK >= 0)) {
      throw new IllegalArgumentException(
          "expected at least one tensor and select_topk of at least 0, found "
              + tensors.size()
              + " and "
              + selectTopK);
    }
    tensors.forEach(tensor -> checkLike(base, tensor));
    return assembled(
        base.dtype(), MergekitSce.merge(release, base, List.copyOf(tensors), selectTopK));
  }

  /** Models and parameters; each parameter may be set once. Not thread-safe. */
  public static final class Builder {
    private final MergekitMethod method;
    private final Release release;
    private final Tensor base;
    private final MergekitArithmetic arithmetic;
    private final List<Tensor> tensors = new ArrayList<>();
    private final List<Double> weights = new ArrayList<>();
    private final List<Double> densities = new ArrayList<>();
    private @Nullable Boolean normalize;
    private @Nullable Boolean rescale;
    private @Nullable Double lambda;
    private @Nullable Double gamma;
    private @Nullable Double epsilon;
    private @Nullable Long seed;

    private Builder(MergekitMethod method, Release release, Tensor base) {
      this.method = method;
      this.release = release;
      this.base = base;
      this.arithmetic = MergekitArithmetic.of(base.dtype());
    }

    /**
     * Adds a model.
     *
     * @param tensor its tensor, like the base's
     * @param weight finite
     * @param density the part of its delta that is kept, at least 0; 1 and more keep all
     * @return this
     * @throws IllegalArgumentException if the tensor is unlike the base's or a number out of range
     */
    public Builder model(Tensor tensor, double weight, double density) {
      checkLike(base, tensor);
      checkFinite("weight", weight);
      if (!(density >= 0)) {
        throw new IllegalArgumentException("expected a density of at least 0, found " + density);
      }
      tensors.add(tensor);
      weights.add(weight);
      densities.add(density);
      return this;
    }

    /**
     * Whether the sum is divided by the weights.
     *
     * @param value instead of the method's default
     * @return this
     * @throws IllegalStateException if set before
     */
    public Builder normalize(boolean value) {
      normalize = once("normalize", normalize, value);
      return this;
    }

    /**
     * Whether what is kept of a delta is rescaled to its L1 norm.
     *
     * @param value instead of the method's default
     * @return this
     * @throws IllegalStateException if set before
     */
    public Builder rescale(boolean value) {
      rescale = once("rescale", rescale, value);
      return this;
    }

    /**
     * What the mixed delta is multiplied with. Default 1.
     *
     * @param value finite
     * @return this
     * @throws IllegalArgumentException if not finite
     * @throws IllegalStateException if set before
     */
    public Builder lambda(double value) {
      checkFinite("lambda", value);
      lambda = once("lambda", lambda, value);
      return this;
    }

    /**
     * The part of each delta that breadcrumbs drops as outliers. Default 0.01.
     *
     * @param value at least 0 and below 1
     * @return this
     * @throws IllegalArgumentException if out of range
     * @throws IllegalStateException if set before
     */
    public Builder gamma(double value) {
      if (!(value >= 0 && value < 1)) {
        throw new IllegalArgumentException(
            "expected gamma of at least 0 and below 1, found " + value);
      }
      gamma = once("gamma", gamma, value);
      return this;
    }

    /**
     * How far della's probabilities reach to either side of the density. Default 0.15.
     *
     * @param value at least 0
     * @return this
     * @throws IllegalArgumentException if below 0
     * @throws IllegalStateException if set before
     */
    public Builder epsilon(double value) {
      if (!(value >= 0)) {
        throw new IllegalArgumentException("expected epsilon of at least 0, found " + value);
      }
      epsilon = once("epsilon", epsilon, value);
      return this;
    }

    /**
     * The seed of the random methods.
     *
     * @param value any number
     * @return this
     * @throws IllegalStateException if set before
     */
    public Builder seed(long value) {
      seed = once("seed", seed, value);
      return this;
    }

    /**
     * Merges.
     *
     * @return the merged tensor, in the base's type
     * @throws IllegalStateException if there is no model, or a seed is missing or not needed
     * @throws IllegalArgumentException if the release refuses a density
     */
    public Tensor merge() {
      boolean random =
          method.kept == MergekitMethod.Kept.AT_RANDOM
              || method.kept == MergekitMethod.Kept.BY_RANK;
      if (tensors.isEmpty() || random != (seed != null)) {
        throw new IllegalStateException(
            "expected at least one model and "
                + (random ? "a seed" : "no seed")
                + " for "
                + method
                + ", found "
                + tensors.size()
                + " models and "
                + (seed == null ? "no seed" : "seed " + seed));
      }
      List<Tensor> deltas = new ArrayList<>();
      for (int i = 0; i < tensors.size(); i++) {
        deltas.add(sparse(arithmetic.delta(tensors.get(i), base), densities.get(i)));
      }
      MergekitMix mix =
          new MergekitMix(
              arithmetic,
              base,
              deltas,
              List.copyOf(weights),
              method.elects,
              normalize == null ? method.normalizes : normalize,
              lambda == null ? 1 : lambda);
      return assembled(base.dtype(), new ComputedTensor(base.shape(), mix));
    }

    private Tensor sparse(Tensor delta, double density) {
      if (density >= 1 || method.kept == MergekitMethod.Kept.ALL) {
        return delta;
      }
      ComputedTensor.Elements kept = kept(delta, density);
      boolean rescaled = rescale == null ? method.rescales : rescale;
      return new ComputedTensor(
          delta.shape(), rescaled ? arithmetic.matchL1(delta, kept, TILE) : kept);
    }

    private ComputedTensor.Elements kept(Tensor delta, double density) {
      return switch (method.kept) {
        case ALL -> delta::read;
        case LARGEST -> MagnitudeBand.withRanks(delta, largest(delta, density), 0, TILE);
        case WITHOUT_OUTLIERS -> withoutOutliers(delta, density);
        case AT_RANDOM -> new RandomMask(delta, stream(delta), density, false);
        case BY_RANK -> byRank(delta, density);
      };
    }

    private long largest(Tensor delta, double density) {
      long kept = (long) (density * delta.shape().elements());
      if (kept == 0 && release == Release.V0_1_4) {
        throw new IllegalArgumentException(
            "expected a density that keeps an element, as mergekit 0.1.4 asserts, found "
                + density
                + " of "
                + delta.shape().elements());
      }
      return density == 0 ? 0 : Math.max(1, kept);
    }

    private ComputedTensor.Elements withoutOutliers(Tensor delta, double density) {
      long n = delta.shape().elements();
      long target = (long) (density * n);
      long top = (long) ((gamma == null ? 0.01 : gamma) * n);
      if (top == 0 && release == Release.V0_1_4) {
        // The slice [n_bot:-0] is empty, so the delta vanishes.
        target = 0;
      }
      long bottom = Math.max(0, n - target - top);
      return target == 0
          ? MagnitudeBand.withRanks(delta, 0, 0, TILE)
          : MagnitudeBand.withRanks(delta, n - bottom, n - bottom - target, TILE);
    }

    private ComputedTensor.Elements byRank(Tensor delta, double density) {
      double reach = epsilon == null ? 0.15 : epsilon;
      if (delta.shape().dimensions() > 2) {
        throw new IllegalArgumentException(
            "expected at most two dimensions for della, found " + delta.shape());
      }
      if (density == 0) {
        return MagnitudeBand.withRanks(delta, 0, 0, TILE);
      }
      if (!(density - reach > 0 && density + reach < 1)) {
        throw new IllegalArgumentException(
            "expected density - epsilon above 0 and density + epsilon below 1, found "
                + density
                + " and "
                + reach);
      }
      return new RankedRandomMask(delta, stream(delta), density, reach, false);
    }

    private CounterRandom stream(Tensor delta) {
      long chosen = seed == null ? 0 : seed;
      String hash = Digest.builder().add(chosen).add(delta).build().hex();
      return new CounterRandom(Long.parseUnsignedLong(hash.substring(0, 16), 16));
    }

    private static <T> T once(String option, @Nullable T before, T now) {
      if (before != null) {
        throw new IllegalStateException(
            "expected " + option + " to be set once, found " + before + ", then " + now);
      }
      return now;
    }
  }

  private static Tensor assembled(DType type, Tensor computed) {
    return TensorSum.inDouble("mergekit's result", type, List.of(computed), new double[] {1})
        .tensor();
  }

  private static void checkLike(Tensor expected, Tensor found) {
    if (!found.shape().equals(expected.shape()) || found.dtype() != expected.dtype()) {
      throw new IllegalArgumentException(
          "expected a tensor of "
              + expected.dtype()
              + expected.shape()
              + ", found "
              + found.dtype()
              + found.shape());
    }
  }

  private static void checkFinite(String name, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("expected a finite " + name + ", found " + value);
    }
  }
}
