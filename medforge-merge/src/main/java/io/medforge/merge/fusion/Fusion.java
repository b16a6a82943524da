package io.medforge.merge.fusion;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Fusion: many plugins become one plugin of bounded rank, the cheapest to run.
 *
 * <pre>{@code
 * Merged<PluginModule> fused = Fusion.average().rank(16).build().merge(plugins);
 * }</pre>
 */
public final class Fusion {
  private Fusion() {}

  /**
   * The weighted average {@code sum w_i Delta_i}. Unless told otherwise: every plugin counts 1/n,
   * in product space, at full rank, stored in the widest type of the inputs and at least F32.
   *
   * <p>Low-rank updates are averaged in the chosen {@link FusionSpace}; dense updates as {@code sum
   * w_i delta_i}; heads only within one label space and with coefficients that sum to 1, else they
   * are kept apart (different label spaces, see {@link io.medforge.merge.MergeRecord#keptApart}) or
   * refused (another sum). A layer that a plugin lacks counts as no change. One plugin of weight 1
   * is returned as it is.
   *
   * @return a builder
   */
  public static AverageBuilder average() {
    return new AverageBuilder();
  }

  /** Settings of a weighted average; each may be set once. Not thread-safe. */
  public static final class AverageBuilder {
    private @Nullable Coefficients coefficients;
    private @Nullable Rank rank;
    private @Nullable FusionSpace space;
    private @Nullable PluginId id;
    private @Nullable DType outputType;
    private @Nullable ExecutorService executor;
    private boolean normalized;

    private AverageBuilder() {}

    /**
     * How much each plugin counts; used as given unless {@link #normalized()}. Default 1/n.
     *
     * @param given w, any finite numbers; negative ones subtract (in product space)
     * @return this
     * @throws IllegalStateException if set before
     */
    public AverageBuilder coefficients(Coefficients given) {
      coefficients = once("coefficients", coefficients, given);
      return this;
    }

    /**
     * Divides the coefficients by their sum.
     *
     * @return this
     * @throws IllegalStateException if set before
     */
    public AverageBuilder normalized() {
      if (normalized) {
        throw new IllegalStateException("expected normalized to be set once, found it set twice");
      }
      normalized = true;
      return this;
    }

    /**
     * At most this rank per layer. Default {@link Rank#full()}. In product space only.
     *
     * @param limit at least 1
     * @return this
     * @throws IllegalArgumentException if below 1
     * @throws IllegalStateException if set before
     */
    public AverageBuilder rank(int limit) {
      return rank(Rank.of(limit));
    }

    /**
     * The rank per layer. Default {@link Rank#full()}. In product space only.
     *
     * @param chosen which rank
     * @return this
     * @throws IllegalStateException if set before
     */
    public AverageBuilder rank(Rank chosen) {
      rank = once("rank", rank, chosen);
      return this;
    }

    /**
     * Where low-rank updates are averaged. Default {@link FusionSpace#PRODUCT}.
     *
     * @param chosen the space
     * @return this
     * @throws IllegalStateException if set before
     */
    public AverageBuilder space(FusionSpace chosen) {
      space = once("space", space, chosen);
      return this;
    }

    /**
     * The result's id. Default {@code medforge/fusion.average:} and a digest of the parents'
     * digests, the coefficients and these settings.
     *
     * @param chosen the id
     * @return this
     * @throws IllegalStateException if set before
     */
    public AverageBuilder id(PluginId chosen) {
      id = once("id", id, chosen);
      return this;
    }

    /**
     * In which type results are stored, each value rounded once. Default: the widest among a
     * layer's inputs, at least F32.
     *
     * @param chosen F64, F32, F16 or BF16
     * @return this
     * @throws IllegalArgumentException if it is no floating-point type
     * @throws IllegalStateException if set before
     */
    public AverageBuilder outputType(DType chosen) {
      if (!chosen.isFloatingPoint()) {
        throw new IllegalArgumentException(
            "expected a floating-point output type, found " + chosen);
      }
      outputType = once("outputType", outputType, chosen);
      return this;
    }

    /**
     * Merges layers in parallel. The bytes are those of the default, one layer after another.
     *
     * @param chosen runs one task per layer; stays the caller's to shut down
     * @return this
     * @throws IllegalStateException if set before
     */
    public AverageBuilder executor(ExecutorService chosen) {
      executor = once("executor", executor, chosen);
      return this;
    }

    /**
     * Ends the settings.
     *
     * @return an immutable, thread-safe strategy
     * @throws IllegalStateException if a rank is set in factor space, where the rank is the
     *     plugins' own
     */
    public MergeStrategy<PluginModule> build() {
      FusionSpace chosenSpace = space == null ? FusionSpace.PRODUCT : space;
      if (chosenSpace == FusionSpace.FACTORS && rank != null) {
        throw new IllegalStateException(
            "expected no rank in factor space, which keeps the plugins' own, found " + rank);
      }
      Rank chosenRank = rank == null ? Rank.full() : rank;
      OutputType type = new OutputType(Optional.ofNullable(outputType));
      LayerRule<LowRankUpdate> lowRank =
          chosenSpace == FusionSpace.PRODUCT
              ? new ProductSpaceRule(chosenRank, type)
              : new FactorSpaceRule(type);
      SortedMap<String, String> parameters = new TreeMap<>();
      parameters.put("normalized", Boolean.toString(normalized));
      parameters.put("output-type", type.toString());
      parameters.put("space", chosenSpace == FusionSpace.PRODUCT ? "product" : "factors");
      if (chosenSpace == FusionSpace.PRODUCT) {
        parameters.put("rank", chosenRank.toString());
      }
      return new LayerwiseFusion(
          "fusion.average",
          parameters,
          new CanonicalWeighting(Optional.ofNullable(coefficients), normalized),
          plugins -> new AverageRule(lowRank, new WholeTensorRule(type)),
          Optional.ofNullable(id),
          Optional.ofNullable(executor));
    }

    private static <T> T once(String option, @Nullable T before, T now) {
      if (before != null) {
        throw new IllegalStateException(
            "expected " + option + " to be set once, found " + before + ", then " + now);
      }
      return now;
    }
  }

  /** The set's own order; coefficients as given, or uniform. */
  private record CanonicalWeighting(Optional<Coefficients> given, boolean normalized)
      implements Weighting {
    @Override
    public Weighted weigh(PluginSet plugins) {
      Coefficients coefficients = given.orElseGet(() -> Coefficients.uniform(plugins));
      coefficients.checkFit(plugins);
      return new Weighted(plugins.plugins(), normalized ? coefficients.normalized() : coefficients);
    }
  }
}
