package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.Alignment;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Fusion in factor space after alignment; laws 2, 3 and 5. */
class AlignedFusionTest {
  @Property(tries = 40)
  void sharedSubspaceMakesFactorSpaceExact(
      @ForAll @IntRange(min = 2, max = 4) int n, @ForAll long seed) {
    PluginSet plugins = PluginSet.of(random(seed, n, DType.F64));
    double[][] exact = delta(Fusion.average().build().merge(plugins));
    Merged<PluginModule> aligned = factors(Alignment.sharedSubspace(), plugins);
    assertThat(Dense.distance(delta(aligned), exact)).isLessThan(1e-11 * Dense.norm(exact));
  }

  @Property(tries = 40)
  void orderDoesNotChangeAByte(@ForAll @IntRange(min = 2, max = 4) int n, @ForAll long seed) {
    List<PluginModule> modules = random(seed, n, DType.F32);
    List<PluginModule> shuffled = new ArrayList<>(modules);
    Collections.shuffle(shuffled, new Random(seed));
    for (Alignment alignment : List.of(Alignment.procrustes(), Alignment.sharedSubspace())) {
      Merged<PluginModule> one = factors(alignment, PluginSet.of(modules));
      Merged<PluginModule> other = factors(alignment, PluginSet.of(shuffled));
      assertThat(other.value().digest()).isEqualTo(one.value().digest());
      assertThat(other.record()).isEqualTo(one.record());
    }
  }

  @Property(tries = 30)
  void onePluginIsItselfAndEqualOnesAreThatPlugin(@ForAll long seed) {
    PluginModule one = random(seed, 1, DType.F16).get(0);
    LowRankUpdate update = (LowRankUpdate) one.updates().get("l");
    List<PluginModule> same = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      same.add(Plugins.module("same" + i, Map.of("l", update)));
    }
    double[][] expected = Plugins.product(update, 1);
    for (Alignment alignment : List.of(Alignment.procrustes(), Alignment.sharedSubspace())) {
      assertThat(factors(alignment, PluginSet.of(one)).value().digest()).isEqualTo(one.digest());
      double[][] found = delta(factors(alignment, PluginSet.of(same)));
      assertThat(Dense.distance(found, expected)).isLessThan(1e-6 * Dense.norm(expected));
    }
  }

  @Test
  void mergesRanksThatDiffer() {
    SplittableRandom random = new SplittableRandom(1);
    PluginSet plugins =
        PluginSet.of(
            Plugins.module("one", Map.of("l", Plugins.lowRank(random, DType.F32, 9, 7, 2))),
            Plugins.module("two", Map.of("l", Plugins.lowRank(random, DType.F32, 9, 7, 4))));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> Fusion.average().space(FusionSpace.FACTORS).build().merge(plugins))
        .withMessageContaining("rank");
    for (Alignment alignment : List.of(Alignment.procrustes(), Alignment.rankPadding())) {
      LowRankUpdate found = (LowRankUpdate) factors(alignment, plugins).value().updates().get("l");
      assertThat(found.rank()).isEqualTo(4);
      assertThat(found.a().dtype()).isEqualTo(DType.F32);
    }
  }

  @Test
  void procrustesBringsFactorSpaceNearerToTheExactSum() {
    // One signal, written in different bases, and a little noise.
    SplittableRandom random = new SplittableRandom(2);
    LowRankUpdate signal = Plugins.lowRank(random, DType.F64, 20, 16, 3);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      modules.add(Plugins.module("p" + i, Map.of("l", turned(signal, i))));
    }
    PluginSet plugins = PluginSet.of(modules);
    double[][] exact = delta(Fusion.average().build().merge(plugins));
    double[][] naive = delta(Fusion.average().space(FusionSpace.FACTORS).build().merge(plugins));
    double[][] aligned = delta(factors(Alignment.procrustes(), plugins));
    assertThat(Dense.distance(naive, exact)).isGreaterThan(0.3 * Dense.norm(exact));
    assertThat(Dense.distance(aligned, exact)).isLessThan(1e-11 * Dense.norm(exact));
  }

  @Test
  void isNamedInTheRecordAndSetOnce() {
    PluginSet plugins = PluginSet.of(random(3, 2, DType.F32));
    assertThat(factors(Alignment.procrustes(), plugins).record().parameters())
        .containsEntry("align", "procrustes")
        .containsEntry("space", "factors");
    assertThatIllegalStateException()
        .isThrownBy(
            () -> Fusion.average().align(Alignment.procrustes()).align(Alignment.rankPadding()))
        .withMessageContaining("alignment");
    assertThatIllegalStateException()
        .isThrownBy(() -> factors(all -> PluginSet.of(all.plugins().get(0)), plugins))
        .withMessageContaining("keep the plugins");
  }

  private static Merged<PluginModule> factors(Alignment alignment, PluginSet plugins) {
    return Fusion.average().space(FusionSpace.FACTORS).align(alignment).build().merge(plugins);
  }

  private static double[][] delta(Merged<PluginModule> merged) {
    return Plugins.product(merged.value().updates().get("l"), 1);
  }

  /** Columns of B and rows of A in another order, signs and sizes. */
  private static LowRankUpdate turned(LowRankUpdate update, int shift) {
    int r = (int) update.rank();
    double[] b = update.b().toDoubles();
    double[] a = update.a().toDoubles();
    double[] turnedB = new double[b.length];
    double[] turnedA = new double[a.length];
    for (int j = 0; j < r; j++) {
      int to = (j + shift) % r;
      double scale = (shift % 2 == 0 ? 1 : -1) * (1 + shift);
      for (int i = 0; i < b.length / r; i++) {
        turnedB[i * r + to] = b[i * r + j] * scale;
      }
      for (int t = 0; t < a.length / r; t++) {
        turnedA[to * (a.length / r) + t] = a[j * (a.length / r) + t] / scale;
      }
    }
    return new LowRankUpdate(
        Tensor.of(update.a().shape(), turnedA),
        Tensor.of(update.b().shape(), turnedB),
        update.scaling());
  }

  private static List<PluginModule> random(long seed, int n, DType type) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(Plugins.module("p" + i, Map.of("l", Plugins.lowRank(random, type, 9, 8, 3))));
    }
    return modules;
  }
}
