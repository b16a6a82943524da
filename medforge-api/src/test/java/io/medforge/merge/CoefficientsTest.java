package io.medforge.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients.PerLayer;
import io.medforge.merge.Coefficients.PerPlugin;
import io.medforge.plugin.Modules;
import io.medforge.plugin.PluginId;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;

class CoefficientsTest {
  private static final PluginId ONE = PluginId.parse("a/b:1");
  private static final PluginId TWO = PluginId.parse("a/b:2");
  private static final PluginId THREE = PluginId.parse("a/b:3");

  private static PluginSet set() {
    return PluginSet.of(
        Modules.of("a/b:1", Map.of("q", Modules.lora(1, 2, 2, 1))),
        Modules.of("a/b:2", Map.of("q", Modules.lora(1, 2, 2, 2))));
  }

  @Example
  void uniformIsOneOverN() {
    PerPlugin uniform = Coefficients.uniform(set());
    assertThat(uniform.weights()).containsOnlyKeys(ONE, TWO).containsValue(0.5);
    uniform.checkFit(set());
  }

  @Property
  void normalizedKeepsProportionsAndSumsToOne(
      @ForAll @Size(min = 1, max = 6) List<@DoubleRange(min = 0.01, max = 9) Double> values) {
    SortedMap<PluginId, Double> weights = new TreeMap<>();
    for (int i = 0; i < values.size(); i++) {
      weights.put(PluginId.parse("a/b:" + i), values.get(i));
    }
    PerPlugin shares = Coefficients.perPlugin(weights).normalized();
    assertThat(shares.weights().values().stream().mapToDouble(Double::doubleValue).sum())
        .isCloseTo(1, within(1e-12));
    for (int i = 1; i < values.size(); i++) {
      assertThat(shares.of(PluginId.parse("a/b:" + i), "q") * values.get(0))
          .isCloseTo(shares.of(PluginId.parse("a/b:0"), "q") * values.get(i), within(1e-12));
    }
  }

  @Example
  void whatSumsToZeroHasNoProportions() {
    assertThatThrownBy(() -> Coefficients.perPlugin(Map.of(ONE, 1.0, TWO, -1.0)).normalized())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sum 0.0");
    assertThatThrownBy(() -> Coefficients.perPlugin(Map.of(ONE, 0.0)).normalized())
        .isInstanceOf(IllegalArgumentException.class);
    double huge = Double.MAX_VALUE;
    assertThatThrownBy(() -> Coefficients.perPlugin(Map.of(ONE, huge, TWO, huge)).normalized())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Infinity");
  }

  @Example
  void onlyFiniteNumbersCount() {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> Coefficients.perPlugin(Map.of(ONE, 1.0, TWO, bad)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a/b:2")
          .hasMessageContaining(Double.toString(bad));
    }
    assertThatThrownBy(() -> Coefficients.perPlugin(Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Coefficients.perLayer(Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void theyFitExactlyThePluginsAndLayers() {
    PerPlugin one = Coefficients.perPlugin(Map.of(ONE, 1.0));
    PerPlugin two = Coefficients.perPlugin(Map.of(ONE, 1.0, TWO, 2.0));
    PerPlugin three = Coefficients.perPlugin(Map.of(ONE, 1.0, TWO, 2.0, THREE, 3.0));
    two.checkFit(set());
    assertThatThrownBy(() -> one.checkFit(set()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected coefficients for [a/b:1, a/b:2], found them for [a/b:1]");
    assertThatThrownBy(() -> three.checkFit(set()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a/b:3");
    Coefficients.perLayer(Map.of("q", two)).checkFit(set());
    assertThatThrownBy(() -> Coefficients.perLayer(Map.of("v", two)).checkFit(set()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[q]")
        .hasMessageContaining("[v]");
    assertThatThrownBy(() -> Coefficients.perLayer(Map.of("q", one)).checkFit(set()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> two.of(THREE, "q"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a/b:3");
  }

  @Example
  void perLayerNormalizesEachLayer() {
    PerLayer layers =
        Coefficients.perLayer(
            Map.of(
                "q", Coefficients.perPlugin(Map.of(ONE, 1.0, TWO, 3.0)),
                "v", Coefficients.perPlugin(Map.of(ONE, 2.0, TWO, 2.0))));
    PerLayer shares = layers.normalized();
    assertThat(shares.of(TWO, "q")).isEqualTo(0.75);
    assertThat(shares.of(TWO, "v")).isEqualTo(0.5);
    assertThatThrownBy(() -> shares.of(TWO, "k"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("layer k");
  }

  @Example
  void copiesAndSortsWhateverItIsGiven() {
    Map<PluginId, Double> given = new HashMap<>(Map.of(TWO, 2.0, ONE, 1.0));
    PerPlugin weights = Coefficients.perPlugin(given);
    given.clear();
    assertThat(weights.weights().firstKey()).isEqualTo(ONE);
    SortedMap<PluginId, Double> backwards = new TreeMap<>(Comparator.reverseOrder());
    backwards.putAll(weights.weights());
    assertThat(new PerPlugin(backwards).weights().firstKey()).isEqualTo(ONE);
    assertThatThrownBy(() -> weights.weights().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
