package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Laws 1, 2, 3 and 5 of the design, for product-space fusion. */
class ProductSpaceLawsTest {
  private static final String LAYER = "encoder.0.query";

  @Property(tries = 100)
  void fullRankIsTheDenseSum(
      @ForAll @IntRange(min = 1, max = 5) int n,
      @ForAll @IntRange(min = 1, max = 24) int d,
      @ForAll @IntRange(min = 1, max = 24) int k,
      @ForAll long seed) {
    Case random = new Case(seed, n, d, k, DType.F64);
    Merged<PluginModule> fused =
        Fusion.average().coefficients(random.coefficients()).build().merge(random.set());
    LowRankUpdate update = (LowRankUpdate) fused.value().updates().get(LAYER);
    double[][] dense = random.denseSum();
    assertThat(update.rank()).isLessThanOrEqualTo(Math.min(Math.min(d, k), random.totalRank()));
    assertThat(Dense.distance(Plugins.product(update, 1), dense))
        .isLessThanOrEqualTo(1e-12 * Dense.norm(dense));
    assertThat(fused.record().layers().get(LAYER).discardedEnergy()).isLessThan(1e-24);
    assertThat(fused.record().result()).isEqualTo(fused.value().digest());
  }

  @Property(tries = 100)
  void aCutIsTheBestApproximationAndTheRecordStatesItsLoss(
      @ForAll @IntRange(min = 1, max = 5) int n,
      @ForAll @IntRange(min = 1, max = 20) int d,
      @ForAll @IntRange(min = 1, max = 20) int k,
      @ForAll @IntRange(min = 1, max = 8) int rank,
      @ForAll long seed) {
    Case random = new Case(seed, n, d, k, DType.F64);
    Merged<PluginModule> fused =
        Fusion.average().coefficients(random.coefficients()).rank(rank).build().merge(random.set());
    LowRankUpdate update = (LowRankUpdate) fused.value().updates().get(LAYER);
    double[][] dense = random.denseSum();
    double norm = Dense.norm(dense);
    int kept = Math.min(rank, Math.min(Math.min(d, k), random.totalRank()));
    assertThat(update.rank()).isLessThanOrEqualTo(rank);
    double error = Dense.distance(Plugins.product(update, 1), dense);
    double best =
        Dense.distance(Dense.bestApproximation(dense, Math.min(kept, Math.min(d, k))), dense);
    assertThat(error).isLessThanOrEqualTo(best + 1e-12 * norm);
    MergeRecord.Layer record = fused.record().layers().get(LAYER);
    assertThat(record.rank()).isEqualTo(update.rank());
    assertThat(record.energy()).isCloseTo(norm * norm, within(1e-12 * norm * norm));
    assertThat(record.discardedEnergy()).isCloseTo(best * best / (norm * norm), within(1e-12));
  }

  @Property(tries = 60)
  void energyChoosesTheLeastRankThatKeepsIt(
      @ForAll @IntRange(min = 1, max = 99) int percent, @ForAll long seed) {
    Case random = new Case(seed, 3, 15, 12, DType.F64);
    double[] values = Dense.singularValues(random.denseSum());
    Merged<PluginModule> fused =
        Fusion.average()
            .coefficients(random.coefficients())
            .rank(Rank.energy(percent / 100.0))
            .build()
            .merge(random.set());
    double total = 0;
    for (double value : values) {
      total += value * value;
    }
    int least = 0;
    double kept = 0;
    while (kept < percent / 100.0 * total) {
      kept += values[least] * values[least];
      least++;
    }
    MergeRecord.Layer record = fused.record().layers().get(LAYER);
    assertThat(record.rank()).isEqualTo(least);
    assertThat(1 - record.discardedEnergy()).isGreaterThanOrEqualTo(percent / 100.0);
  }

  @Property(tries = 60)
  void theBasisOfThePluginsDoesNotMatter(
      @ForAll @IntRange(min = 1, max = 4) int n,
      @ForAll @IntRange(min = 1, max = 6) int rank,
      @ForAll long seed) {
    Case random = new Case(seed, n, 14, 11, DType.F64);
    Case turned = random.inOtherBases();
    LowRankUpdate one = random.fuse(rank);
    LowRankUpdate other = turned.fuse(rank);
    double norm = Dense.norm(random.denseSum());
    assertThat(Dense.distance(Plugins.product(one, 1), Plugins.product(other, 1)))
        .isLessThanOrEqualTo(1e-9 * norm);
  }

  @Property(tries = 30)
  void orderAndThreadsDoNotChangeAByte(
      @ForAll @IntRange(min = 2, max = 5) int n, @ForAll long seed) {
    Case random = new Case(seed, n, 9, 12, DType.F32);
    List<PluginModule> shuffled = new ArrayList<>(random.modules);
    Collections.shuffle(shuffled, new Random(seed));
    Fusion.AverageBuilder parallel = Fusion.average().coefficients(random.coefficients()).rank(4);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      Merged<PluginModule> one =
          Fusion.average().coefficients(random.coefficients()).rank(4).build().merge(random.set());
      Merged<PluginModule> other = parallel.executor(threads).build().merge(PluginSet.of(shuffled));
      assertThat(other.value().digest()).isEqualTo(one.value().digest());
      assertThat(other.record()).isEqualTo(one.record());
    } finally {
      threads.shutdownNow();
    }
  }

  @Property(tries = 30)
  void onePluginOfWeightOneIsItself(@ForAll long seed, @ForAll DType anyType) {
    DType type = anyType.isFloatingPoint() ? anyType : DType.BF16;
    Case random = new Case(seed, 1, 10, 8, type);
    PluginModule plugin = random.modules.get(0);
    for (Rank rank : List.of(Rank.full(), Rank.of(8), Rank.energy(1))) {
      Merged<PluginModule> fused = Fusion.average().rank(rank).build().merge(random.set());
      assertThat(fused.value().digest()).isEqualTo(plugin.digest());
      assertThat(fused.record().layers().get(LAYER).discardedEnergy()).isZero();
    }
  }

  @Property(tries = 40)
  void equalPluginsWhoseWeightsSumToOneAreThatPlugin(
      @ForAll @IntRange(min = 2, max = 6) int n, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Update update = Plugins.lowRank(random, DType.F32, 12, 9, 3);
    Map<PluginId, Double> weights = new TreeMap<>();
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(Plugins.module("p" + i, Map.of(LAYER, update)));
      weights.put(Plugins.id("p" + i), random.nextDouble(-1, 2));
    }
    Merged<PluginModule> fused =
        Fusion.average()
            .coefficients(Coefficients.perPlugin(weights).normalized())
            .outputType(DType.F64)
            .build()
            .merge(PluginSet.of(modules));
    double[][] expected = Plugins.product(update, 1);
    LowRankUpdate found = (LowRankUpdate) fused.value().updates().get(LAYER);
    // The bound grows with the weights: they may be large and cancel.
    double size =
        ((Coefficients.PerPlugin) fused.record().coefficients().orElseThrow())
            .weights().values().stream().mapToDouble(Math::abs).sum();
    assertThat(found.rank()).isEqualTo(3);
    assertThat(Dense.distance(Plugins.product(found, 1), expected))
        .isLessThanOrEqualTo(1e-14 * size * Dense.norm(expected));
  }

  /** Random plugins with one layer, of random ranks. */
  private static final class Case {
    final List<PluginModule> modules = new ArrayList<>();
    final Map<PluginId, Double> weights = new TreeMap<>();
    final SplittableRandom random;

    Case(long seed, int n, int d, int k, DType type) {
      random = new SplittableRandom(seed);
      for (int i = 0; i < n; i++) {
        int r = random.nextInt(1, 8);
        add(i, Plugins.lowRank(random, type, d, k, r), random.nextDouble(-2, 2));
      }
    }

    private Case(long seed) {
      random = new SplittableRandom(seed);
    }

    private void add(int i, Update update, double weight) {
      modules.add(Plugins.module("p" + i, Map.of(LAYER, update, "other", update)));
      weights.put(Plugins.id("p" + i), weight);
    }

    PluginSet set() {
      return PluginSet.of(modules);
    }

    Coefficients coefficients() {
      return Coefficients.perPlugin(weights);
    }

    int totalRank() {
      return modules.stream()
          .mapToInt(m -> (int) ((LowRankUpdate) m.updates().get(LAYER)).rank())
          .sum();
    }

    double[][] denseSum() {
      double[][] sum = null;
      for (PluginModule module : modules) {
        double[][] term = Plugins.product(module.updates().get(LAYER), weights.get(module.id()));
        sum = sum == null ? term : Plugins.sum(sum, term);
      }
      return sum;
    }

    LowRankUpdate fuse(int rank) {
      Merged<PluginModule> fused =
          Fusion.average().coefficients(coefficients()).rank(rank).build().merge(set());
      return (LowRankUpdate) fused.value().updates().get(LAYER);
    }

    /** The same products as (B G, G^-1 A), with G unit triangular times diagonal. */
    Case inOtherBases() {
      Case turned = new Case(random.nextLong());
      for (int i = 0; i < modules.size(); i++) {
        LowRankUpdate update = (LowRankUpdate) modules.get(i).updates().get(LAYER);
        turned.add(i, turn(turned.random, update), weights.get(Plugins.id("p" + i)));
      }
      return turned;
    }

    private static LowRankUpdate turn(SplittableRandom random, LowRankUpdate update) {
      int r = (int) update.rank();
      int d = (int) update.out();
      int k = (int) update.in();
      double[] a = update.a().toDoubles();
      double[] b = update.b().toDoubles();
      for (int step = 0; step < 2 * r; step++) {
        // B: column p += g * column q; A: row q -= g * row p; then both by a factor.
        int p = random.nextInt(r);
        int q = random.nextInt(r);
        double g = p == q ? 0 : random.nextDouble(-1, 1);
        double f = random.nextDouble(0.5, 2);
        for (int row = 0; row < d; row++) {
          b[row * r + p] = f * (b[row * r + p] + g * b[row * r + q]);
        }
        for (int col = 0; col < k; col++) {
          a[q * k + col] -= g * a[p * k + col];
          a[p * k + col] /= f;
        }
      }
      return new LowRankUpdate(
          Tensor.of(Shape.of(r, k), a), Tensor.of(Shape.of(d, r), b), update.scaling());
    }
  }
}
