package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DType;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The Fusion of MedForge as it was published: a baseline to compare with, not to use. New work uses
 * {@link CoefficientSearch}.
 *
 * <pre>{@code
 * M = first plugin
 * for each further plugin N, in the given order:
 *   minimise over v in [-1.5, 1.5]^2, from (0.5, 0.5), in 40 evaluations:
 *     mean over the tasks so far of CE(softmax(logits), y) + 0.05 mean|v|
 *   A_M = v_0 A_M + v_1 A_N,  B_M = v_0 B_M + v_1 B_N
 * }</pre>
 *
 * <p>What is wrong with it, and is kept:
 *
 * <ul>
 *   <li>A and B are weighted apart, so a step yields v_0^2 B_M A_M + v_1^2 B_N A_N + v_0 v_1 (B_M
 *       A_N + B_N A_M): a weight's sign is lost on the plugins themselves, 0.5 counts as 0.25, and
 *       the cross terms depend on the basis in which each plugin happens to keep its factors.
 *   <li>It folds pairwise: the first plugin ends with the product of all v_0^2, 1/256 after five at
 *       0.5, so the oldest contributor fades and the order of arrival decides.
 *   <li>The cross-entropy takes probabilities for logits: softmax twice. With two classes the loss
 *       lies between 0.313 and 1.313, whatever the model, against an L1 term of up to 0.075.
 *   <li>Only the last pair of weights is returned. The record here keeps all of them, and names the
 *       last {@code weights-returned}.
 * </ul>
 *
 * <p>What differs: NGOpt, of Nevergrad, is not available; the optimiser is BOBYQA, as in {@link
 * CoefficientSearch}, with the same start, bounds and budget, and each step's best pair is used.
 * The published per-layer search is left out: it searches one weight per tensor and then uses the
 * first two for everything. LoRA dropout, probably active in the published search, is off. What the
 * reference drops or leaves undefined is refused by name: dense updates and heads, plugins that
 * lack layers, and different ranks or scalings.
 *
 * <p>The order is explicit, since it matters. Immutable and thread-safe.
 */
public final class MedForgeReference implements MergeStrategy<PluginModule> {
  private static final int BUDGET = 40;
  private static final double BOUND = 1.5;
  private static final double START = 0.5;
  private static final double LAMBDA = 0.05;
  private static final String NAME = "fusion.medforge-reference";
  private static final OutputType WIDEST = new OutputType(Optional.empty());

  private final List<PluginId> order;
  private final SortedMap<PluginId, DistilledSet> sets;
  private final ModelRuntime runtime;
  private final BoundedSearch search;

  private MedForgeReference(
      List<PluginId> order,
      Map<PluginId, DistilledSet> sets,
      ModelRuntime runtime,
      BoundedSearch search) {
    this.order = List.copyOf(order);
    this.sets = new TreeMap<>(sets);
    this.runtime = runtime;
    this.search = search;
    if (this.order.size() < 2 || new TreeSet<>(this.order).size() != this.order.size()) {
      throw new IllegalArgumentException(
          "expected two or more distinct plugins to fold, found " + order);
    }
  }

  /**
   * The published Fusion, with its budget of 40 evaluations for each plugin after the first.
   *
   * @param order the plugins in order of arrival, at least two
   * @param sets each plugin's distilled set, of one label space
   * @param runtime their base model; stays the caller's to close
   * @return the strategy; it merges sets of exactly these plugins
   * @throws IllegalArgumentException if there are fewer than two plugins or one appears twice
   */
  public static MedForgeReference inOrder(
      List<PluginId> order, Map<PluginId, DistilledSet> sets, ModelRuntime runtime) {
    return inOrder(order, sets, runtime, BUDGET);
  }

  /**
   * The published Fusion with another budget ({@code --max_inference_step}).
   *
   * @param order the plugins in order of arrival, at least two
   * @param sets each plugin's distilled set, of one label space
   * @param runtime their base model; stays the caller's to close
   * @param evaluations for each plugin after the first, at least 1
   * @return the strategy; it merges sets of exactly these plugins
   * @throws IllegalArgumentException if there are fewer than two plugins, one appears twice, or
   *     there is no evaluation to spend
   */
  public static MedForgeReference inOrder(
      List<PluginId> order,
      Map<PluginId, DistilledSet> sets,
      ModelRuntime runtime,
      int evaluations) {
    return new MedForgeReference(
        order, sets, runtime, new BoundedSearch(-BOUND, BOUND, evaluations, 0));
  }

  /**
   * Folds.
   *
   * @param plugins exactly the plugins named
   * @return the fold; its record holds every step's weights, losses and evaluations
   * @throws IllegalArgumentException if the set holds other plugins than were named, or a plugin
   *     has no distilled set
   * @throws IncompatiblePluginsException if the reference leaves the merge of these plugins
   *     undefined, or runtime, label spaces and answers do not fit
   */
  @Override
  public Merged<PluginModule> merge(PluginSet plugins) {
    List<PluginModule> arrivals = arrivals(plugins);
    DistilledTasks tasks = DistilledTasks.of(plugins, sets, runtime);
    checkDefined(arrivals);
    MergeRecord.Builder record = MergeRecord.of(NAME, plugins);
    record.parameter("order", String.join(" ", order.stream().map(PluginId::toString).toList()));
    record.parameter("search-bounds", search.lower() + " " + search.upper());
    record.parameter("search-budget", search.budget() + " per step");
    record.parameter("search-lambda", Double.toString(LAMBDA));
    record.parameter("search-optimiser", BoundedSearch.optimiser(2));
    tasks.sets().forEach((id, set) -> record.parameter("distilled." + id, set.digest().toString()));
    PluginModule merged = arrivals.get(0);
    for (int step = 1; step < arrivals.size(); step++) {
      merged = step(step, merged, arrivals.get(step), tasks, record);
    }
    merged.updates().forEach((layer, update) -> record.layer(layer, describe(layer, update)));
    record.remark(
        "the published algorithm, kept as a baseline: the result depends on the order of arrival"
            + " and on the basis of the factors; BOBYQA in the place of NGOpt");
    return new Merged<>(merged, record.build(merged.digest()));
  }

  /** Adds one plugin, at the weights that look best on the tasks so far. */
  private PluginModule step(
      int step,
      PluginModule merged,
      PluginModule next,
      DistilledTasks tasks,
      MergeRecord.Builder record) {
    List<PluginId> soFar = order.subList(0, step + 1);
    BoundedSearch.Found found =
        search.minimise(
            new double[] {START, START},
            v ->
                tasks.mean(combine(merged, next, v), soFar, CrossEntropy::ofProbabilities)
                    + LAMBDA * (Math.abs(v[0]) + Math.abs(v[1])) / 2);
    String weights = found.point()[0] + " " + found.point()[1];
    record.parameter("weights-step-" + step, weights);
    record.parameter("weights-returned", weights);
    record.parameter("evaluations-step-" + step, Integer.toString(found.trace().size()));
    return combine(merged, next, found.point());
  }

  private static PluginModule combine(PluginModule merged, PluginModule next, double[] v) {
    SortedMap<String, Update> updates = new TreeMap<>();
    merged
        .updates()
        .forEach(
            (layer, update) ->
                updates.put(
                    layer, combine(layer, (LowRankUpdate) update, lowRank(next, layer), v)));
    Digest digest =
        Digest.builder().add(merged.digest()).add(next.digest()).add(v[0]).add(v[1]).build();
    return PluginModule.of(
        new PluginId("medforge", NAME, digest.hex().substring(0, 16)),
        merged.base(),
        updates,
        Provenance.unknown().with("merged-by", NAME));
  }

  private static LowRankUpdate combine(
      String layer, LowRankUpdate one, LowRankUpdate other, double[] v) {
    DType type =
        WIDEST.of(Stream.concat(LowRankFactors.tensors(one), LowRankFactors.tensors(other)));
    return new LowRankUpdate(
        sum("layer " + layer + ", factor A", type, List.of(one.a(), other.a()), v),
        sum("layer " + layer + ", factor B", type, List.of(one.b(), other.b()), v),
        one.scaling(),
        one.layout());
  }

  private static Tensor sum(String where, DType type, List<Tensor> tensors, double[] v) {
    return (type == DType.F64
            ? TensorSum.inDouble(where, type, tensors, v)
            : TensorSum.inFloat(where, type, tensors, v))
        .tensor();
  }

  private List<PluginModule> arrivals(PluginSet plugins) {
    SortedMap<PluginId, PluginModule> byId = new TreeMap<>();
    plugins.plugins().forEach(plugin -> byId.put(plugin.id(), plugin));
    if (!byId.keySet().equals(new TreeSet<>(order))) {
      throw new IllegalArgumentException(
          "expected the plugins " + order + ", found " + byId.keySet());
    }
    List<PluginModule> arrivals = new ArrayList<>();
    for (PluginId id : order) {
      PluginModule plugin = byId.get(id);
      if (plugin != null) {
        arrivals.add(plugin);
      }
    }
    return arrivals;
  }

  private static void checkDefined(List<PluginModule> plugins) {
    PluginModule first = plugins.get(0);
    for (PluginModule plugin : plugins) {
      if (!plugin.updates().keySet().equals(first.updates().keySet())) {
        throw new IncompatiblePluginsException(
            "expected the layers "
                + first.updates().keySet()
                + " as in "
                + first.id()
                + ", found "
                + plugin.updates().keySet()
                + ", at plugin "
                + plugin.id());
      }
      for (String layer : first.updates().keySet()) {
        LowRankUpdate expected = lowRank(first, layer);
        LowRankUpdate found = lowRank(plugin, layer);
        if (found.rank() != expected.rank() || found.scaling() != expected.scaling()) {
          throw new IncompatiblePluginsException(
              "expected rank "
                  + expected.rank()
                  + " and scaling "
                  + expected.scaling()
                  + " as in "
                  + first.id()
                  + ", found rank "
                  + found.rank()
                  + " and scaling "
                  + found.scaling()
                  + ", at plugin "
                  + plugin.id()
                  + ", layer "
                  + layer);
        }
      }
    }
  }

  private static LowRankUpdate lowRank(PluginModule plugin, String layer) {
    if (plugin.update(layer).orElse(null) instanceof LowRankUpdate lowRank) {
      return lowRank;
    }
    throw new IncompatiblePluginsException(
        "expected a low-rank update, found another, at plugin "
            + plugin.id()
            + ", layer "
            + layer
            + " (the reference drops what is no LoRA factor)");
  }

  private static MergeRecord.Layer describe(String layer, Update update) {
    LowRankUpdate lowRank = (LowRankUpdate) update;
    WeightedUpdate<LowRankUpdate> itself =
        new WeightedUpdate<>(new PluginId("medforge", NAME, "1"), lowRank, 1);
    return new MergeRecord.Layer(lowRank.rank(), ExactComparison.energy(layer, List.of(itself)), 0);
  }
}
