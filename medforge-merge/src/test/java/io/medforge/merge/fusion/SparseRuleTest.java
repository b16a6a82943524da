package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Element-wise rules: against slow versions, and the laws they keep. */
class SparseRuleTest {
  private static final String LAYER = "encoder.0.query";

  @Provide
  Arbitrary<AveragingRule> rules() {
    return Arbitraries.of(
        AveragingRule.ties(0.2),
        AveragingRule.elected(Sparsifier.magnitude(0.5), SignVote.UNWEIGHTED),
        AveragingRule.elected(Sparsifier.magnitude(0.5), SignVote.FREQUENCY),
        AveragingRule.magnitudePrune(0.3),
        AveragingRule.breadcrumbs(0.4, 0.1),
        AveragingRule.dare(0.5),
        AveragingRule.sparse(Sparsifier.random(0.5, Rescale.MATCH_L1)),
        AveragingRule.elected(Sparsifier.random(0.3), SignVote.WEIGHTED),
        AveragingRule.della(0.5, 0.2),
        AveragingRule.sparse(Sparsifier.della(0.5, 0.2, Rescale.MATCH_L1)),
        AveragingRule.ties(0.4).times(0.7));
  }

  @Property(tries = 60)
  void tiesAndPruningAreTheirObviousVersions(
      @ForAll @IntRange(min = 1, max = 4) int n,
      @ForAll @IntRange(min = 1, max = 97) int size,
      @ForAll @IntRange(min = 1, max = 100) int percent,
      @ForAll boolean ties,
      @ForAll long seed) {
    double density = percent / 100.0;
    Case random = new Case(seed, n, DType.BF16, size);
    AveragingRule rule =
        ties ? AveragingRule.ties(density) : AveragingRule.breadcrumbs(density, 0.1);
    float[] found = random.dense(Fusion.by(rule));
    float[][] kept = new float[n][];
    for (int i = 0; i < n; i++) {
      int keep = Math.max(1, (int) (density * size));
      int drop = ties || keep == size ? 0 : Math.min((int) (0.1 * size), size - keep);
      kept[i] = obviouslyKept(random.delta(i), keep + drop, drop);
    }
    for (int e = 0; e < size; e++) {
      assertThat((double) found[e])
          .isCloseTo(ties ? random.disjointMean(kept, e) : random.sum(kept, e), within(1e-6));
    }
  }

  @Property(tries = 60)
  void atFullDensityThereIsNothingButTheMeanOrTheElection(
      @ForAll @IntRange(min = 1, max = 4) int n, @ForAll long seed) {
    Case random = new Case(seed, n, DType.F32, 61);
    float[][] all = new float[n][];
    for (int i = 0; i < n; i++) {
      all[i] = random.delta(i);
    }
    for (AveragingRule rule :
        List.of(
            AveragingRule.magnitudePrune(1),
            AveragingRule.breadcrumbs(1, 0.1),
            AveragingRule.dare(1),
            AveragingRule.sparse(Sparsifier.random(1, Rescale.MATCH_L1)))) {
      float[] found = random.dense(Fusion.by(rule));
      for (int e = 0; e < found.length; e++) {
        assertThat(found[e]).isEqualTo((float) random.sum(all, e));
      }
    }
    float[] ties = random.dense(Fusion.by(AveragingRule.ties(1)));
    for (int e = 0; e < ties.length; e++) {
      assertThat((double) ties[e]).isCloseTo(random.disjointMean(all, e), within(1e-6));
    }
  }

  @Property(tries = 20)
  void orderTilesAndThreadsDoNotChangeAByte(
      @ForAll("rules") AveragingRule rule,
      @ForAll @IntRange(min = 2, max = 4) int n,
      @ForAll @IntRange(min = 1, max = 30) int d,
      @ForAll @IntRange(min = 1, max = 130) int k,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Map<String, Update> updates = new TreeMap<>();
      updates.put(LAYER, Plugins.lowRank(random, DType.F32, d, k, random.nextInt(1, 5)));
      updates.put("other", Plugins.dense(random, DType.F16, d, k));
      modules.add(Plugins.module("p" + i, updates));
    }
    List<PluginModule> shuffled = new ArrayList<>(modules);
    Collections.shuffle(shuffled, new Random(seed));
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Merged<PluginModule> one = seeded(rule).rank(3).build().merge(PluginSet.of(modules));
      long little = (2 << 20) + 8L * 20 * (d + k) * 12 + 24L * 4 * (d + k) + 18_500;
      Merged<PluginModule> other =
          seeded(rule)
              .rank(3)
              .memoryBudget(little)
              .executor(threads)
              .build()
              .merge(PluginSet.of(shuffled));
      assertThat(other.value().digest()).isEqualTo(one.value().digest());
      assertThat(other.record()).isEqualTo(one.record());
    } finally {
      threads.shutdownNow();
    }
  }

  @Property(tries = 40)
  void everyTilingReadsTheSameElements(@ForAll("rules") AveragingRule rule, @ForAll long seed) {
    Case random = new Case(seed, 3, DType.F32, 23, 17);
    Tensor small = random.elements(rule, 5);
    Tensor large = random.elements(rule, 1000);
    float[] whole = large.toFloats();
    int from = 0;
    for (int count = 1; from + count <= whole.length; count = count * 2 + 1) {
      float[] part = new float[count + 3];
      small.read(from, part, 2, count);
      assertThat(Arrays.copyOfRange(part, 2, 2 + count))
          .isEqualTo(Arrays.copyOfRange(whole, from, from + count));
      from += count;
    }
  }

  @Property(tries = 40)
  void doublingEveryDeltaDoublesTheResult(@ForAll("rules") AveragingRule rule, @ForAll long seed) {
    Case random = new Case(seed, 3, DType.F32, 19, 7);
    // The same masks, since they hang on the digest: so the rule is asked, not the fusion.
    float[] once = random.elements(rule, 64).toFloats();
    float[] twice = random.doubled().elements(rule, 64).toFloats();
    for (int i = 0; i < once.length; i++) {
      assertThat(twice[i]).isEqualTo(2 * once[i]);
    }
  }

  @Property(tries = 40)
  void equalPluginsWhoseWeightsSumToOneAreThatPluginAtFullDensity(
      @ForAll @IntRange(min = 1, max = 5) int n, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Update update = Plugins.lowRank(random, DType.F32, 12, 9, 3);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(Plugins.module("p" + i, Map.of(LAYER, update)));
    }
    double[][] expected = Plugins.product(update, 1);
    for (AveragingRule rule : List.of(AveragingRule.ties(1), AveragingRule.magnitudePrune(1))) {
      LowRankUpdate found =
          (LowRankUpdate)
              Fusion.by(rule)
                  .rank(3)
                  .build()
                  .merge(PluginSet.of(modules))
                  .value()
                  .updates()
                  .get(LAYER);
      assertThat(Dense.distance(Plugins.product(found, 1), expected))
          .isLessThan(1e-6 * Dense.norm(expected));
    }
  }

  @Property(tries = 20)
  void theBasisOfThePluginsDoesNotMatter(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    LowRankUpdate update = Plugins.lowRank(random, DType.F64, 8, 6, 2);
    // Powers of two and a swap turn the basis without rounding, so not even a threshold moves.
    double[] a = update.a().toDoubles();
    double[] b = update.b().toDoubles();
    double[] turnedA = new double[a.length];
    double[] turnedB = new double[b.length];
    for (int col = 0; col < 6; col++) {
      turnedA[col] = a[6 + col] * 4;
      turnedA[6 + col] = a[col] / 2;
    }
    for (int row = 0; row < 8; row++) {
      turnedB[2 * row] = b[2 * row + 1] / 4;
      turnedB[2 * row + 1] = b[2 * row] * 2;
    }
    LowRankUpdate turned =
        new LowRankUpdate(
            Tensor.of(Shape.of(2, 6), turnedA),
            Tensor.of(Shape.of(8, 2), turnedB),
            update.scaling());
    PluginModule third =
        Plugins.module("third", Map.of(LAYER, Plugins.lowRank(random, DType.F64, 8, 6, 3)));
    PluginModule one = Plugins.module("one", Map.of(LAYER, update));
    PluginModule other = Plugins.module("one", Map.of(LAYER, turned));
    float[] first = dense(AveragingRule.ties(0.4), one, third);
    float[] second = dense(AveragingRule.ties(0.4), other, third);
    for (int i = 0; i < first.length; i++) {
      assertThat(second[i]).isCloseTo(first[i], within(1e-5f));
    }
  }

  @Test
  void aCutStatesWhatItLostExactlyAndByIteration() {
    for (int size : new int[] {40, 128}) {
      SplittableRandom random = new SplittableRandom(size);
      PluginModule one =
          Plugins.module("one", Map.of(LAYER, Plugins.lowRank(random, DType.F32, size, 110, 4)));
      PluginModule two =
          Plugins.module("two", Map.of(LAYER, Plugins.lowRank(random, DType.F32, size, 110, 3)));
      PluginSet set = PluginSet.of(one, two);
      AveragingRule rule = AveragingRule.ties(0.5);
      double[][] whole = rows(dense(rule, one, two), size, 110);
      Merged<PluginModule> cut = Fusion.by(rule).rank(6).build().merge(set);
      LowRankUpdate found = (LowRankUpdate) cut.value().updates().get(LAYER);
      MergeRecord.Layer record = cut.record().layers().get(LAYER);
      double norm = Dense.norm(whole);
      double error = Dense.distance(Plugins.product(found, 1), whole);
      double best = Dense.distance(Dense.bestApproximation(whole, 6), whole);
      assertThat(found.rank()).isEqualTo(6);
      assertThat(record.energy()).isCloseTo(norm * norm, within(1e-9 * norm * norm));
      assertThat(record.discardedEnergy()).isCloseTo(error * error / (norm * norm), within(1e-6));
      assertThat(error).isLessThan(1.01 * best);
    }
  }

  @Test
  void turnsTheCutBackWhereTheBaseStoresTheTranspose() {
    SplittableRandom random = new SplittableRandom(2);
    LowRankUpdate straight = Plugins.lowRank(random, DType.F32, 30, 20, 2);
    LowRankUpdate turned =
        new LowRankUpdate(
            straight.a(), straight.b(), straight.scaling(), LowRankUpdate.Layout.IN_OUT);
    LowRankUpdate found =
        (LowRankUpdate)
            Fusion.by(AveragingRule.magnitudePrune(1))
                .rank(2)
                .build()
                .merge(PluginSet.of(Plugins.module("one", Map.of(LAYER, turned))))
                .value()
                .updates()
                .get(LAYER);
    double[][] expected = Plugins.product(straight, 1);
    assertThat(found.layout()).isEqualTo(LowRankUpdate.Layout.IN_OUT);
    assertThat(Dense.distance(Plugins.product(found, 1), expected))
        .isLessThan(1e-6 * Dense.norm(expected));
  }

  @Test
  void dareAndDellaKeepTheExpectationAndTheirDensities() {
    SplittableRandom random = new SplittableRandom(8);
    PluginModule one = Plugins.module("one", Map.of(LAYER, Plugins.dense(random, DType.F32, 6, 9)));
    float[] x = ((DenseUpdate) one.updates().get(LAYER)).delta().toFloats();
    int trials = 3000;
    for (AveragingRule rule :
        List.of(AveragingRule.dare(0.4), AveragingRule.sparse(Sparsifier.della(0.4, 0.3)))) {
      double[] mean = new double[x.length];
      double[] kept = new double[x.length];
      for (int seed = 0; seed < trials; seed++) {
        LayerUpdates.Member member =
            new LayerUpdates.Member(one.id(), one.digest(), one.updates().get(LAYER), 1);
        LayerAverage average = rule.average(new LayerUpdates(LAYER, List.of(member), seed, 16));
        float[] draw = ((LayerAverage.Elements) average).delta().toFloats();
        for (int i = 0; i < x.length; i++) {
          mean[i] += draw[i] / trials;
          kept[i] += draw[i] != 0 ? 1.0 / trials : 0;
        }
      }
      for (int i = 0; i < x.length; i++) {
        double p = rule.description().name().equals("dare") ? 0.4 : dellaProbability(x, i, 9);
        double deviation = Math.sqrt((1 - p) / p / trials) * Math.abs(x[i]);
        assertThat(Math.abs(mean[i] - x[i])).isLessThan(5 * deviation);
        assertThat(Math.abs(kept[i] - p)).isLessThan(5 * Math.sqrt(p * (1 - p) / trials));
      }
    }
  }

  @Test
  void rescalingByNormKeepsTheNorm() {
    Case random = new Case(3, 1, DType.F32, 500);
    for (Sparsifier sparsifier :
        List.of(
            Sparsifier.random(0.2, Rescale.MATCH_L1),
            Sparsifier.della(0.5, 0.1, Rescale.MATCH_L1))) {
      float[] found = random.elements(AveragingRule.sparse(sparsifier), 7).toFloats();
      float[] x = random.delta(0);
      double before = 0;
      double after = 0;
      for (int i = 0; i < x.length; i++) {
        before += Math.abs(random.weights[0] * x[i]);
        after += Math.abs(found[i]);
      }
      assertThat(after).isCloseTo(before, within(1e-5 * before));
    }
  }

  @Test
  void factorsApartKeepTheRank() {
    SplittableRandom random = new SplittableRandom(6);
    PluginModule one =
        Plugins.module("one", Map.of(LAYER, Plugins.lowRank(random, DType.F32, 7, 9, 3)));
    PluginModule two =
        Plugins.module("two", Map.of(LAYER, Plugins.lowRank(random, DType.F32, 7, 9, 3)));
    Merged<PluginModule> merged =
        Fusion.by(AveragingRule.ties(0.5))
            .space(FusionSpace.FACTORS)
            .build()
            .merge(PluginSet.of(one, two));
    assertThat(((LowRankUpdate) merged.value().updates().get(LAYER)).rank()).isEqualTo(3);
    assertThat(merged.record().remarks()).anyMatch(remark -> remark.contains("apart"));
    Merged<PluginModule> alone =
        Fusion.by(AveragingRule.ties(1))
            .space(FusionSpace.FACTORS)
            .build()
            .merge(PluginSet.of(one));
    LowRankUpdate itself = (LowRankUpdate) alone.value().updates().get(LAYER);
    LowRankUpdate given = (LowRankUpdate) one.updates().get(LAYER);
    assertThat(itself.a().toFloats()).isEqualTo(given.a().toFloats());
    assertThat(itself.b().toFloats()).isEqualTo(given.b().toFloats());
  }

  private static double dellaProbability(float[] x, int i, int row) {
    int first = i / row * row;
    int smaller = 0;
    for (int j = first; j < first + row; j++) {
      smaller += Math.abs(x[j]) < Math.abs(x[i]) ? 1 : 0;
    }
    return 0.4 - 0.3 + 0.6 * smaller / (row - 1);
  }

  private static Fusion.AverageBuilder seeded(AveragingRule rule) {
    Fusion.AverageBuilder fusion = Fusion.by(rule).space(FusionSpace.DENSE);
    return rule.description().seeded() ? fusion.seed(5) : fusion;
  }

  private static float[] dense(AveragingRule rule, PluginModule... plugins) {
    return ((DenseUpdate)
            Fusion.by(rule)
                .space(FusionSpace.DENSE)
                .denseOutput()
                .build()
                .merge(PluginSet.of(plugins))
                .value()
                .updates()
                .get(LAYER))
        .delta()
        .toFloats();
  }

  private static double[][] rows(float[] values, int d, int k) {
    double[][] rows = new double[d][k];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < k; j++) {
        rows[i][j] = values[i * k + j];
      }
    }
    return rows;
  }

  /** By sorting; of equal magnitudes the first counts as the larger. */
  private static float[] obviouslyKept(float[] x, int kept, int dropped) {
    List<Integer> order =
        IntStream.range(0, x.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -Math.abs(x[i])))
            .toList();
    float[] left = new float[x.length];
    for (int rank = dropped; rank < kept; rank++) {
      left[order.get(rank)] = x[order.get(rank)];
    }
    return left;
  }

  /** Dense plugins of random weights that sum to 1. */
  private static final class Case {
    final List<PluginModule> modules = new ArrayList<>();
    final double[] weights;

    Case(long seed, int n, DType type, long... shape) {
      SplittableRandom random = new SplittableRandom(seed);
      weights = new double[n];
      double sum = 0;
      for (int i = 0; i < n; i++) {
        modules.add(Plugins.module("p" + i, Map.of(LAYER, Plugins.dense(random, type, shape))));
        weights[i] = random.nextDouble(0.1, 1);
        sum += weights[i];
      }
      for (int i = 0; i < n; i++) {
        weights[i] /= sum;
      }
      modules.sort(Comparator.comparing(PluginModule::digest));
    }

    private Case(List<PluginModule> modules, double[] weights) {
      this.modules.addAll(modules);
      this.weights = weights;
    }

    Case doubled() {
      List<PluginModule> twice = new ArrayList<>();
      for (PluginModule module : modules) {
        Tensor delta = ((DenseUpdate) module.updates().get(LAYER)).delta();
        float[] values = delta.toFloats();
        for (int i = 0; i < values.length; i++) {
          values[i] *= 2;
        }
        twice.add(
            Plugins.module(
                module.id().name(),
                Map.of(LAYER, new DenseUpdate(Tensor.of(delta.shape(), values)))));
      }
      return new Case(twice, weights);
    }

    float[] delta(int i) {
      return ((DenseUpdate) modules.get(i).updates().get(LAYER)).delta().toFloats();
    }

    double sum(float[][] kept, int e) {
      double sum = 0;
      for (int i = 0; i < weights.length; i++) {
        sum = sum + weights[i] * kept[i][e];
      }
      return sum;
    }

    double disjointMean(float[][] kept, int e) {
      boolean plus = sum(kept, e) >= 0;
      double sum = 0;
      double parts = 0;
      for (int i = 0; i < weights.length; i++) {
        if (plus ? kept[i][e] > 0 : kept[i][e] < 0) {
          sum += weights[i] * kept[i][e];
          parts += weights[i];
        }
      }
      return parts == 0 ? 0 : sum / parts;
    }

    float[] dense(Fusion.AverageBuilder fusion) {
      Map<PluginId, Double> byId = new TreeMap<>();
      for (int i = 0; i < weights.length; i++) {
        byId.put(modules.get(i).id(), weights[i]);
      }
      Fusion.AverageBuilder dense =
          fusion.coefficients(Coefficients.perPlugin(byId)).space(FusionSpace.DENSE).denseOutput();
      Update merged;
      try {
        merged = dense.build().merge(PluginSet.of(modules)).value().updates().get(LAYER);
      } catch (IllegalStateException needsSeed) {
        merged = dense.seed(3).build().merge(PluginSet.of(modules)).value().updates().get(LAYER);
      }
      return ((DenseUpdate) merged).delta().toFloats();
    }

    /** What the rule answers, under a fixed digest each. */
    Tensor elements(AveragingRule rule, int tile) {
      List<LayerUpdates.Member> members = new ArrayList<>();
      for (int i = 0; i < weights.length; i++) {
        members.add(
            new LayerUpdates.Member(
                modules.get(i).id(),
                Digest.of(new byte[] {(byte) i}),
                modules.get(i).updates().get(LAYER),
                weights[i]));
      }
      LayerAverage average = rule.average(new LayerUpdates(LAYER, members, 9, tile));
      return ((LayerAverage.Elements) average).delta();
    }
  }
}
