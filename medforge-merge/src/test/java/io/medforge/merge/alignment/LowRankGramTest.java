package io.medforge.merge.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
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

class LowRankGramTest {
  @Property(tries = 100)
  void equalsTheDenseInnerProducts(
      @ForAll @IntRange(min = 1, max = 5) int n,
      @ForAll @IntRange(min = 1, max = 20) int d,
      @ForAll @IntRange(min = 1, max = 20) int k,
      @ForAll long seed) {
    PluginSet plugins = random(seed, n, d, k);
    LowRankGram gram = LowRankGram.of(plugins);
    LowRankGram low = LowRankGram.ofLayer(plugins, "low");
    LowRankGram bias = LowRankGram.ofLayer(plugins, "bias");
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double lowRank = dense(plugins, "low", i, j);
        double dense = dense(plugins, "bias", i, j);
        double size = gram.norm(i) * gram.norm(j);
        assertThat(low.inner(i, j)).isCloseTo(lowRank, within(1e-12 * size));
        assertThat(bias.inner(i, j)).isCloseTo(dense, within(1e-13 * size));
        assertThat(gram.inner(i, j)).isCloseTo(lowRank + dense, within(1e-12 * size));
        assertThat(gram.inner(i, j)).isEqualTo(gram.inner(j, i));
        assertThat(gram.cosine(i, j)).isBetween(-1.0, 1.0);
      }
    }
  }

  @Property(tries = 50)
  void isTheSameInAnyOrderAndBasis(@ForAll @IntRange(min = 2, max = 5) int n, @ForAll long seed) {
    PluginSet plugins = random(seed, n, 9, 7);
    List<PluginModule> shuffled = new ArrayList<>(plugins.plugins());
    Collections.shuffle(shuffled, new Random(seed));
    assertThat(rows(LowRankGram.of(PluginSet.of(shuffled))))
        .isEqualTo(rows(LowRankGram.of(plugins)));
    List<PluginModule> turned = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(seed);
    for (PluginModule plugin : plugins.plugins()) {
      LowRankUpdate update = (LowRankUpdate) plugin.updates().get("low");
      turned.add(
          Modules.module(
              plugin.id().name(),
              Map.of(
                  "low",
                  Modules.inOtherBasis(update, random),
                  "bias",
                  plugin.updates().get("bias"))));
    }
    LowRankGram one = LowRankGram.of(plugins);
    LowRankGram other = LowRankGram.of(PluginSet.of(turned));
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        int p = other.plugins().indexOf(one.plugins().get(i));
        int q = other.plugins().indexOf(one.plugins().get(j));
        assertThat(other.inner(p, q))
            .isCloseTo(one.inner(i, j), within(1e-9 * one.norm(i) * one.norm(j)));
      }
    }
  }

  @Test
  void findsDistancesAndNormsOfCombinations() {
    PluginSet plugins = random(3, 3, 6, 5);
    LowRankGram gram = LowRankGram.of(plugins);
    double[] difference = {1, -1, 0};
    assertThat(gram.squaredNorm(difference))
        .isCloseTo(gram.squaredDistance(0, 1), within(1e-12 * gram.inner(0, 0)));
    assertThat(gram.squaredDistance(2, 2)).isZero();
    assertThat(gram.squaredNorm(new double[] {0, 0, 2}))
        .isCloseTo(4 * gram.inner(2, 2), within(1e-12 * gram.inner(2, 2)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> gram.squaredNorm(new double[2]))
        .withMessageContaining("3");
  }

  @Test
  void duplicatesAreAtNoDistance() {
    LowRankUpdate update = Modules.lowRank(new SplittableRandom(4), 30, 20, 6);
    PluginSet plugins =
        PluginSet.of(
            Modules.module("one", Map.of("low", update)),
            Modules.module("two", Map.of("low", update)));
    LowRankGram gram = LowRankGram.of(plugins);
    assertThat(gram.squaredDistance(0, 1)).isZero();
    assertThat(gram.cosine(0, 1)).isEqualTo(1, within(1e-15));
  }

  @Test
  void missingLayersAndHeadsDoNotCount() {
    SplittableRandom random = new SplittableRandom(5);
    Update head = new Replacement(Modules.tensor(random, 2, 3), LabelSpace.of("l", "a", "b"));
    PluginModule one =
        Modules.module("one", Map.of("low", Modules.lowRank(random, 4, 3, 2), "head", head));
    PluginModule two =
        Modules.module("two", Map.of("other", Modules.lowRank(random, 5, 6, 2), "head", head));
    PluginSet plugins = PluginSet.allowingMissingLayers(List.of(one, two));
    LowRankGram gram = LowRankGram.of(plugins);
    assertThat(gram.inner(0, 1)).isZero();
    assertThat(gram.norm(0)).isPositive();
    assertThat(LowRankGram.ofLayer(plugins, "head").norm(0)).isZero();
    assertThat(LowRankGram.ofLayer(plugins, "low").norm(gram.plugins().indexOf(Modules.id("two"))))
        .isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LowRankGram.ofLayer(plugins, "none"))
        .withMessageContaining("none");
  }

  @Test
  void refusesWhatExceedsDouble() {
    LowRankUpdate huge =
        new LowRankUpdate(
            Tensor.of(Shape.of(1, 2), 1e200, 1), Tensor.of(Shape.of(2, 1), 1e200, 1), 1);
    PluginSet plugins = PluginSet.of(Modules.module("huge", Map.of("low", huge)));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> LowRankGram.of(plugins))
        .withMessageContainingAll("centre/huge:1", "layer low", "double");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                LowRankGram.ofInnerProducts(
                    List.of(Modules.id("a"), Modules.id("b")), new double[][] {{1, 2}, {3, 1}}))
        .withMessageContaining("symmetric");
  }

  private static PluginSet random(long seed, int n, int d, int k) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(
          Modules.module(
              "p" + i,
              Map.of(
                  "low",
                  Modules.lowRank(random, d, k, random.nextInt(1, 7)),
                  "bias",
                  // More than one tile.
                  new DenseUpdate(Modules.tensor(random, 4099)))));
    }
    return PluginSet.of(modules);
  }

  private static double dense(PluginSet plugins, String layer, int i, int j) {
    return Modules.inner(
        Modules.delta(plugins.plugins().get(i).updates().get(layer)),
        Modules.delta(plugins.plugins().get(j).updates().get(layer)));
  }

  private static double[][] rows(LowRankGram gram) {
    double[][] rows = new double[gram.size()][gram.size()];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows.length; j++) {
        rows[i][j] = gram.inner(i, j);
      }
    }
    return rows;
  }
}
