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
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FusionTest {
  private static final LabelSpace LABELS = LabelSpace.of("tumour", "benign", "malignant");
  private final SplittableRandom random = new SplittableRandom(1);

  @Test
  void averagesUniformlyInF32ByDefault() {
    PluginModule one = lowRank("one", DType.BF16, 6, 5, 2);
    PluginModule two = lowRank("two", DType.F16, 6, 5, 3);
    LowRankUpdate fused = fuseLowRank(Fusion.average(), one, two);
    assertThat(fused.a().dtype()).isEqualTo(DType.F32);
    assertThat(fused.rank()).isEqualTo(5);
    double[][] expected = Plugins.sum(product(one, 0.5), product(two, 0.5));
    assertThat(Dense.distance(Plugins.product(fused, 1), expected))
        .isLessThan(1e-6 * Dense.norm(expected));
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32", "F16", "BF16"})
  void roundsOnceToTheOutputType(DType type) {
    PluginModule one = lowRank("one", DType.F32, 6, 5, 2);
    PluginModule two = lowRank("two", DType.F32, 6, 5, 3);
    LowRankUpdate exact = fuseLowRank(Fusion.average().outputType(DType.F64), one, two);
    LowRankUpdate fused = fuseLowRank(Fusion.average().outputType(type), one, two);
    Tensor rounded = Tensor.encode(type, exact.a().shape(), exact.a().toDoubles());
    assertThat(fused.a().dtype()).isEqualTo(type);
    assertThat(fused.a().toDoubles()).isEqualTo(rounded.toDoubles());
  }

  @Test
  void balancesFactorsThatWouldOverflowAHalf() {
    // B alone exceeds F16; the balanced result does not.
    LowRankUpdate update =
        new LowRankUpdate(
            Tensor.of(Shape.of(1, 2), 1e-3, 2e-3), Tensor.of(Shape.of(2, 1), 1e6, -1e6), 1);
    PluginModule one = Plugins.module("one", Map.of("l", update));
    PluginModule two = Plugins.module("two", Map.of("l", update));
    LowRankUpdate fused = fuseLowRank(Fusion.average().outputType(DType.F16), one, two);
    double[][] expected = Plugins.product(update, 1);
    assertThat(Dense.distance(Plugins.product(fused, 1), expected))
        .isLessThan(1e-3 * Dense.norm(expected));
  }

  @Test
  void refusesResultsThatTheOutputTypeCannotHold() {
    DenseUpdate update = new DenseUpdate(Tensor.of(Shape.of(3), 1f, 2f, 70000f));
    PluginModule one = Plugins.module("one", Map.of("bias", update));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> fuse(Fusion.average().outputType(DType.F16), one))
        .withMessageContainingAll("F16", "70000", "layer bias", "element 2");
  }

  @Test
  void keepsKernelAxesAndLayout() {
    LowRankUpdate one =
        new LowRankUpdate(
            Plugins.tensor(random, DType.F32, 2, 3, 2, 2),
            Plugins.tensor(random, DType.F32, 4, 2, 1, 1),
            2,
            LowRankUpdate.Layout.IN_OUT);
    LowRankUpdate two =
        new LowRankUpdate(
            Plugins.tensor(random, DType.F32, 1, 3, 2, 2),
            Plugins.tensor(random, DType.F32, 4, 1, 1, 1),
            1,
            LowRankUpdate.Layout.IN_OUT);
    LowRankUpdate fused =
        fuseLowRank(
            Fusion.average(),
            Plugins.module("one", Map.of("conv", one)),
            Plugins.module("two", Map.of("conv", two)));
    assertThat(fused.a().shape()).isEqualTo(Shape.of(3, 3, 2, 2));
    assertThat(fused.b().shape()).isEqualTo(Shape.of(4, 3, 1, 1));
    assertThat(fused.layout()).isEqualTo(LowRankUpdate.Layout.IN_OUT);
  }

  @Test
  void subtractsWithNegativeCoefficientsAndFindsNothingLeft() {
    Update update = Plugins.lowRank(random, DType.F32, 6, 5, 2);
    PluginModule one = Plugins.module("one", Map.of("l", update));
    PluginModule two = Plugins.module("two", Map.of("l", update));
    Merged<PluginModule> fused =
        fuse(Fusion.average().coefficients(weights(Map.of(one, 3.0, two, -3.0))), one, two);
    LowRankUpdate nothing = (LowRankUpdate) fused.value().updates().get("l");
    assertThat(nothing.rank()).isEqualTo(1);
    assertThat(nothing.b().toDoubles()).containsOnly(0);
    assertThat(fused.record().layers().get("l").energy()).isZero();
  }

  @Test
  void countsAMissingLayerAsNoChange() {
    PluginModule both =
        Plugins.module(
            "both",
            Map.of(
                "l", Plugins.lowRank(random, DType.F64, 4, 4, 2),
                "m", Plugins.lowRank(random, DType.F64, 4, 4, 2)));
    PluginModule only = lowRank("only", DType.F64, 4, 4, 1);
    PluginModule fused =
        Fusion.average()
            .build()
            .merge(PluginSet.allowingMissingLayers(List.of(both, only)))
            .value();
    assertThat(
            Dense.distance(
                Plugins.product(fused.updates().get("m"), 1),
                Plugins.product(both.updates().get("m"), 0.5)))
        .isLessThan(1e-14);
  }

  @Test
  void sumsDenseUpdatesInDouble() {
    // In float the small value would vanish beside the large ones, which cancel.
    PluginModule one = dense("one", 1e8f);
    PluginModule two = dense("two", 1f);
    PluginModule three = dense("three", -1e8f);
    Coefficients weights = weights(Map.of(one, 1.0, two, 1.0, three, 1.0));
    PluginModule fused = fuse(Fusion.average().coefficients(weights), one, two, three).value();
    DenseUpdate sum = (DenseUpdate) fused.updates().get("bias");
    assertThat(sum.delta().toDoubles()).containsExactly(1);
  }

  @Test
  void returnsEqualDenseUpdatesExactly() {
    DenseUpdate update = Plugins.dense(random, DType.F32, 97, 113);
    PluginModule one = Plugins.module("one", Map.of("full", update));
    PluginModule two = Plugins.module("two", Map.of("full", update));
    PluginModule three = Plugins.module("three", Map.of("full", update));
    DenseUpdate fused =
        (DenseUpdate) fuse(Fusion.average(), one, two, three).value().updates().get("full");
    assertThat(fused.delta().toFloats()).isEqualTo(update.delta().toFloats());
  }

  @Test
  void averagesHeadsOfOneLabelSpace() {
    PluginModule one = head("one", LABELS, 1, 3);
    PluginModule two = head("two", LABELS, 2, 5);
    Merged<PluginModule> fused =
        fuse(Fusion.average().coefficients(weights(Map.of(one, 0.25, two, 0.75))), one, two);
    Replacement mean = (Replacement) fused.value().updates().get("head");
    assertThat(mean.labels()).isEqualTo(LABELS);
    assertThat(mean.tensor().toDoubles()).containsExactly(1.75, 4.5);
    assertThat(fused.record().keptApart()).isEmpty();
  }

  @Test
  void refusesToAverageHeadsWithWeightsThatMakeNoMean() {
    PluginModule one = head("one", LABELS, 1, 3);
    PluginModule two = head("two", LABELS, 2, 5);
    Coefficients weights = weights(Map.of(one, 1.0, two, 1.0));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> fuse(Fusion.average().coefficients(weights), one, two))
        .withMessageContainingAll("sum to 1", "2.0", "layer head", "centre/one:1");
    assertThat(
            fuse(Fusion.average().coefficients(weights).normalized(), one, two)
                .record()
                .coefficients())
        .contains(weights(Map.of(one, 0.5, two, 0.5)));
  }

  @Test
  void keepsHeadsOfDifferentLabelSpacesApart() {
    PluginModule one = withLayer(head("one", LABELS, 1, 3));
    PluginModule two = withLayer(head("two", LabelSpace.of("birads", "1", "2"), 2, 5));
    Merged<PluginModule> fused = fuse(Fusion.average(), one, two);
    assertThat(fused.value().updates()).containsOnlyKeys("bias");
    assertThat(fused.record().keptApart())
        .containsOnlyKeys("head")
        .allSatisfy(
            (layer, owners) -> assertThat(owners).containsExactlyInAnyOrder(one.id(), two.id()));
  }

  @Test
  void refusesASetOfNothingButDifferentHeads() {
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () ->
                fuse(
                    Fusion.average(),
                    head("one", LABELS, 1, 3),
                    head("two", LabelSpace.of("birads", "1", "2"), 2, 5)))
        .withMessageContaining("heads of different label spaces");
  }

  @Test
  void keepsIntegersThatAgreeAndRefusesOthers() {
    assertThat(fuse(Fusion.average(), counter("one", 7), counter("two", 7)).value().updates())
        .containsOnlyKeys("batches");
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> fuse(Fusion.average(), counter("one", 7), counter("two", 8)))
        .withMessageContainingAll("I8", "layer batches");
  }

  @Test
  void refusesCoefficientsThatDoNotFit() {
    PluginModule one = lowRank("one", DType.F32, 6, 5, 2);
    PluginModule two = lowRank("two", DType.F32, 6, 5, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fuse(Fusion.average().coefficients(weights(Map.of(one, 1.0))), one, two))
        .withMessageContaining("centre/two:1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                fuse(
                    Fusion.average().coefficients(weights(Map.of(one, 0.0, two, 0.0))).normalized(),
                    one,
                    two))
        .withMessageContaining("zero");
  }

  @Test
  void refusesAmbiguousSettings() {
    Fusion.AverageBuilder builder = Fusion.average().rank(4);
    assertThatIllegalStateException().isThrownBy(() -> builder.rank(Rank.full()));
    assertThatIllegalStateException().isThrownBy(() -> Fusion.average().normalized().normalized());
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.average().space(FusionSpace.FACTORS).rank(4).build())
        .withMessageContaining("factor space");
    assertThatIllegalArgumentException().isThrownBy(() -> Rank.of(0));
    assertThatIllegalArgumentException().isThrownBy(() -> Rank.energy(Double.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> Rank.energy(1.5));
    assertThatIllegalArgumentException().isThrownBy(() -> Fusion.average().outputType(DType.I8));
  }

  @Test
  void weighsEachLayerOnItsOwn() {
    PluginModule one = Plugins.module("one", Map.of("l", bias(1), "m", bias(10)));
    PluginModule two = Plugins.module("two", Map.of("l", bias(2), "m", bias(20)));
    Coefficients perLayer =
        Coefficients.perLayer(
            Map.of(
                "l", Coefficients.perPlugin(Map.of(one.id(), 1.0, two.id(), 0.0)),
                "m", Coefficients.perPlugin(Map.of(one.id(), 0.5, two.id(), 1.0))));
    PluginModule fused = fuse(Fusion.average().coefficients(perLayer), one, two).value();
    assertThat(((DenseUpdate) fused.updates().get("l")).delta().toDoubles()).containsExactly(1);
    assertThat(((DenseUpdate) fused.updates().get("m")).delta().toDoubles()).containsExactly(25);
  }

  @Test
  void failsOnAnExecutorAsItFailsWithout() {
    PluginModule one = Plugins.module("one", Map.of("l", bias(1), "m", bias(70000)));
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      assertThatExceptionOfType(IncompatiblePluginsException.class)
          .isThrownBy(() -> fuse(Fusion.average().outputType(DType.F16).executor(threads), one))
          .withMessageContaining("layer m");
    } finally {
      threads.shutdownNow();
    }
  }

  private static DenseUpdate bias(float value) {
    return new DenseUpdate(Tensor.of(Shape.of(1), value));
  }

  @Test
  void recordsWhatItDid() {
    PluginModule one = lowRank("one", DType.F32, 6, 5, 2);
    PluginModule two = lowRank("two", DType.F32, 6, 5, 2);
    Merged<PluginModule> fused = fuse(Fusion.average().rank(1), one, two);
    assertThat(fused.record().strategy()).isEqualTo("fusion.average");
    assertThat(fused.record().parameters())
        .containsEntry("rank", "1")
        .containsEntry("space", "product")
        .containsEntry("normalized", "false")
        .containsEntry("output-type", "widest");
    assertThat(fused.record().parents()).hasSize(2);
    assertThat(fused.record().layers().get("l").discardedEnergy()).isBetween(0.001, 0.999);
    assertThat(fused.value().id()).isEqualTo(fuse(Fusion.average().rank(1), two, one).value().id());
    assertThat(fused.value().id()).isNotEqualTo(fuse(Fusion.average(), one, two).value().id());
  }

  @Test
  void mergesATensorLargerThanOnePiece() {
    DenseUpdate one = Plugins.dense(random, DType.F32, 700, 501);
    DenseUpdate two = Plugins.dense(random, DType.F32, 700, 501);
    DenseUpdate fused =
        (DenseUpdate)
            fuse(
                    Fusion.average().outputType(DType.F64),
                    Plugins.module("one", Map.of("full", one)),
                    Plugins.module("two", Map.of("full", two)))
                .value()
                .updates()
                .get("full");
    double[] a = one.delta().toDoubles();
    double[] b = two.delta().toDoubles();
    double[] found = fused.delta().toDoubles();
    for (int i = 0; i < a.length; i++) {
      assertThat(found[i]).isCloseTo(0.5 * a[i] + 0.5 * b[i], within(0.0));
    }
  }

  @Test
  void givesTheSameBytesOnEveryMachineAndJdk() {
    // Another digest here means other arithmetic or another format of digests, and either way that
    // recorded merges can no longer be replayed to the byte.
    PluginModule one = counted("one", 3, 1);
    PluginModule two = counted("two", 5, 2);
    PluginModule three = counted("three", 4, 3);
    Coefficients weights = weights(Map.of(one, 0.7, two, -0.4, three, 0.3));
    PluginModule fused =
        fuse(Fusion.average().coefficients(weights).rank(6), one, two, three).value();
    assertThat(fused.digest().hex())
        .isEqualTo("49c3ac3f9a0e9225e24dc329ebaf46b5cfd025a941431f0e6d83c2c467062377");
  }

  /** Integers of no pattern, by a recurrence that no library changes. */
  private static PluginModule counted(String name, int rank, int seed) {
    int state = seed;
    double[] a = new double[rank * 19];
    double[] b = new double[23 * rank];
    for (double[] factor : new double[][] {a, b}) {
      for (int i = 0; i < factor.length; i++) {
        state = state * 1103515245 + 12345;
        factor[i] = (state >> 16) / 4096.0;
      }
    }
    LowRankUpdate update =
        new LowRankUpdate(Tensor.of(Shape.of(rank, 19), a), Tensor.of(Shape.of(23, rank), b), 1.5);
    return Plugins.module(name, Map.of("l", update));
  }

  private static Coefficients weights(Map<PluginModule, Double> weights) {
    Map<PluginId, Double> byId = new TreeMap<>();
    weights.forEach((plugin, weight) -> byId.put(plugin.id(), weight));
    return Coefficients.perPlugin(byId);
  }

  private static Merged<PluginModule> fuse(Fusion.AverageBuilder fusion, PluginModule... plugins) {
    return fusion.build().merge(PluginSet.of(plugins));
  }

  private static LowRankUpdate fuseLowRank(Fusion.AverageBuilder fusion, PluginModule... plugins) {
    return (LowRankUpdate) fuse(fusion, plugins).value().updates().values().iterator().next();
  }

  private static double[][] product(PluginModule plugin, double weight) {
    return Plugins.product(plugin.updates().get("l"), weight);
  }

  private PluginModule lowRank(String name, DType type, int d, int k, int r) {
    return Plugins.module(name, Map.of("l", Plugins.lowRank(random, type, d, k, r)));
  }

  private static PluginModule dense(String name, float value) {
    return Plugins.module(name, Map.of("bias", new DenseUpdate(Tensor.of(Shape.of(1), value))));
  }

  private static PluginModule head(String name, LabelSpace labels, float... values) {
    Tensor tensor = Tensor.of(Shape.of(values.length), values);
    return Plugins.module(name, Map.of("head", new Replacement(tensor, labels)));
  }

  private static PluginModule counter(String name, int value) {
    Tensor tensor = Tensor.ofBytes(DType.I8, Shape.of(1), new byte[] {(byte) value});
    return Plugins.module(name, Map.of("batches", new Replacement(tensor, LABELS)));
  }

  private static PluginModule withLayer(PluginModule plugin) {
    return Plugins.module(
        plugin.id().name(),
        Map.of(
            "head",
            plugin.updates().get("head"),
            "bias",
            new DenseUpdate(Tensor.of(Shape.of(1), 1f))));
  }
}
