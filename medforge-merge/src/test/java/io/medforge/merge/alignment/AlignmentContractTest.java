package io.medforge.merge.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What every alignment of low-rank updates promises. */
class AlignmentContractTest {
  @Provide
  Arbitrary<Alignment> all() {
    return Arbitraries.of(
        Alignment.procrustes(), Alignment.sharedSubspace(), Alignment.rankPadding());
  }

  @Provide
  Arbitrary<Alignment> basisFree() {
    return Arbitraries.of(Alignment.procrustes(), Alignment.sharedSubspace());
  }

  @Property(tries = 100)
  void changesNoPluginsOwnUpdate(
      @ForAll("all") Alignment alignment,
      @ForAll @IntRange(min = 1, max = 5) int n,
      @ForAll @IntRange(min = 1, max = 14) int d,
      @ForAll @IntRange(min = 1, max = 14) int k,
      @ForAll long seed) {
    PluginSet plugins = random(seed, n, d, k);
    PluginSet aligned = alignment.align(plugins);
    assertThat(aligned.size()).isEqualTo(n);
    for (PluginModule plugin : plugins.plugins()) {
      PluginModule found = Modules.of(aligned, plugin.id());
      assertThat(found.updates().keySet()).isEqualTo(plugin.updates().keySet());
      assertThat(found.updates().get("bias")).isSameAs(plugin.updates().get("bias"));
      double[][] before = Modules.delta(plugin.updates().get("low"));
      double[][] after = Modules.delta(found.updates().get("low"));
      assertThat(Dense.distance(after, before)).isLessThanOrEqualTo(1e-12 * Dense.norm(before));
    }
  }

  @Property(tries = 50)
  void isTheSameWhateverTheOrder(
      @ForAll("all") Alignment alignment,
      @ForAll @IntRange(min = 2, max = 5) int n,
      @ForAll long seed) {
    PluginSet plugins = random(seed, n, 9, 7);
    List<PluginModule> shuffled = new ArrayList<>(plugins.plugins());
    Collections.shuffle(shuffled, new Random(seed));
    PluginSet one = alignment.align(plugins);
    PluginSet other = alignment.align(PluginSet.of(shuffled));
    for (int i = 0; i < n; i++) {
      assertThat(other.plugins().get(i).digest()).isEqualTo(one.plugins().get(i).digest());
    }
  }

  @Property(tries = 50)
  void twiceIsOnce(
      @ForAll("all") Alignment alignment,
      @ForAll @IntRange(min = 1, max = 4) int n,
      @ForAll long seed) {
    PluginSet once = alignment.align(random(seed, n, 13, 11));
    PluginSet twice = alignment.align(once);
    for (PluginModule plugin : once.plugins()) {
      LowRankUpdate before = (LowRankUpdate) plugin.updates().get("low");
      LowRankUpdate after = (LowRankUpdate) Modules.of(twice, plugin.id()).updates().get("low");
      assertClose(after.a().toDoubles(), before.a().toDoubles(), 1e-7);
      assertClose(after.b().toDoubles(), before.b().toDoubles(), 1e-7);
    }
  }

  @Property(tries = 60)
  void theMeanOfAlignedFactorsIsFreeOfThePluginsBases(
      @ForAll("basisFree") Alignment alignment,
      @ForAll @IntRange(min = 2, max = 5) int n,
      @ForAll long seed) {
    PluginSet plugins = random(seed, n, 13, 11);
    SplittableRandom random = new SplittableRandom(~seed);
    List<PluginModule> turned = new ArrayList<>();
    for (PluginModule plugin : plugins.plugins()) {
      LowRankUpdate update = (LowRankUpdate) plugin.updates().get("low");
      turned.add(with(plugin, Modules.inOtherBasis(update, random)));
    }
    double[][] one = meanOfFactors(alignment.align(plugins));
    double[][] other = meanOfFactors(alignment.align(PluginSet.of(turned)));
    double size = 0;
    for (PluginModule plugin : plugins.plugins()) {
      size = Math.max(size, Dense.norm(Modules.delta(plugin.updates().get("low"))));
    }
    assertThat(Dense.distance(one, other)).isLessThanOrEqualTo(1e-10 * size);
  }

  @Property(tries = 50)
  void inTheSharedSubspaceTheMeanOfFactorsIsThatOfProducts(
      @ForAll @IntRange(min = 2, max = 5) int n, @ForAll long seed) {
    PluginSet plugins = random(seed, n, 9, 12);
    double[][] expected = new double[9][12];
    double size = 0;
    for (PluginModule plugin : plugins.plugins()) {
      double[][] delta = Modules.delta(plugin.updates().get("low"));
      size += Dense.norm(delta);
      for (int i = 0; i < 9; i++) {
        for (int j = 0; j < 12; j++) {
          expected[i][j] += delta[i][j] / n;
        }
      }
    }
    double[][] found = meanOfFactors(Alignment.sharedSubspace().align(plugins));
    assertThat(Dense.distance(found, expected)).isLessThanOrEqualTo(1e-12 * size);
  }

  @Property(tries = 30)
  void handlesZerosDuplicatesAndSizesFarApart(
      @ForAll("all") Alignment alignment, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    LowRankUpdate update = Modules.lowRank(random, 8, 6, 3);
    LowRankUpdate huge = new LowRankUpdate(update.a(), update.b(), 1e20);
    LowRankUpdate zero = new LowRankUpdate(update.a(), update.b(), 0);
    LowRankUpdate tiny = Modules.lowRank(random, 8, 6, 2);
    PluginSet plugins =
        PluginSet.of(
            Modules.module("one", Map.of("low", update)),
            Modules.module("two", Map.of("low", update)),
            Modules.module("huge", Map.of("low", huge)),
            Modules.module("zero", Map.of("low", zero)),
            Modules.module("tiny", Map.of("low", new LowRankUpdate(tiny.a(), tiny.b(), 1e-20))));
    PluginSet aligned = alignment.align(plugins);
    for (PluginModule plugin : plugins.plugins()) {
      double[][] before = Modules.delta(plugin.updates().get("low"));
      double[][] after = Modules.delta(Modules.of(aligned, plugin.id()).updates().get("low"));
      assertThat(Dense.distance(after, before)).isLessThanOrEqualTo(1e-12 * Dense.norm(before));
    }
  }

  private static PluginSet random(long seed, int n, int d, int k) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      LowRankUpdate update = Modules.lowRank(random, d, k, random.nextInt(1, 6));
      modules.add(
          Modules.module(
              "p" + i, Map.of("low", update, "bias", new DenseUpdate(Modules.tensor(random, 5)))));
    }
    return PluginSet.of(modules);
  }

  private static PluginModule with(PluginModule plugin, Update low) {
    return Modules.module(
        plugin.id().name(), Map.of("low", low, "bias", plugin.updates().get("bias")));
  }

  /** {@code (sum B_i / n)(sum A_i / n)}. */
  private static double[][] meanOfFactors(PluginSet aligned) {
    double[][] b = null;
    double[][] a = null;
    int n = aligned.size();
    // In the order of ids, so that rounding does not depend on the basis.
    List<PluginId> ids = aligned.plugins().stream().map(PluginModule::id).sorted().toList();
    for (PluginId id : ids) {
      LowRankUpdate update = (LowRankUpdate) Modules.of(aligned, id).updates().get("low");
      assertThat(update.scaling()).isEqualTo(1);
      FactorVectors factors = FactorVectors.read("test", update);
      b = b == null ? new double[factors.b().length][factors.b()[0].length] : b;
      a = a == null ? new double[factors.a().length][factors.a()[0].length] : a;
      assertThat(factors.b()).hasSameDimensionsAs(b);
      for (int j = 0; j < b.length; j++) {
        FactorVectors.addScaled(1.0 / n, factors.b()[j], b[j]);
        FactorVectors.addScaled(1.0 / n, factors.a()[j], a[j]);
      }
    }
    double[] ones = new double[b.length];
    Arrays.fill(ones, 1);
    return Dense.outerProducts(b, a, ones);
  }

  private static void assertClose(double[] found, double[] expected, double tolerance) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      assertThat(Math.abs(found[i] - expected[i])).isLessThanOrEqualTo(tolerance);
    }
  }
}
