package io.medforge.merge.fusion;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Merges as Hugging Face PEFT's {@code add_weighted_adapter} does, number for number, so that a
 * merge made there can be repeated here; checked against files written by PEFT 0.20.0 and 0.21.2.
 * New work should use {@link Fusion}, whose result is the best of its rank.
 *
 * <p>PEFT sums in the order in which adapters are named, and the first one decides the merged
 * configuration, so the order is part of these strategies; the order of the set does not matter.
 * What PEFT reads from an adapter's configuration is taken from its content: the rank of an adapter
 * is the largest of its layers' ranks. A single adapter is always merged linearly, as PEFT does. A
 * layer that an adapter lacks is skipped for it.
 *
 * <p>What PEFT would drop without a word (dense updates such as biases, heads) and what it leaves
 * undefined (adapters of mixed types) is refused by name with {@link IncompatiblePluginsException}.
 */
public final class PeftCompat {
  private PeftCompat() {}

  /**
   * An adapter to merge.
   *
   * @param plugin which one
   * @param weight its weight, finite; negative ones subtract
   */
  public record Adapter(PluginId plugin, double weight) {
    /**
     * Checks the weight.
     *
     * @param plugin which one
     * @param weight its weight, finite; negative ones subtract
     * @throws IllegalArgumentException if it is not finite
     */
    public Adapter {
      if (!Double.isFinite(weight)) {
        throw new IllegalArgumentException(
            "expected a finite weight, found " + weight + ", at adapter " + plugin);
      }
    }
  }

  /**
   * {@code combination_type="linear"}: {@code A' = sum sgn_i sqrt|w_i s_i| A_i, B' = sum sqrt|w_i
   * s_i| B_i}, in float, rounded once to the factors' type. {@code B' A'} holds cross terms {@code
   * B_i A_j}. Needs adapters of one rank. As of 0.18.2; before, negative weights counted as
   * positive.
   *
   * @param adapters in PEFT's order
   * @return a builder
   * @throws IllegalArgumentException if there are none or one appears twice
   */
  public static Builder linear(List<Adapter> adapters) {
    return new Builder(adapters, new PeftLinear());
  }

  /**
   * {@code combination_type="cat"}: the rows {@code w_i s_i A_i} and the columns {@code B_i} side
   * by side: exact, at a rank that grows to the sum of the adapters'. Padded with zeros where an
   * adapter lacks a layer or has a smaller rank there. In the factors' type, as PEFT.
   *
   * @param adapters in PEFT's order
   * @return a builder
   * @throws IllegalArgumentException if there are none or one appears twice
   */
  public static Builder cat(List<Adapter> adapters) {
    return new Builder(adapters, new PeftCat());
  }

  /**
   * {@code combination_type="svd"}: the sum of the products, cut to a rank: {@code B' = U_r S_r, A'
   * = V_r^T}. PEFT decomposes the dense d x k sum; here the same product is found on the factors,
   * in double. The product is unique, the factors only up to the signs of the singular vectors,
   * which here are fixed: the largest component of each column of B is positive. Columns and rows
   * beyond the sum's own rank, which PEFT fills with rounding errors, are zero. Half-precision
   * factors are widened to F32 first, as PEFT does when it loads them.
   *
   * @param adapters in PEFT's order
   * @param options scaling, rank and clamp
   * @return a builder
   * @throws IllegalArgumentException if there are none or one appears twice
   */
  public static Builder svd(List<Adapter> adapters, PeftSvdOptions options) {
    return new Builder(adapters, new PeftSvd(options));
  }

  /**
   * {@code combination_type="magnitude_prune"}: keeps the floor(density numel) largest elements of
   * each A and each B, by itself, then {@link #linear}. In float, rounded once to the factors'
   * type. What is left of the product is a product of two pruned factors. Of elements that tie at
   * the threshold the first are kept, where PEFT leaves it to {@code torch.topk}.
   *
   * @param adapters in PEFT's order, of one rank
   * @param density at least 0; 0 leaves nothing, 1 and more prune nothing, as PEFT
   * @return a builder
   * @throws IllegalArgumentException if there are no adapters, one appears twice, or the density is
   *     out of range
   */
  public static Builder magnitudePrune(List<Adapter> adapters, double density) {
    return new Builder(adapters, new PeftPruned(magnitudes(density)));
  }

  /**
   * {@code combination_type="ties"}: prunes as {@link #magnitudePrune}, elects a sign per element
   * from the pruned, unweighted factors, and divides the weighted sum of those that agree by their
   * number. So equal adapters of weight 1/n give 1/n of one of them; {@link AveragingRule#ties}
   * gives that one.
   *
   * @param adapters in PEFT's order, of one rank
   * @param density at least 0
   * @param majoritySign {@link SignVote#UNWEIGHTED} for "total", PEFT's default, or {@link
   *     SignVote#FREQUENCY}
   * @return a builder
   * @throws IllegalArgumentException if there are no adapters, one appears twice, the density is
   *     out of range, or PEFT does not know the vote
   */
  public static Builder ties(List<Adapter> adapters, double density, SignVote majoritySign) {
    PeftPruning pruning =
        new PeftPruning("ties", density, Optional.of(majoritySign), OptionalLong.empty());
    return new Builder(adapters, new PeftPruned(pruning));
  }

  /**
   * {@code combination_type="magnitude_prune_svd"}: {@link #magnitudePrune} of the products {@code
   * s_i B_i A_i}, which are multiplied out tile by tile, cut to a rank as {@link #svd}. Layers
   * whose shorter side exceeds 96 are cut by a subspace iteration whose loss the record states.
   *
   * @param adapters in PEFT's order
   * @param density at least 0
   * @param options scaling, rank and clamp
   * @return a builder
   * @throws IllegalArgumentException if there are no adapters, one appears twice, or the density is
   *     out of range
   */
  public static Builder magnitudePruneSvd(
      List<Adapter> adapters, double density, PeftSvdOptions options) {
    return new Builder(adapters, new PeftPrunedSvd(magnitudes(density), options));
  }

  /**
   * {@code combination_type="ties_svd"}: {@link #ties} of the products {@code s_i B_i A_i}, cut to
   * a rank as {@link #magnitudePruneSvd}. The scaling takes part in the election.
   *
   * @param adapters in PEFT's order
   * @param density at least 0
   * @param majoritySign as for {@link #ties}
   * @param options scaling, rank and clamp
   * @return a builder
   * @throws IllegalArgumentException if there are no adapters, one appears twice, the density is
   *     out of range, or PEFT does not know the vote
   */
  public static Builder tiesSvd(
      List<Adapter> adapters, double density, SignVote majoritySign, PeftSvdOptions options) {
    PeftPruning pruning =
        new PeftPruning("ties", density, Optional.of(majoritySign), OptionalLong.empty());
    return new Builder(adapters, new PeftPrunedSvd(pruning, options));
  }

  /**
   * {@code combination_type="dare_linear"}, by distribution: PEFT draws from torch's global stream,
   * which has no seed of its own; here the seed decides, and the order of the adapters does not.
   *
   * @param adapters in PEFT's order, of one rank
   * @param density above 0; 1 and more drop nothing
   * @param seed any number
   * @return a builder
   * @throws IllegalArgumentException if there are no adapters, one appears twice, or the density is
   *     out of range (at 0 PEFT divides by zero)
   */
  public static Builder dareLinear(List<Adapter> adapters, double density, long seed) {
    PeftPruning pruning =
        new PeftPruning("dare-linear", density, Optional.empty(), OptionalLong.of(seed));
    return new Builder(adapters, new PeftPruned(pruning));
  }

  /**
   * {@code combination_type="dare_ties"}, by distribution as {@link #dareLinear}: signs are elected
   * among the survivors, so the mean over the seeds is not the weighted sum.
   *
   * @param adapters in PEFT's order, of one rank
   * @param density above 0
   * @param majoritySign as for {@link #ties}
   * @param seed any number
   * @return a builder
   * @throws IllegalArgumentException if there are no adapters, one appears twice, the density is
   *     out of range, or PEFT does not know the vote
   */
  public static Builder dareTies(
      List<Adapter> adapters, double density, SignVote majoritySign, long seed) {
    PeftPruning pruning =
        new PeftPruning("dare-ties", density, Optional.of(majoritySign), OptionalLong.of(seed));
    return new Builder(adapters, new PeftPruned(pruning));
  }

  /**
   * {@code combination_type="dare_linear_svd"}: {@link #dareLinear} of the products {@code s_i B_i
   * A_i}, cut to a rank as {@link #magnitudePruneSvd}; by distribution. The adapters' ranks may
   * differ.
   *
   * @param adapters in PEFT's order
   * @param density above 0; 1 and more drop nothing
   * @param seed any number
   * @param options scaling, rank and clamp
   * @return a builder
   * @throws IllegalArgumentException if there are no adapters, one appears twice, or the density is
   *     out of range
   */
  public static Builder dareLinearSvd(
      List<Adapter> adapters, double density, long seed, PeftSvdOptions options) {
    PeftPruning pruning =
        new PeftPruning("dare-linear", density, Optional.empty(), OptionalLong.of(seed));
    return new Builder(adapters, new PeftPrunedSvd(pruning, options));
  }

  /**
   * {@code combination_type="dare_ties_svd"}: {@link #dareTies} of the products {@code s_i B_i
   * A_i}, cut to a rank as {@link #magnitudePruneSvd}; by distribution. The scaling takes part in
   * the election.
   *
   * @param adapters in PEFT's order
   * @param density above 0; 1 and more drop nothing
   * @param majoritySign as for {@link #ties}
   * @param seed any number
   * @param options scaling, rank and clamp
   * @return a builder
   * @throws IllegalArgumentException if there are no adapters, one appears twice, the density is
   *     out of range, or PEFT does not know the vote
   */
  public static Builder dareTiesSvd(
      List<Adapter> adapters,
      double density,
      SignVote majoritySign,
      long seed,
      PeftSvdOptions options) {
    PeftPruning pruning =
        new PeftPruning("dare-ties", density, Optional.of(majoritySign), OptionalLong.of(seed));
    return new Builder(adapters, new PeftPrunedSvd(pruning, options));
  }

  private static PeftPruning magnitudes(double density) {
    return new PeftPruning("magnitude-prune", density, Optional.empty(), OptionalLong.empty());
  }

  /** Further settings; each may be set once. Not thread-safe. */
  public static final class Builder {
    private final List<Adapter> adapters;
    private final PeftCombination combination;
    private @Nullable PluginId id;
    private @Nullable ExecutorService executor;
    private boolean rsLoraFirst;

    private Builder(List<Adapter> adapters, PeftCombination combination) {
      this.adapters = List.copyOf(adapters);
      SortedMap<PluginId, Double> weights = new TreeMap<>();
      for (Adapter adapter : adapters) {
        if (weights.put(adapter.plugin(), adapter.weight()) != null) {
          throw new IllegalArgumentException(
              "expected distinct adapters, found " + adapter.plugin() + " twice");
        }
      }
      if (weights.isEmpty()) {
        throw new IllegalArgumentException("expected at least one adapter, found none");
      }
      // "If there is only one adapter, we can only use linear merging" (PEFT).
      this.combination = weights.size() == 1 ? new PeftLinear() : combination;
    }

    /**
     * Says that the first adapter was trained with {@code use_rslora}, which its content does not
     * tell. The merged configuration inherits it, so PEFT (0.20.0 and 0.21.2 alike) scales the
     * merged product by sqrt(r) instead of 1: too strong, but what PEFT does.
     *
     * @return this
     * @throws IllegalStateException if set before
     */
    public Builder rsLoraFirst() {
      if (rsLoraFirst) {
        throw new IllegalStateException("expected rsLoraFirst to be set once, found it set twice");
      }
      rsLoraFirst = true;
      return this;
    }

    /**
     * The result's id. Default: derived from the parents' digests and the settings.
     *
     * @param chosen the id
     * @return this
     * @throws IllegalStateException if set before
     */
    public Builder id(PluginId chosen) {
      if (id != null) {
        throw new IllegalStateException(
            "expected id to be set once, found " + id + ", then " + chosen);
      }
      id = chosen;
      return this;
    }

    /**
     * Merges layers in parallel. The bytes are those of the default, one layer after another.
     *
     * @param chosen runs one task per layer; stays the caller's to shut down
     * @return this
     * @throws IllegalStateException if set before
     */
    public Builder executor(ExecutorService chosen) {
      if (executor != null) {
        throw new IllegalStateException("expected executor to be set once, found it set twice");
      }
      executor = chosen;
      return this;
    }

    /**
     * Ends the settings.
     *
     * @return an immutable, thread-safe strategy; it merges sets of exactly the adapters named
     */
    public MergeStrategy<PluginModule> build() {
      SortedMap<String, String> parameters = new TreeMap<>(combination.parameters());
      parameters.put(
          "adapters", String.join(" ", adapters.stream().map(a -> a.plugin().toString()).toList()));
      parameters.put("rslora-first", Boolean.toString(rsLoraFirst));
      ListedWeighting weighting = new ListedWeighting(adapters);
      boolean inherited = rsLoraFirst;
      return new LayerwiseFusion(
          combination.name(),
          parameters,
          weighting,
          plugins -> PeftRule.of(combination, weighting.order(plugins), inherited),
          OptionalLong.empty(),
          Optional.ofNullable(id),
          Optional.ofNullable(executor));
    }
  }

  /** The order of the list. */
  private record ListedWeighting(List<Adapter> adapters) implements Weighting {
    @Override
    public Weighted weigh(PluginSet plugins) {
      SortedMap<PluginId, Double> weights = new TreeMap<>();
      adapters.forEach(adapter -> weights.put(adapter.plugin(), adapter.weight()));
      Coefficients coefficients = Coefficients.perPlugin(weights);
      coefficients.checkFit(plugins);
      return new Weighted(order(plugins), coefficients);
    }

    List<PluginModule> order(PluginSet plugins) {
      Map<PluginId, PluginModule> byId = new TreeMap<>();
      plugins.plugins().forEach(plugin -> byId.put(plugin.id(), plugin));
      List<PluginModule> order = new ArrayList<>();
      adapters.forEach(adapter -> order.add(byId.get(adapter.plugin())));
      return order;
    }
  }
}
