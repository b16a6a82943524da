package io.medforge.merge.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The sum of directions against every pair. */
class CohortCosinesTest {
  private static double norm(PluginModule module) {
    return LowRankGram.of(PluginSet.of(module)).norm(0);
  }

  /** Some lack a layer, one changes nothing but its head. */
  private static List<PluginModule> modules(long seed, int n, int d, int k) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Map<String, Update> updates = new TreeMap<>();
      updates.put(
          "head", new Replacement(Modules.tensor(random, 2, 3), LabelSpace.of("t", "a", "b")));
      if (i != 1) {
        updates.put("low", Modules.lowRank(random, d, k, 1 + random.nextInt(3)));
      }
      if (i > 1) {
        updates.put("bias", new DenseUpdate(Modules.tensor(random, d)));
      }
      modules.add(Modules.module("m" + i, updates));
    }
    return modules;
  }

  /** Few plugins on wide layers stay in factors, many on narrow ones are summed in blocks. */
  @Property(tries = 60)
  void equalsTheMeanOverPairs(
      @ForAll long seed,
      @ForAll @IntRange(min = 3, max = 9) int n,
      @ForAll @IntRange(min = 1, max = 30) int d,
      @ForAll @IntRange(min = 1, max = 30) int k,
      @ForAll @IntRange(min = 30, max = 90) int block) {
    List<PluginModule> modules = modules(seed, n + 1, d, k);
    PluginModule newcomer = modules.remove(n);
    PluginSet cohort = PluginSet.allowingMissingLayers(modules);
    CohortCosines found = CohortCosines.of(cohort, newcomer, CohortCosinesTest::norm, block);
    assertThat(found.size()).isEqualTo(n);
    assertThat(found.ofNewcomer()).isCloseTo(mean(newcomer, modules), within(1e-10));
    for (int i = 0; i < n; i++) {
      PluginModule one = cohort.plugins().get(i);
      List<PluginModule> others = new ArrayList<>(modules);
      others.remove(one);
      assertThat(found.ofCohort(i)).isCloseTo(mean(one, others), within(1e-10));
    }
  }

  private static double mean(PluginModule one, List<PluginModule> others) {
    return others.stream()
        .mapToDouble(other -> cosine(PluginSet.allowingMissingLayers(List.of(one, other))))
        .average()
        .orElseThrow();
  }

  private static double cosine(PluginSet pair) {
    return LowRankGram.of(pair).cosine(0, 1);
  }

  @Property(tries = 30)
  void isTheSameInAnyOrder(@ForAll long seed, @ForAll @IntRange(min = 3, max = 9) int n) {
    List<PluginModule> modules = modules(seed, n + 1, 4, 3);
    PluginModule newcomer = modules.remove(n);
    CohortCosines one =
        CohortCosines.of(
            PluginSet.allowingMissingLayers(modules), newcomer, CohortCosinesTest::norm);
    Collections.reverse(modules);
    CohortCosines other =
        CohortCosines.of(
            PluginSet.allowingMissingLayers(modules), newcomer, CohortCosinesTest::norm);
    assertThat(other.ofNewcomer()).isEqualTo(one.ofNewcomer());
    for (int i = 0; i < n; i++) {
      assertThat(other.ofCohort(i)).isEqualTo(one.ofCohort(i));
    }
  }

  @Test
  void whatCannotBeComparedIsRefusedByName() {
    List<PluginModule> modules = modules(3, 4, 40, 5);
    PluginSet cohort = PluginSet.allowingMissingLayers(modules.subList(0, 3));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                CohortCosines.of(
                    PluginSet.of(modules.get(0)), modules.get(3), CohortCosinesTest::norm))
        .withMessageContaining("at least two");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CohortCosines.of(cohort, modules.get(3), module -> Double.NaN))
        .withMessageContaining("expected a finite norm, found NaN, at plugin centre/m");
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () -> CohortCosines.of(cohort, modules(3, 1, 39, 5).get(0), CohortCosinesTest::norm));
  }
}
