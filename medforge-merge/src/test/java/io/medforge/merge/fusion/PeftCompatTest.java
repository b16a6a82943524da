package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the golden files of two releases of PEFT. */
class PeftCompatTest {
  private static final List<PeftGolden> RELEASES =
      List.of(new PeftGolden("0.20.0"), new PeftGolden("0.21.2"));
  private final SplittableRandom random = new SplittableRandom(3);

  static Stream<PeftGolden.Case> linear() {
    return RELEASES.stream().flatMap(release -> release.cases("linear"));
  }

  static Stream<PeftGolden.Case> cat() {
    return RELEASES.stream().flatMap(release -> release.cases("cat"));
  }

  static Stream<PeftGolden.Case> svd() {
    return RELEASES.stream().flatMap(release -> release.cases("svd"));
  }

  @ParameterizedTest
  @MethodSource
  void linear(PeftGolden.Case golden) {
    assertSameFactors(golden, PeftCompat.linear(golden.adapters()));
  }

  @ParameterizedTest
  @MethodSource
  void cat(PeftGolden.Case golden) {
    assertSameFactors(golden, PeftCompat.cat(golden.adapters()));
  }

  @ParameterizedTest
  @MethodSource
  void svd(PeftGolden.Case golden) {
    PeftSvdOptions options =
        PeftSvdOptions.of(
            golden.toString().startsWith("0.20.0")
                ? PeftSvdOptions.Scaling.TWICE_AS_0_20_0
                : PeftSvdOptions.Scaling.ONCE_AS_0_21_2);
    int rank = golden.json.get("svd_rank").asInt(0);
    if (rank > 0) {
      options = options.withRank(rank);
    }
    Merged<PluginModule> merged = merge(golden, PeftCompat.svd(golden.adapters(), options));
    for (String layer : golden.layers()) {
      LowRankUpdate found = (LowRankUpdate) merged.value().updates().get(layer);
      double[][] expected = delta(golden, layer);
      assertThat(found.rank()).isEqualTo(golden.factor("merged", layer, "A").shape().dimension(0));
      assertThat(found.scaling()).isEqualTo(golden.scaling(layer));
      assertThat(Dense.distance(Plugins.product(found, 1), expected))
          .isLessThan(1e-6 * Dense.norm(expected));
      if (golden.clamped()) {
        assertClamped(golden, layer);
      }
    }
  }

  /** The clamp depends on arbitrary signs, so it is held against PEFT's own unclamped factors. */
  private static void assertClamped(PeftGolden.Case golden, String layer) {
    double[][] b = rows(golden.factor("unclamped", layer, "B"));
    double[][] a = rows(golden.factor("unclamped", layer, "A"));
    QuantileClamp.apply(b, a, golden.json.get("svd_clamp").asDouble(), layer);
    assertThat(b).isDeepEqualTo(rows(golden.factor("merged", layer, "B")));
    assertThat(a).isDeepEqualTo(rows(golden.factor("merged", layer, "A")));
  }

  private static double[][] delta(PeftGolden.Case golden, String layer) {
    return golden.clamped()
        ? Plugins.product(
            new LowRankUpdate(
                golden.factor("unclamped", layer, "A"),
                golden.factor("unclamped", layer, "B"),
                golden.scaling(layer)),
            1)
        : golden.mergedDelta(layer);
  }

  private static void assertSameFactors(PeftGolden.Case golden, PeftCompat.Builder builder) {
    Merged<PluginModule> merged = merge(golden, builder);
    assertThat(merged.value().updates().keySet())
        .containsExactlyInAnyOrderElementsOf(golden.layers());
    for (String layer : golden.layers()) {
      LowRankUpdate found = (LowRankUpdate) merged.value().updates().get(layer);
      Tensor a = golden.factor("merged", layer, "A");
      Tensor b = golden.factor("merged", layer, "B");
      assertThat(found.a().dtype()).isEqualTo(a.dtype());
      assertThat(found.a().shape()).isEqualTo(a.shape());
      assertThat(found.a().toFloats()).as("A of %s", layer).isEqualTo(padded(a));
      assertThat(found.b().toFloats()).as("B of %s", layer).isEqualTo(padded(b));
      assertThat(found.scaling()).isEqualTo(golden.scaling(layer));
    }
  }

  /** PEFT pads with random numbers times zero, so with zeros of either sign. */
  private static float[] padded(Tensor tensor) {
    float[] values = tensor.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] += 0f;
    }
    return values;
  }

  private static Merged<PluginModule> merge(PeftGolden.Case golden, PeftCompat.Builder builder) {
    if (golden.rsLoraFirst()) {
      builder.rsLoraFirst();
    }
    return builder.build().merge(golden.plugins());
  }

  @Test
  void clampsWhatItMerges() {
    PluginModule one = lowRank("one", DType.F32, 3);
    PluginModule two = lowRank("two", DType.F32, 2);
    PeftSvdOptions options =
        PeftSvdOptions.of(PeftSvdOptions.Scaling.ONCE_AS_0_21_2).withClamp(0.8);
    LowRankUpdate merged =
        (LowRankUpdate)
            PeftCompat.svd(adapters(one, two), options)
                .build()
                .merge(PluginSet.of(one, two))
                .value()
                .updates()
                .get("l");
    double high =
        Stream.of(merged.a(), merged.b())
            .flatMapToDouble(t -> Arrays.stream(t.toDoubles()))
            .map(Math::abs)
            .max()
            .orElseThrow();
    long atBound =
        Stream.of(merged.a(), merged.b())
            .flatMapToDouble(t -> Arrays.stream(t.toDoubles()))
            .filter(v -> Math.abs(v) == high)
            .count();
    assertThat(atBound).isGreaterThan(5);
  }

  @Test
  void interpolatesQuantilesLinearly() {
    assertThat(QuantileClamp.quantile(new float[] {4, 1, 3, 2}, 0.5f)).isEqualTo(2.5f);
    assertThat(QuantileClamp.quantile(new float[] {4, 1, 3, 2}, 0f)).isEqualTo(1f);
    assertThat(QuantileClamp.quantile(new float[] {4, 1, 3, 2}, 1f)).isEqualTo(4f);
    assertThat(QuantileClamp.quantile(new float[] {0, 10}, 0.25f)).isCloseTo(2.5f, within(1e-6f));
  }

  @Test
  void catIsTheExactSumAndSvdItsBestApproximation() {
    PluginModule one = lowRank("one", DType.F64, 3);
    PluginModule two = lowRank("two", DType.F64, 2);
    PluginSet set = PluginSet.of(one, two);
    double[][] cat = product(PeftCompat.cat(adapters(one, two)), set);
    double[][] exact =
        Plugins.product(
            Fusion.average()
                .coefficients(Coefficients.perPlugin(Map.of(one.id(), 0.5, two.id(), 0.5)))
                .build()
                .merge(set)
                .value()
                .updates()
                .get("l"),
            1);
    assertThat(Dense.distance(cat, exact)).isLessThan(1e-13 * Dense.norm(exact));
    PeftSvdOptions options = PeftSvdOptions.of(PeftSvdOptions.Scaling.ONCE_AS_0_21_2);
    double[][] svd = product(PeftCompat.svd(adapters(one, two), options.withRank(2)), set);
    assertThat(Dense.distance(svd, Dense.bestApproximation(exact, 2)))
        .isLessThan(1e-12 * Dense.norm(exact));
  }

  @Test
  void theOrderOfTheSetDoesNotMatter() {
    PluginModule one = lowRank("one", DType.F32, 3);
    PluginModule two = lowRank("two", DType.F32, 3);
    PluginModule three = lowRank("three", DType.F32, 3);
    PeftCompat.Builder builder = PeftCompat.linear(adapters(one, two, three));
    assertThat(builder.build().merge(PluginSet.of(one, two, three)).record())
        .isEqualTo(builder.build().merge(PluginSet.of(three, one, two)).record());
  }

  @Test
  void refusesWhatPeftRefuses() {
    PluginModule one = lowRank("one", DType.F32, 3);
    PluginModule two = lowRank("two", DType.F32, 2);
    PluginSet set = PluginSet.of(one, two);
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> PeftCompat.linear(adapters(one, two)).build().merge(set))
        .withMessageContaining("[3, 2]");
    PeftSvdOptions tooMuch = PeftSvdOptions.of(PeftSvdOptions.Scaling.ONCE_AS_0_21_2).withRank(6);
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> PeftCompat.svd(adapters(one, two), tooMuch).build().merge(set))
        .withMessageContainingAll("min(d, k) = 5", "found 6", "layer l");
  }

  @Test
  void refusesRanksThatDifferAtALayer() {
    PluginModule one =
        Plugins.module("one", Map.of("l", update(DType.F32, 3), "m", update(DType.F32, 2)));
    PluginModule two =
        Plugins.module("two", Map.of("l", update(DType.F32, 2), "m", update(DType.F32, 3)));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () -> PeftCompat.linear(adapters(one, two)).build().merge(PluginSet.of(one, two)))
        .withMessageContainingAll("rank 3", "found 2", "layer l", "centre/two:1");
  }

  @Test
  void refusesWhatPeftWouldDrop() {
    Replacement head =
        new Replacement(Tensor.of(Shape.of(1), 1f), LabelSpace.of("tumour", "benign"));
    PluginModule one = Plugins.module("one", Map.of("l", update(DType.F32, 2), "head", head));
    PluginModule two =
        Plugins.module(
            "two", Map.of("l", update(DType.F32, 2), "head", Plugins.dense(random, DType.F32, 1)));
    for (PluginModule plugin : List.of(one, two)) {
      assertThatExceptionOfType(IncompatiblePluginsException.class)
          .isThrownBy(() -> PeftCompat.cat(adapters(plugin)).build().merge(PluginSet.of(plugin)))
          .withMessageContainingAll(plugin.id().toString(), "layer head", "PEFT would drop it");
    }
  }

  @Test
  void refusesMixedTypes() {
    PluginModule one = lowRank("one", DType.F32, 2);
    PluginModule two = lowRank("two", DType.BF16, 2);
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> PeftCompat.cat(adapters(one, two)).build().merge(PluginSet.of(one, two)))
        .withMessageContainingAll("F32", "BF16", "centre/two:1");
  }

  @Test
  void refusesListsThatDoNotFit() {
    PluginModule one = lowRank("one", DType.F32, 2);
    PluginModule two = lowRank("two", DType.F32, 2);
    assertThatIllegalArgumentException().isThrownBy(() -> PeftCompat.cat(List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftCompat.cat(adapters(one, one)))
        .withMessageContaining("twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftCompat.cat(adapters(one)).build().merge(PluginSet.of(one, two)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PeftCompat.Adapter(one.id(), Double.NaN));
    PeftCompat.Builder builder = PeftCompat.cat(adapters(one)).rsLoraFirst().id(one.id());
    assertThatIllegalStateException().isThrownBy(builder::rsLoraFirst);
    assertThatIllegalStateException().isThrownBy(() -> builder.id(two.id()));
    PeftSvdOptions options = PeftSvdOptions.of(PeftSvdOptions.Scaling.ONCE_AS_0_21_2);
    assertThatIllegalArgumentException().isThrownBy(() -> options.withRank(0));
    assertThatIllegalArgumentException().isThrownBy(() -> options.withClamp(1.5));
  }

  private static double[][] product(PeftCompat.Builder builder, PluginSet set) {
    return Plugins.product(builder.build().merge(set).value().updates().get("l"), 1);
  }

  private static List<PeftCompat.Adapter> adapters(PluginModule... plugins) {
    List<PeftCompat.Adapter> adapters = new ArrayList<>();
    for (PluginModule plugin : plugins) {
      adapters.add(new PeftCompat.Adapter(plugin.id(), 1.0 / plugins.length));
    }
    return adapters;
  }

  private PluginModule lowRank(String name, DType type, int r) {
    return Plugins.module(name, Map.of("l", update(type, r)));
  }

  private Update update(DType type, int r) {
    return Plugins.lowRank(random, type, 7, 5, r);
  }

  private static double[][] rows(Tensor tensor) {
    double[] values = tensor.toDoubles();
    int columns = (int) tensor.shape().dimension(1);
    double[][] rows = new double[(int) tensor.shape().dimension(0)][columns];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(values, i * columns, rows[i], 0, columns);
    }
    return rows;
  }
}
