package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** Applies an averaging rule to any kind of update; a plugin set holds one kind per layer. */
record RuleByLayer(
    AveragingRule rule,
    RuleSettings settings,
    SortedMap<PluginId, Digest> digests,
    SortedMap<String, Rank> ranks)
    implements LayerRule<Update> {

  static RuleByLayer of(AveragingRule rule, RuleSettings settings, PluginSet plugins) {
    SortedMap<PluginId, Digest> digests = new TreeMap<>();
    plugins.plugins().forEach(plugin -> digests.put(plugin.id(), plugin.digest()));
    return new RuleByLayer(rule, settings, digests, Collections.emptySortedMap());
  }

  /** The same with results stored in a type. */
  RuleByLayer withType(OutputType type) {
    return new RuleByLayer(rule, settings.withType(type), digests, ranks);
  }

  /** Under a budget, with the ranks that spend it. */
  @Override
  public RuleByLayer planned(WeightedLayers layers) {
    OptionalLong budget = settings.rank().parameters();
    return budget.isEmpty()
        ? this
        : new RuleByLayer(
            rule, settings, digests, RankPlan.of(budget.getAsLong(), layers, this::leading));
  }

  private RankPlan.Leading leading(String layer, List<WeightedUpdate<Update>> updates, int wanted) {
    List<WeightedUpdate<LowRankUpdate>> parts = as(LowRankUpdate.class, updates);
    LayerUpdates seen = seen(layer, parts);
    LayerAverage average = rule.average(seen);
    if (settings.space() == FusionSpace.DENSE) {
      return new DenseCompression(DType.F64, seen.tile())
          .leading(layer, delta(seen, average), parts.get(0).update(), wanted);
    }
    Spectrum spectrum =
        average instanceof LayerAverage.Factored factored
            ? ProductSpaceRule.spectrum(layer, factored)
            : ProductSpaceRule.spectrum(
                layer, reweighted(parts, (LayerAverage.Combination) average));
    return new RankPlan.Leading(spectrum.values(Integer.MAX_VALUE), true);
  }

  private Rank rank(String layer) {
    return ranks.getOrDefault(layer, settings.rank());
  }

  @Override
  public MergedLayer merge(String layer, List<WeightedUpdate<Update>> updates) {
    Update first = updates.get(0).update();
    if (first instanceof LowRankUpdate) {
      return lowRank(layer, as(LowRankUpdate.class, updates));
    }
    if (first instanceof DenseUpdate) {
      return dense(layer, as(DenseUpdate.class, updates));
    }
    return replacement(layer, as(Replacement.class, updates));
  }

  private MergedLayer lowRank(String layer, List<WeightedUpdate<LowRankUpdate>> updates) {
    return switch (settings.space()) {
      case PRODUCT -> product(layer, updates);
      case FACTORS -> factors(layer, updates);
      case DENSE -> {
        LayerUpdates seen = seen(layer, updates);
        yield elements(seen, updates, delta(seen, rule.average(seen)));
      }
    };
  }

  private MergedLayer product(String layer, List<WeightedUpdate<LowRankUpdate>> updates) {
    LayerUpdates seen = seen(layer, updates);
    LayerAverage average = rule.average(seen);
    ProductSpaceRule productSpace = new ProductSpaceRule(rank(layer), settings.type());
    if (average instanceof LayerAverage.Combination combination) {
      return productSpace.merge(layer, reweighted(updates, combination));
    }
    if (average instanceof LayerAverage.Factored factored) {
      return productSpace.factored(
          layer,
          factored,
          updates.get(0).update(),
          settings
              .type()
              .of(updates.stream().flatMap(part -> LowRankFactors.tensors(part.update()))));
    }
    throw new IllegalStateException(
        "expected a combination or singular vectors in product space, found single elements, at"
            + " rule "
            + rule.description().name());
  }

  private MergedLayer factors(String layer, List<WeightedUpdate<LowRankUpdate>> updates) {
    return new FactorwiseRule(rule, settings).merge(seen(layer, updates), updates);
  }

  private MergedLayer elements(
      LayerUpdates seen, List<WeightedUpdate<LowRankUpdate>> updates, Tensor delta) {
    String layer = seen.layer();
    List<Tensor> inputs =
        updates.stream().flatMap(part -> LowRankFactors.tensors(part.update())).toList();
    if (!settings.denseOutput()) {
      return new DenseCompression(settings.type().of(inputs.stream()), seen.tile())
          .compress(layer, delta, updates.get(0).update(), rank(layer));
    }
    TensorSum made = new WholeTensorRule(settings.type()).assembled(layer, delta, inputs);
    return new MergedLayer.Fused(
        new DenseUpdate(made.tensor()), new MergeRecord.Layer(0, made.energy(), 0));
  }

  private MergedLayer dense(String layer, List<WeightedUpdate<DenseUpdate>> updates) {
    WholeTensorRule wholeTensors = new WholeTensorRule(settings.type());
    LayerUpdates seen = seen(layer, updates);
    LayerAverage average = rule.average(seen);
    if (average instanceof LayerAverage.Combination combination) {
      return wholeTensors.dense(layer, reweighted(updates, combination));
    }
    List<Tensor> inputs = updates.stream().map(part -> part.update().delta()).toList();
    TensorSum made = wholeTensors.assembled(layer, delta(seen, average), inputs);
    return new MergedLayer.Fused(
        new DenseUpdate(made.tensor()), new MergeRecord.Layer(0, made.energy(), 0));
  }

  /** By the rule if it averages values, else by the weighted mean. */
  private MergedLayer replacement(String layer, List<WeightedUpdate<Replacement>> updates) {
    WholeTensorRule wholeTensors = new WholeTensorRule(settings.type());
    if (!rule.description().averagesValues() || !WholeTensorRule.areOfOneSpaceAndReal(updates)) {
      return wholeTensors.replacement(layer, updates);
    }
    LayerUpdates seen =
        seen(
            layer,
            updates.stream()
                .map(
                    part ->
                        new WeightedUpdate<>(
                            part.plugin(), new DenseUpdate(part.update().tensor()), part.weight()))
                .toList());
    LayerAverage average = rule.average(seen);
    if (average instanceof LayerAverage.Combination combination) {
      return wholeTensors.replacement(layer, reweighted(updates, combination));
    }
    List<Tensor> inputs = updates.stream().map(part -> part.update().tensor()).toList();
    TensorSum made = wholeTensors.assembled(layer, delta(seen, average), inputs);
    return new MergedLayer.Fused(
        new Replacement(made.tensor(), updates.get(0).update().labels()),
        new MergeRecord.Layer(0, made.energy(), 0));
  }

  private LayerUpdates seen(String layer, List<? extends WeightedUpdate<?>> updates) {
    List<LayerUpdates.Member> members = new ArrayList<>();
    for (WeightedUpdate<?> part : updates) {
      Digest digest = digests.get(part.plugin());
      if (digest == null) {
        throw new IllegalStateException("expected a plugin of the set, found " + part.plugin());
      }
      members.add(new LayerUpdates.Member(part.plugin(), digest, part.update(), part.weight()));
    }
    boolean cut = settings.space() == FusionSpace.DENSE && !settings.denseOutput();
    int tile =
        settings
            .memory()
            .tile(
                layer,
                updates,
                cut
                    ? OptionalLong.of(settings.rank().fixed().orElse(Integer.MAX_VALUE))
                    : OptionalLong.empty());
    return new LayerUpdates(layer, members, settings.seed().orElse(0), tile);
  }

  /** Any average as the elements of a delta. */
  private static Tensor delta(LayerUpdates seen, LayerAverage average) {
    if (average instanceof LayerAverage.Combination combination) {
      return new ComputedTensor(
          seen.shape(), new SummedElements(seen.deltas(), combination.coefficients()));
    }
    if (average instanceof LayerAverage.Factored factored) {
      boolean turned =
          seen.members().get(0).update() instanceof LowRankUpdate lowRank
              && lowRank.layout() == LowRankUpdate.Layout.IN_OUT;
      double[][] rows = turned ? factored.right() : factored.left();
      double[][] columns = turned ? factored.left() : factored.right();
      return new ComputedTensor(seen.shape(), ProductElements.of(rows, columns, factored.values()));
    }
    Tensor delta = ((LayerAverage.Elements) average).delta();
    if (!delta.shape().equals(seen.shape())) {
      throw new IncompatiblePluginsException(
          "expected the rule's result in shape "
              + seen.shape()
              + ", found "
              + delta.shape()
              + ", at layer "
              + seen.layer());
    }
    return delta;
  }

  /** The same updates under the coefficients that a rule found. */
  static <U extends Update> List<WeightedUpdate<U>> reweighted(
      List<WeightedUpdate<U>> updates, LayerAverage.Combination combination) {
    List<Double> coefficients = combination.coefficients();
    if (coefficients.size() != updates.size()) {
      throw new IllegalStateException(
          "expected a coefficient per update, "
              + updates.size()
              + ", found "
              + coefficients.size());
    }
    List<WeightedUpdate<U>> reweighted = new ArrayList<>();
    for (int i = 0; i < updates.size(); i++) {
      WeightedUpdate<U> part = updates.get(i);
      reweighted.add(new WeightedUpdate<>(part.plugin(), part.update(), coefficients.get(i)));
    }
    return reweighted;
  }

  private static <U extends Update> List<WeightedUpdate<U>> as(
      Class<U> kind, List<WeightedUpdate<Update>> updates) {
    return updates.stream().map(part -> part.as(kind)).toList();
  }
}
