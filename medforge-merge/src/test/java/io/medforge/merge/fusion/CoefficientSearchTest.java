package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.Objective;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DType;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class CoefficientSearchTest {
  @Property(tries = 60)
  void staysInBoundsAndBudgetAndIsNeverWorseThanTheStart(
      @ForAll @IntRange(min = 1, max = 24) int n,
      @ForAll @IntRange(min = 1, max = 120) int budget,
      @ForAll boolean perLayer,
      @ForAll long seed) {
    PluginSet plugins = PluginSet.of(modules(seed, n, 2));
    Bowl bowl = new Bowl(seed, 3);
    List<Coefficients> asked = new ArrayList<>();
    SearchedCoefficients found =
        search(perLayer, budget, seed)
            .minimise(
                plugins,
                w -> {
                  asked.add(w);
                  return bowl.loss(w);
                });
    assertThat(asked).hasSize(found.evaluations()).hasSizeLessThanOrEqualTo(budget);
    assertThat(asked).doesNotHaveDuplicates();
    assertThat(asked).contains(found.coefficients());
    asked.forEach(
        w -> {
          w.checkFit(plugins);
          assertThat(values(w)).allSatisfy(v -> assertThat(v).isBetween(-1.5, 1.5));
        });
    assertThat(values(asked.get(0))).containsOnly(1.0 / n);
    assertThat(found.startLoss()).isEqualTo(bowl.loss(asked.get(0)));
    assertThat(found.loss())
        .isLessThanOrEqualTo(found.startLoss())
        .isEqualTo(bowl.loss(found.coefficients()));
    assertThat(found.trace()).isEqualTo(asked.stream().map(bowl::loss).toList());
  }

  @Property(tries = 20)
  void neitherOrderNorRepetitionChangesABit(
      @ForAll @IntRange(min = 2, max = 12) int n, @ForAll boolean perLayer, @ForAll long seed) {
    List<PluginModule> modules = modules(seed, n, 3);
    List<PluginModule> shuffled = new ArrayList<>(modules);
    Collections.shuffle(shuffled, new Random(seed));
    Objective bowl = new Bowl(seed, 1);
    CoefficientSearch search = search(perLayer, 80, seed);
    SearchedCoefficients one = search.minimise(PluginSet.of(modules), bowl);
    assertThat(search.minimise(PluginSet.of(shuffled), bowl)).isEqualTo(one);
    assertThat(search(perLayer, 80, seed).minimise(PluginSet.of(modules), bowl)).isEqualTo(one);
  }

  @Property(tries = 20)
  void findsTheBottomOfABowl(@ForAll @IntRange(min = 1, max = 8) int n, @ForAll long seed) {
    Bowl bowl = new Bowl(seed, 1);
    SearchedCoefficients found =
        search(false, 400, 7).minimise(PluginSet.of(modules(seed, n, 1)), bowl);
    assertThat(found.loss()).isLessThan(1e-4);
    assertThat(found.optimiser()).isEqualTo(n == 1 ? "brent" : "bobyqa");
    assertThat(found.converged()).isTrue();
  }

  @Example
  void manyCoefficientsAreFoundByCmaEs() {
    Bowl bowl = new Bowl(5, 1);
    PluginSet plugins = PluginSet.of(modules(5, 5, 6));
    SearchedCoefficients found = search(true, 4000, 7).minimise(plugins, bowl);
    assertThat(found.optimiser()).isEqualTo("cma-es");
    assertThat(found.loss()).isLessThan(1e-3 * found.startLoss());
    assertThat(search(true, 4000, 8).minimise(plugins, bowl).trace()).isNotEqualTo(found.trace());
  }

  @Example
  void moreThanAHundredCoefficientsAreFoundByItsDiagonalForm() {
    Bowl bowl = new Bowl(5, 1);
    PluginSet plugins = PluginSet.of(modules(5, 4, 30));
    SearchedCoefficients found = search(true, 6000, 7).minimise(plugins, bowl);
    assertThat(found.loss()).isLessThan(0.1 * found.startLoss());
  }

  /** The numbers hold on 17 and 25 alike. */
  @Example
  void oneSearchHasFixedBits() {
    SearchedCoefficients smooth =
        search(false, 40, 7).minimise(PluginSet.of(modules(5, 3, 1)), new Bowl(5, 1));
    SearchedCoefficients many =
        search(true, 300, 7).minimise(PluginSet.of(modules(5, 5, 6)), new Bowl(5, 1));
    assertThat(Double.toHexString(smooth.loss())).isEqualTo("0x1.47a545f880b14p-33");
    assertThat(Double.toHexString(many.loss())).isEqualTo("0x1.6ebeb6ae3cc34p1");
  }

  @Example
  void aMissingLayerHasCoefficientZeroAndIsNotSearched() {
    SplittableRandom random = new SplittableRandom(1);
    Update update = Plugins.lowRank(random, DType.F32, 3, 4, 1);
    PluginModule both = Plugins.module("both", Map.of("a", update, "b", update));
    PluginModule one =
        Plugins.module("one", Map.of("a", Plugins.lowRank(random, DType.F32, 3, 4, 1)));
    PluginSet plugins = PluginSet.allowingMissingLayers(List.of(both, one));
    SearchedCoefficients found =
        search(true, 30, 1)
            .minimise(
                plugins,
                w -> {
                  assertThat(w.of(one.id(), "b")).isZero();
                  return Math.abs(w.of(both.id(), "b") - 1);
                });
    assertThat(found.coefficients().of(both.id(), "b")).isCloseTo(1, within(0.1));
  }

  @Example
  void refusesByName() {
    PluginSet plugins = PluginSet.of(modules(1, 2, 1));
    assertThatThrownBy(() -> CoefficientSearch.perPlugin(0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1 evaluation, found 0");
    assertThatThrownBy(() -> CoefficientSearch.perPlugin(1, 1).bounds(1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lower below the upper");
    assertThatThrownBy(() -> CoefficientSearch.perPlugin(1, 1).bounds(0, 1).bounds(0, 1))
        .isInstanceOf(IllegalStateException.class);
    CoefficientSearch far = CoefficientSearch.perPlugin(5, 1).bounds(1, 2).build();
    assertThatThrownBy(() -> far.minimise(plugins, w -> 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("around the start 0.5");
    assertThatThrownBy(() -> search(false, 5, 1).minimise(plugins, w -> Double.NaN))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("finite loss, found NaN");
    IllegalStateException own = new IllegalStateException("the runtime is closed");
    assertThatThrownBy(
            () ->
                search(false, 5, 1)
                    .minimise(
                        plugins,
                        w -> {
                          throw own;
                        }))
        .isSameAs(own);
  }

  private static CoefficientSearch search(boolean perLayer, int budget, long seed) {
    return (perLayer
            ? CoefficientSearch.perLayer(budget, seed)
            : CoefficientSearch.perPlugin(budget, seed))
        .build();
  }

  private static List<PluginModule> modules(long seed, int n, int layers) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Map<String, Update> updates = new TreeMap<>();
      for (int layer = 0; layer < layers; layer++) {
        updates.put("layer." + layer, Plugins.lowRank(random, DType.F32, 2, 2, 1));
      }
      modules.add(Plugins.module("plugin-" + i, updates));
    }
    return modules;
  }

  private static List<Double> values(Coefficients w) {
    List<Double> values = new ArrayList<>();
    forEach(w, (layer, plugin, value) -> values.add(value));
    return values;
  }

  private interface Visitor {
    void visit(String layer, PluginId plugin, double value);
  }

  private static void forEach(Coefficients w, Visitor visitor) {
    if (w instanceof Coefficients.PerLayer perLayer) {
      perLayer
          .layers()
          .forEach((layer, part) -> part.weights().forEach((p, v) -> visitor.visit(layer, p, v)));
    } else {
      ((Coefficients.PerPlugin) w).weights().forEach((p, v) -> visitor.visit("", p, v));
    }
  }

  /**
   * A skewed bowl whose bottom depends on plugin and layer by name; outside the bounds at times.
   */
  private record Bowl(long seed, double reach) implements Objective {
    @Override
    public double loss(Coefficients w) {
      double[] state = new double[2];
      forEach(
          w,
          (layer, plugin, value) -> {
            SplittableRandom random =
                new SplittableRandom(seed + 31L * layer.hashCode() + plugin.toString().hashCode());
            double off = value - reach * random.nextDouble(-1, 1);
            state[0] += (1 + random.nextDouble(3)) * off * off;
            state[1] += off;
          });
      return state[0] + 0.3 * state[1] * state[1];
    }
  }
}
