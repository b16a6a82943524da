package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Ranks under a total budget, against all ranks there are. */
class RankBudgetTest {
  @Property(tries = 300)
  void layersOfOneShapeGetTheBestRanks(
      @ForAll @IntRange(min = 1, max = 4) int layers,
      @ForAll @IntRange(min = 0, max = 14) int more,
      @ForAll long seed) {
    List<RankBudget.Offer> offers = offers(seed, layers, 1);
    long budget = 10L * (layers + more) + 3;
    int[] ranks = RankBudget.spend(budget, offers);
    assertThat(spent(offers, ranks)).isLessThanOrEqualTo(budget);
    assertThat(kept(offers, ranks)).isCloseTo(best(budget, offers), within(1e-12));
  }

  @Property(tries = 300)
  void layersOfDifferentShapesLoseLessThanTheValueThatDidNotFit(
      @ForAll @IntRange(min = 1, max = 4) int layers,
      @ForAll @IntRange(min = 0, max = 150) int more,
      @ForAll long seed) {
    List<RankBudget.Offer> offers = offers(seed, layers, 3);
    long budget = offers.stream().mapToLong(RankBudget.Offer::cost).sum() + more;
    int[] ranks = RankBudget.spend(budget, offers);
    assertThat(spent(offers, ranks)).isLessThanOrEqualTo(budget);
    double kept = kept(offers, ranks);
    double best = best(budget, offers);
    double notTaken = 0;
    for (int i = 0; i < ranks.length; i++) {
      double[] values = offers.get(i).values();
      if (ranks[i] < values.length) {
        notTaken = Math.max(notTaken, values[ranks[i]] * values[ranks[i]]);
      }
    }
    assertThat(best - kept).isLessThanOrEqualTo(notTaken + 1e-12);
    // Nothing that still fits is left out.
    for (int i = 0; i < ranks.length; i++) {
      if (ranks[i] < offers.get(i).values().length) {
        assertThat(spent(offers, ranks) + offers.get(i).cost()).isGreaterThan(budget);
      }
    }
  }

  /** Of a module with a convolution, a transposed layer, a bias and another shape. */
  @Test
  void aMergeSpendsItsBudgetWhereItKeepsMostEnergy() {
    PluginSet plugins = PluginSet.of(module(1), module(2), module(3));
    Merged<PluginModule> full = Fusion.average().build().merge(plugins);
    Map<String, Double> energies = new TreeMap<>();
    full.record().layers().forEach((layer, record) -> energies.put(layer, record.energy()));
    double before = Double.MAX_VALUE;
    for (long budget : new long[] {141, 200, 350, 700, 10_000}) {
      Merged<PluginModule> merged =
          Fusion.average().rank(Rank.budget(budget)).build().merge(plugins);
      assertThat(merged.record().parameters()).containsEntry("rank", "budget:" + budget);
      assertThat(parameters(merged.value())).isLessThanOrEqualTo(budget);
      double lost = 0;
      for (String layer : energies.keySet()) {
        lost += merged.record().layers().get(layer).discardedEnergy() * energies.get(layer);
      }
      assertThat(lost).isLessThanOrEqualTo(before);
      before = lost;
      assertThat(((LowRankUpdate) merged.value().updates().get("conv")).a().shape().toArray())
          .endsWith(4, 3, 3);
      assertThat(bias(merged)).isEqualTo(bias(full));
    }
    assertThat(before).isLessThan(1e-12);
  }

  @Property(tries = 10)
  void orderAndThreadsDoNotMatter(@ForAll long seed) {
    List<PluginModule> modules = List.of(module(seed), module(seed + 1), module(seed + 2));
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      Merged<PluginModule> one =
          Fusion.average().rank(Rank.budget(300)).build().merge(PluginSet.of(modules));
      Merged<PluginModule> other =
          Fusion.average()
              .rank(Rank.budget(300))
              .executor(threads)
              .build()
              .merge(PluginSet.of(modules.get(2), modules.get(0), modules.get(1)));
      assertThat(other.value().digest()).isEqualTo(one.value().digest());
      assertThat(other.record()).isEqualTo(one.record());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void refusesBudgetsThatDoNotHoldEveryLayer() {
    PluginSet plugins = PluginSet.of(module(1), module(2));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> Fusion.average().rank(Rank.budget(140)).build().merge(plugins))
        .withMessageContainingAll("at least 141 parameters", "4 low-rank layers", "found 140");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rank.budget(0))
        .withMessageContaining("at least 1");
  }

  @Test
  void singularVectorRulesAndDenseRulesTakeABudget() {
    PluginSet plugins = PluginSet.of(module(1), module(2), module(3));
    for (AveragingRule rule :
        List.of(AveragingRule.tsvM(), AveragingRule.isoC(), AveragingRule.ties(0.5))) {
      PluginModule merged = Fusion.by(rule).rank(Rank.budget(300)).build().merge(plugins).value();
      assertThat(parameters(merged)).isLessThanOrEqualTo(300).isGreaterThan(200);
    }
  }

  /** A dense result of many singular values is asked for more of them until the budget is spent. */
  @Test
  void denseSpectraAreFoundInPortions() {
    SplittableRandom random = new SplittableRandom(5);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Map<String, Update> updates = new TreeMap<>();
      updates.put("large", Plugins.lowRank(random, DType.F32, 140, 150, 60));
      updates.put("small", Plugins.lowRank(random, DType.F32, 12, 11, 4));
      modules.add(Plugins.module("p" + i, updates));
    }
    PluginModule merged =
        Fusion.by(AveragingRule.ties(0.9))
            .rank(Rank.budget(290 * 45 + 23))
            .build()
            .merge(PluginSet.of(modules))
            .value();
    assertThat(((LowRankUpdate) merged.updates().get("large")).rank()).isBetween(40L, 45L);
    assertThat(parameters(merged)).isLessThanOrEqualTo(290 * 45 + 23);
  }

  private static double[] bias(Merged<PluginModule> merged) {
    return ((DenseUpdate) merged.value().updates().get("bias")).delta().toDoubles();
  }

  private static PluginModule module(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Update> updates = new TreeMap<>();
    updates.put("a", Plugins.lowRank(random, DType.F64, 14, 11, 4));
    updates.put("b", Plugins.lowRank(random, DType.F64, 20, 30, 3));
    updates.put(
        "conv",
        new LowRankUpdate(
            Plugins.tensor(random, DType.F64, 2, 4, 3, 3),
            Plugins.tensor(random, DType.F64, 8, 2, 1, 1),
            0.1));
    LowRankUpdate plain = Plugins.lowRank(random, DType.F64, 12, 10, 2);
    updates.put(
        "turned",
        new LowRankUpdate(plain.a(), plain.b(), plain.scaling(), LowRankUpdate.Layout.IN_OUT));
    updates.put("bias", Plugins.dense(random, DType.F64, 14));
    return Plugins.module("p" + seed, updates);
  }

  private static long parameters(PluginModule module) {
    long sum = 0;
    for (Update update : module.updates().values()) {
      if (update instanceof LowRankUpdate lowRank) {
        sum += lowRank.a().shape().elements() + lowRank.b().shape().elements();
      }
    }
    return sum;
  }

  private static List<RankBudget.Offer> offers(long seed, int layers, int shapes) {
    SplittableRandom random = new SplittableRandom(seed);
    List<RankBudget.Offer> offers = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      double[] values = new double[random.nextInt(0, 7)];
      for (int j = 0; j < values.length; j++) {
        values[j] = -random.nextDouble();
      }
      Arrays.sort(values);
      for (int j = 0; j < values.length; j++) {
        values[j] = -values[j];
      }
      offers.add(new RankBudget.Offer("l" + i, 10 + 7L * random.nextInt(shapes), values));
    }
    return offers;
  }

  private static long spent(List<RankBudget.Offer> offers, int[] ranks) {
    long sum = 0;
    for (int i = 0; i < ranks.length; i++) {
      sum += ranks[i] * offers.get(i).cost();
    }
    return sum;
  }

  private static double kept(List<RankBudget.Offer> offers, int[] ranks) {
    double sum = 0;
    for (int i = 0; i < ranks.length; i++) {
      sum += energy(offers.get(i), ranks[i]);
    }
    return sum;
  }

  private static double energy(RankBudget.Offer offer, int rank) {
    return Arrays.stream(offer.values()).limit(rank).map(value -> value * value).sum();
  }

  /** Of all ranks of at least 1 within the budget. */
  private static double best(long budget, List<RankBudget.Offer> offers) {
    if (offers.isEmpty()) {
      return budget >= 0 ? 0 : Double.NEGATIVE_INFINITY;
    }
    RankBudget.Offer first = offers.get(0);
    double best = Double.NEGATIVE_INFINITY;
    for (int rank = 1; rank <= Math.max(1, first.values().length); rank++) {
      double others = best(budget - rank * first.cost(), offers.subList(1, offers.size()));
      best = Math.max(best, energy(first, rank) + others);
    }
    return best;
  }
}
