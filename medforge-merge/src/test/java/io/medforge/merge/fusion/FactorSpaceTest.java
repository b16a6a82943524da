package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FactorSpaceTest {
  private final SplittableRandom random = new SplittableRandom(11);

  @Property(tries = 50)
  void averagesFactorsInFloatInCanonicalOrder(
      @ForAll @IntRange(min = 1, max = 80) int d,
      @ForAll @IntRange(min = 1, max = 80) int k,
      @ForAll long seed) {
    SplittableRandom seeded = new SplittableRandom(seed);
    List<PluginModule> modules =
        List.of(
            module("one", seeded, d, k),
            module("two", seeded, d, k),
            module("three", seeded, d, k));
    PluginSet set = PluginSet.of(modules);
    Map<PluginId, Double> weights =
        Map.of(modules.get(0).id(), 0.5, modules.get(1).id(), 0.25, modules.get(2).id(), 0.25);
    LowRankUpdate fused = fuse(set, Coefficients.perPlugin(weights));
    assertThat(fused.scaling()).isEqualTo(2);
    float[] expected = new float[k * 3];
    for (PluginModule plugin : set.plugins()) {
      float[] a = ((LowRankUpdate) plugin.updates().get("l")).a().toFloats();
      for (int i = 0; i < a.length; i++) {
        expected[i] += weights.get(plugin.id()).floatValue() * a[i];
      }
    }
    assertThat(fused.a().toFloats()).isEqualTo(expected);
  }

  @Test
  void foldsDifferentScalingsIntoB() {
    PluginModule one = module("one", new LowRankUpdate(tensor(2, 4), tensor(3, 2), 2));
    PluginModule two = module("two", new LowRankUpdate(tensor(2, 4), tensor(3, 2), 0.5));
    LowRankUpdate fused = fuse(PluginSet.of(one, two), uniform(one, two));
    double[] b1 = ((LowRankUpdate) one.updates().get("l")).b().toDoubles();
    double[] b2 = ((LowRankUpdate) two.updates().get("l")).b().toDoubles();
    assertThat(fused.scaling()).isEqualTo(1);
    for (int i = 0; i < b1.length; i++) {
      assertThat(fused.b().toDoubles()[i]).isCloseTo(b1[i] + 0.25 * b2[i], within(1e-15));
    }
  }

  @Test
  void equalPluginsAreThatPlugin() {
    LowRankUpdate update = new LowRankUpdate(tensor(2, 4), tensor(3, 2), 2);
    PluginModule one = module("one", update);
    PluginModule two = module("two", update);
    LowRankUpdate fused = fuse(PluginSet.of(one, two), uniform(one, two));
    assertThat(fused.a().toDoubles()).isEqualTo(update.a().toDoubles());
    assertThat(fused.b().toDoubles()).isEqualTo(update.b().toDoubles());
    assertThat(fused.scaling()).isEqualTo(2);
  }

  @Test
  void onePluginIsItself() {
    PluginModule one = module("one", random, 5, 4);
    Merged<PluginModule> fused =
        Fusion.average().space(FusionSpace.FACTORS).build().merge(PluginSet.of(one));
    assertThat(fused.value().digest()).isEqualTo(one.digest());
    assertThat(fused.record().remarks()).isEmpty();
  }

  @Test
  void statesItsCrossTermsAndDependsOnTheBasis() {
    LowRankUpdate update = new LowRankUpdate(tensor(2, 4), tensor(3, 2), 2);
    PluginModule one = module("one", update);
    PluginModule turned =
        module("turned", new LowRankUpdate(swapHalves(update.a(), 4), swapColumns(update.b()), 2));
    Merged<PluginModule> fused =
        Fusion.average().space(FusionSpace.FACTORS).build().merge(PluginSet.of(one, turned));
    // Both stand for the same product, and only the product space sees it.
    double[][] product = Plugins.product(update, 1);
    double[][] found = Plugins.product(fused.value().updates().get("l"), 1);
    double deviation = Dense.distance(found, product) / Dense.norm(product);
    assertThat(deviation).isGreaterThan(0.01);
    String stated = String.format(Locale.ROOT, "up to %.3g, at layer l", deviation);
    assertThat(fused.record().remarks()).anySatisfy(remark -> assertThat(remark).contains(stated));
    double[][] exact =
        Plugins.product(
            Fusion.average().build().merge(PluginSet.of(one, turned)).value().updates().get("l"),
            1);
    assertThat(Dense.distance(exact, product)).isLessThan(1e-13 * Dense.norm(product));
  }

  @Test
  void refusesWhatHasNoMean() {
    PluginModule one = module("one", new LowRankUpdate(tensor(2, 4), tensor(3, 2), 1));
    PluginModule other = module("other", new LowRankUpdate(tensor(1, 4), tensor(3, 1), 1));
    PluginModule two = module("two", new LowRankUpdate(tensor(2, 4), tensor(3, 2), 1));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> fuse(PluginSet.of(one, other), uniform(one, other)))
        .withMessageContainingAll("rank", "layer l", "product space");
    Coefficients negative = Coefficients.perPlugin(Map.of(one.id(), 1.5, two.id(), -0.5));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> fuse(PluginSet.of(one, two), negative))
        .withMessageContainingAll("at least 0", "-0.5", "centre/two:1");
    Coefficients tooMuch = Coefficients.perPlugin(Map.of(one.id(), 1.0, two.id(), 1.0));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> fuse(PluginSet.of(one, two), tooMuch))
        .withMessageContainingAll("sum to 1", "layer l");
  }

  private static LowRankUpdate fuse(PluginSet set, Coefficients coefficients) {
    return (LowRankUpdate)
        Fusion.average()
            .space(FusionSpace.FACTORS)
            .coefficients(coefficients)
            .build()
            .merge(set)
            .value()
            .updates()
            .get("l");
  }

  private static Coefficients uniform(PluginModule one, PluginModule two) {
    return Coefficients.perPlugin(Map.of(one.id(), 0.5, two.id(), 0.5));
  }

  private static PluginModule module(String name, SplittableRandom random, int d, int k) {
    return module(
        name,
        new LowRankUpdate(
            Plugins.tensor(random, DType.F32, 3, k), Plugins.tensor(random, DType.F32, d, 3), 2));
  }

  private static PluginModule module(String name, LowRankUpdate update) {
    return Plugins.module(name, Map.of("l", update));
  }

  private Tensor tensor(long... shape) {
    return Plugins.tensor(random, DType.F64, shape);
  }

  private static Tensor swapHalves(Tensor a, int k) {
    double[] rows = a.toDoubles();
    double[] swapped = new double[rows.length];
    System.arraycopy(rows, 0, swapped, k, k);
    System.arraycopy(rows, k, swapped, 0, k);
    return Tensor.of(Shape.of(2, k), swapped);
  }

  private static Tensor swapColumns(Tensor b) {
    double[] values = b.toDoubles();
    double[] swapped = new double[values.length];
    for (int i = 0; i < values.length; i += 2) {
      swapped[i] = values[i + 1];
      swapped[i + 1] = values[i];
    }
    return Tensor.of(b.shape(), swapped);
  }
}
