package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The stated energy and deviation, against dense matrices. */
class ExactComparisonTest {
  @Property(tries = 60)
  void agreesWithDenseMatricesHoweverCloseTheResultIs(
      @ForAll @IntRange(min = 1, max = 5) int n,
      @ForAll @IntRange(min = 0, max = 12) int closeness,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    LowRankUpdate found = Plugins.lowRank(random, DType.F64, 13, 11, 3);
    List<WeightedUpdate<LowRankUpdate>> parts = new ArrayList<>();
    // The parts sum to what was found and a little more: sum 1/n found + 10^-closeness other.
    for (int i = 0; i < n; i++) {
      parts.add(new WeightedUpdate<>(Plugins.id("p" + i), found, 1.0 / n));
    }
    LowRankUpdate other = Plugins.lowRank(random, DType.F64, 13, 11, 2);
    parts.add(new WeightedUpdate<>(Plugins.id("other"), other, Math.pow(10, -closeness)));
    double[][] exact = sum(parts);
    double expected =
        Math.pow(10, -closeness) * Dense.norm(Plugins.product(other, 1)) / Dense.norm(exact);

    MergedLayer.Fused compared = ExactComparison.of("l", parts, found);

    assertThat(compared.update()).isSameAs(found);
    double energy = Dense.norm(exact) * Dense.norm(exact);
    assertThat(compared.record().energy()).isCloseTo(energy, within(1e-9 * energy));
    assertThat(compared.record().rank()).isEqualTo(3);
    // Three digits are printed.
    assertThat(compared.deviation()).isCloseTo(expected, within(1e-3 * expected));
  }

  /** From Gram matrices alone where that is sure, and otherwise measured: the same either way. */
  @Property(tries = 60)
  void sumsOfFactorsAreComparedAsIfMeasured(
      @ForAll @IntRange(min = 1, max = 5) int n,
      @ForAll @IntRange(min = 0, max = 12) int closeness,
      @ForAll boolean peft,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    LowRankUpdate common = Plugins.lowRank(random, DType.F32, 13, 11, 3);
    List<WeightedUpdate<LowRankUpdate>> parts = new ArrayList<>();
    double[] weights = new double[n];
    double[] rootWeights = new double[n];
    for (int i = 0; i < n; i++) {
      weights[i] = 1.0 / n;
      rootWeights[i] = Math.sqrt(weights[i] * common.scaling());
      LowRankUpdate own = near(common, Math.pow(10, -closeness), random);
      parts.add(new WeightedUpdate<>(Plugins.id("p" + i), own, weights[i]));
    }
    double[] each = peft ? rootWeights : weights;
    LowRankUpdate found =
        new LowRankUpdate(
            TensorSum.inFloat("a", DType.F32, factors(parts, LowRankUpdate::a), each).tensor(),
            TensorSum.inFloat("b", DType.F32, factors(parts, LowRankUpdate::b), each).tensor(),
            peft ? 1 : common.scaling());

    MergedLayer.Fused measured = ExactComparison.of("l", parts, found);
    MergedLayer.Fused known =
        ExactComparison.of(
            "l", parts, found, new ExactComparison.FactorSums(each, each, found.scaling()));

    double energy = measured.record().energy();
    assertThat(known.record().energy()).isCloseTo(energy, within(1e-9 * energy));
    assertThat(known.deviation())
        .isCloseTo(measured.deviation(), within(1e-3 * measured.deviation()));
  }

  private static LowRankUpdate near(LowRankUpdate one, double far, SplittableRandom random) {
    return new LowRankUpdate(
        near(one.a(), far, random), near(one.b(), far, random), one.scaling(), one.layout());
  }

  private static Tensor near(Tensor tensor, double far, SplittableRandom random) {
    double[] values = tensor.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] += far * random.nextGaussian();
    }
    return Tensor.encode(DType.F32, tensor.shape(), values);
  }

  private static List<Tensor> factors(
      List<WeightedUpdate<LowRankUpdate>> parts, Function<LowRankUpdate, Tensor> factor) {
    return parts.stream().map(part -> factor.apply(part.update())).toList();
  }

  @Property(tries = 40)
  void statesNoDeviationWhereThereIsNone(
      @ForAll @IntRange(min = 1, max = 5) int n, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    LowRankUpdate found = Plugins.lowRank(random, DType.F32, 9, 17, 4);
    List<WeightedUpdate<LowRankUpdate>> parts = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      parts.add(new WeightedUpdate<>(Plugins.id("p" + i), found, 1.0 / n));
    }
    assertThat(ExactComparison.of("l", parts, found).deviation()).isLessThan(1e-15);
  }

  @Test
  void partsThatCancelLeaveTheirSmallDifference() {
    SplittableRandom random = new SplittableRandom(3);
    LowRankUpdate one = Plugins.lowRank(random, DType.F64, 9, 17, 4);
    LowRankUpdate little = Plugins.lowRank(random, DType.F64, 9, 17, 1);
    List<WeightedUpdate<LowRankUpdate>> parts =
        List.of(
            new WeightedUpdate<>(Plugins.id("a"), one, 1),
            new WeightedUpdate<>(Plugins.id("b"), one, -1),
            new WeightedUpdate<>(Plugins.id("c"), little, 1e-9));
    double norm = 1e-9 * Dense.norm(Plugins.product(little, 1));
    assertThat(ExactComparison.energy("l", parts))
        .isCloseTo(norm * norm, within(1e-5 * norm * norm));
  }

  @Test
  void refusesSumsBeyondTheRangeOfDouble() {
    LowRankUpdate huge =
        new LowRankUpdate(
            Tensor.of(Shape.of(1, 2), 1e200, 1e200), Tensor.of(Shape.of(2, 1), 1e200, 1e200), 1);
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () ->
                ExactComparison.of(
                    "l", List.of(new WeightedUpdate<>(Plugins.id("a"), huge, 1)), huge))
        .withMessageContainingAll("range of double", "layer l");
  }

  private static double[][] sum(List<WeightedUpdate<LowRankUpdate>> parts) {
    return parts.stream()
        .map(part -> Plugins.product(part.update(), part.weight()))
        .reduce(Plugins::sum)
        .orElseThrow();
  }
}
