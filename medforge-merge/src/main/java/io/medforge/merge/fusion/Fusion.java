package io.medforge.merge.fusion;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.Alignment;
import io.medforge.plugin.DType;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import java.util.function.UnaryOperator;
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
    return by(AveragingRule.mean());
  }

  /**
   * Another rule than the weighted mean. What {@link #average()} says of ranks, types, missing
   * layers and heads holds here, too; heads are merged by the rule if it averages values ({@link
   * RuleDescription#averagesValues}), else by the weighted mean, whose coefficients must sum to 1.
   *
   * @param rule how the updates of one layer become one
   * @return a builder
   */
  public static AverageBuilder by(AveragingRule rule) {
    return new AverageBuilder(rule, given -> given);
  }

  /**
   * A rule that finds one coefficient per plugin from whole plugins: SLERP, model stock, and the
   * robust rules. The coefficients set on the builder enter as shares, so only their proportions
   * count; the record names those that the rule found. A layer that a plugin lacks counts as no
   * change.
   *
   * @param rule how coefficients are found; {@link GramRule#perLayer} finds them layer by layer
   * @return a builder
   */
  public static AverageBuilder by(GramRule rule) {
    return new AverageBuilder(new WholePluginRule(rule), given -> new GramWeighting(given, rule));
  }

  /** Settings of an average; each may be set once. Not thread-safe. */
  public static final class AverageBuilder {
    private final AveragingRule rule;
    private final UnaryOperator<Weighting> weighting;
    private @Nullable Alignment alignment;
    private @Nullable Coefficients coefficients;
    private @Nullable Rank rank;
    private @Nullable FusionSpace space;
    private @Nullable PluginId id;
    private @Nullable DType outputType;
    private @Nullable ExecutorService executor;
    private @Nullable Long seed;
    private @Nullable Long memoryBudget;
    private boolean normalized;
    private boolean denseOutput;

    private AverageBuilder(AveragingRule rule, UnaryOperator<Weighting> weighting) {
      this.rule = Objects.requireNonNull(rule, "rule");
      this.weighting = weighting;
    }

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
     * At most this rank per layer. Default {@link Rank#full()} in product space; in dense space it
     * must be given, or {@link #denseOutput}.
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
     * The rank per layer. Default {@link Rank#full()} in product space; in dense space {@link
     * #denseOutput} or another rank must be given. There {@link Rank#energy} and {@link
     * Rank#budget} look for more and more singular values of a layer until they suffice, up to the
     * rank d k / (d + k) at which factors would hold as much as the layer itself: energies that
     * need more are refused.
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
     * Where low-rank updates are averaged. Default: the first of the rule's {@link
     * RuleDescription#spaces}, for the weighted mean {@link FusionSpace#PRODUCT}.
     *
     * @param chosen one of the rule's spaces
     * @return this
     * @throws IllegalStateException if set before
     */
    public AverageBuilder space(FusionSpace chosen) {
      space = once("space", space, chosen);
      return this;
    }

    /**
     * Keeps what was averaged in {@link FusionSpace#DENSE} as dense updates: nothing is cut, but
     * the result is as large as the layers.
     *
     * @return this
     * @throws IllegalStateException if set before
     */
    public AverageBuilder denseOutput() {
      if (denseOutput) {
        throw new IllegalStateException("expected denseOutput to be set once, found it set twice");
      }
      denseOutput = true;
      return this;
    }

    /**
     * What random numbers are drawn from, together with each plugin's digest, the layer and the
     * element: the same whatever the order, tiling and threads. Needed by rules that draw any.
     *
     * @param chosen any number
     * @return this
     * @throws IllegalStateException if set before
     */
    public AverageBuilder seed(long chosen) {
      seed = once("seed", seed, chosen);
      return this;
    }

    /**
     * How much memory an element-wise merge of one layer may hold beside its inputs and its result;
     * layers that an executor merges at the same time each hold as much. Changes no byte of the
     * result. Default: no limit; tiles of 16384 elements are used, so the need is about {@code 2
     * MiB + 8 (d + k) (sum r_i + 3 r + 30)} bytes and never grows with d k.
     *
     * @param bytes at least 1
     * @return this
     * @throws IllegalArgumentException if below 1
     * @throws IllegalStateException if set before
     */
    public AverageBuilder memoryBudget(long bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException(
            "expected a memory budget of at least 1 byte, found " + bytes);
      }
      memoryBudget = once("memoryBudget", memoryBudget, bytes);
      return this;
    }

    /**
     * Aligns the plugins before they are merged; the rule's own coefficients are found before that.
     * Makes merging in {@link FusionSpace#FACTORS}, and of two-layer heads, independent of how each
     * plugin is written; {@link FusionSpace#PRODUCT} needs no alignment of low-rank updates.
     * Default none.
     *
     * @param chosen the alignment
     * @return this
     * @throws IllegalStateException if set before
     */
    public AverageBuilder align(Alignment chosen) {
      alignment = once("alignment", alignment, chosen);
      return this;
    }

    /**
     * The result's id. Default {@code medforge/}, the strategy's name and a digest of the parents'
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
     * @throws IllegalStateException if the rule does not know the space; if a rank is set in factor
     *     space, where the rank is the plugins' own; if in dense space neither a rank nor
     *     denseOutput is given, or both, or full rank, or if denseOutput is given elsewhere; if a
     *     seed is missing or not needed
     */
    public MergeStrategy<PluginModule> build() {
      RuleDescription description = rule.description();
      RuleSettings settings = settings(description);
      SortedMap<String, String> parameters = settings.parameters();
      parameters.putAll(description.parameters());
      parameters.put("normalized", Boolean.toString(normalized));
      Weighting weights =
          weighting.apply(new CanonicalWeighting(Optional.ofNullable(coefficients), normalized));
      Function<PluginSet, LayerRule<Update>> rules =
          plugins -> RuleByLayer.of(rule, settings, plugins);
      Alignment aligner = alignment;
      if (aligner != null) {
        parameters.put("align", aligner.description());
        weights = new AlignedWeighting(weights, aligner);
        rules = plugins -> new OriginalTypeRule(RuleByLayer.of(rule, settings, plugins), plugins);
      }
      return new LayerwiseFusion(
          "fusion." + description.name(),
          parameters,
          weights,
          rules,
          settings.seed(),
          Optional.ofNullable(id),
          Optional.ofNullable(executor));
    }

    private RuleSettings settings(RuleDescription description) {
      FusionSpace chosen = space == null ? description.spaces().get(0) : space;
      if (!description.spaces().contains(chosen)) {
        throw new IllegalStateException(
            "expected one of the spaces "
                + description.spaces()
                + " for "
                + description.name()
                + ", found "
                + chosen);
      }
      if (chosen == FusionSpace.FACTORS && rank != null) {
        throw new IllegalStateException(
            "expected no rank in factor space, which keeps the plugins' own, found " + rank);
      }
      checkOutput(chosen);
      if (description.seeded() != (seed != null)) {
        throw new IllegalStateException(
            "expected "
                + (description.seeded() ? "a seed" : "no seed")
                + " for "
                + description.name()
                + ", found "
                + (seed == null ? "none" : seed));
      }
      return new RuleSettings(
          chosen,
          rank == null ? Rank.full() : rank,
          denseOutput,
          new OutputType(Optional.ofNullable(outputType)),
          optional(seed),
          new MemoryBudget(optional(memoryBudget)));
    }

    private void checkOutput(FusionSpace chosen) {
      if (chosen != FusionSpace.DENSE && denseOutput) {
        throw new IllegalStateException(
            "expected denseOutput in dense space only, found it in space " + chosen);
      }
      if (chosen != FusionSpace.DENSE) {
        return;
      }
      if (rank != null && rank.isFull()) {
        throw new IllegalStateException(
            "expected in dense space another rank than full, at which factors hold more than the"
                + " layer itself (denseOutput keeps all of it), found full");
      }
      if ((rank != null) == denseOutput) {
        throw new IllegalStateException(
            "expected in dense space, whose results have no low rank, either a rank or denseOutput,"
                + " found "
                + (denseOutput ? "both" : "neither"));
      }
    }

    private static OptionalLong optional(@Nullable Long value) {
      return value == null ? OptionalLong.empty() : OptionalLong.of(value);
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
