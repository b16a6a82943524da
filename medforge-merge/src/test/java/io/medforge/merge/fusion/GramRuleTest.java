package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
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
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What all rules on the Gram matrix promise, and each one's definition. */
class GramRuleTest {
  @Provide
  Arbitrary<GramRule> anyNumber() {
    return Arbitraries.of(
        GramRule.karcher(),
        GramRule.modelStock(),
        GramRule.geometricMedian(),
        GramRule.krum(1),
        GramRule.multiKrum(1, 3),
        GramRule.normClipping(),
        GramRule.centredClipping());
  }

  @Property(tries = 100)
  void orderDoesNotChangeAByte(
      @ForAll("anyNumber") GramRule rule,
      @ForAll @IntRange(min = 5, max = 7) int n,
      @ForAll long seed) {
    List<PluginModule> modules = random(seed, n);
    List<PluginModule> shuffled = new ArrayList<>(modules);
    Collections.shuffle(shuffled, new Random(seed));
    for (boolean perLayer : new boolean[] {false, true}) {
      Merged<PluginModule> one = merge(rule, perLayer, PluginSet.of(modules));
      Merged<PluginModule> other = merge(rule, perLayer, PluginSet.of(shuffled));
      assertThat(other.value().digest()).isEqualTo(one.value().digest());
      assertThat(other.record()).isEqualTo(one.record());
    }
  }

  @Property(tries = 100)
  void equalPluginsAreThatPlugin(
      @ForAll("anyNumber") GramRule rule,
      @ForAll @IntRange(min = 5, max = 7) int n,
      @ForAll long seed) {
    Update update = Plugins.lowRank(new SplittableRandom(seed), DType.F64, 9, 7, 3);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(Plugins.module("p" + i, Map.of("l", update)));
    }
    double[][] expected = Plugins.product(update, 1);
    Merged<PluginModule> merged = merge(rule, false, PluginSet.of(modules));
    assertThat(Dense.distance(Plugins.product(merged.value().updates().get("l"), 1), expected))
        .isLessThan(1e-12 * Dense.norm(expected));
  }

  @Property(tries = 100)
  void scalingAllDeltasScalesTheResult(
      @ForAll("anyNumber") GramRule rule,
      @ForAll @IntRange(min = 5, max = 7) int n,
      @ForAll @IntRange(min = -100, max = 100) int power,
      @ForAll long seed) {
    double[][] points = points(seed, n, 9);
    double[][] scaled = new double[n][];
    for (int i = 0; i < n; i++) {
      scaled[i] = points[i].clone();
      for (int t = 0; t < 9; t++) {
        scaled[i][t] = Math.scalb(scaled[i][t], power);
      }
    }
    List<Double> one = rule.coefficients(Points.gram(points), Points.uniform(n));
    List<Double> other = rule.coefficients(Points.gram(scaled), Points.uniform(n));
    for (int i = 0; i < n; i++) {
      assertThat(other.get(i)).isCloseTo(one.get(i), within(1e-9));
    }
  }

  @Property(tries = 100)
  void medianAndKrumMoveWithTheirInputs(@ForAll long seed) {
    double[][] points = points(seed, 6, 4);
    double[][] moved = new double[6][4];
    for (int i = 0; i < 6; i++) {
      for (int t = 0; t < 4; t++) {
        moved[i][t] = points[i][t] + 3 * t - 2;
      }
    }
    for (GramRule rule : List.of(GramRule.geometricMedian(), GramRule.multiKrum(1, 2))) {
      double[] one =
          Points.combined(points, rule.coefficients(Points.gram(points), Points.uniform(6)));
      double[] other =
          Points.combined(moved, rule.coefficients(Points.gram(moved), Points.uniform(6)));
      for (int t = 0; t < 4; t++) {
        assertThat(other[t]).isCloseTo(one[t] + 3 * t - 2, within(1e-6));
      }
    }
  }

  @Property(tries = 100)
  void nothingIsNearerThanTheGeometricMedian(
      @ForAll @IntRange(min = 1, max = 8) int n, @ForAll long seed) {
    double[][] points = points(seed, n, 3);
    List<Double> shares = shares(seed, n);
    double[] median =
        Points.combined(
            points, GramRule.geometricMedian().coefficients(Points.gram(points), shares));
    double least = cost(points, shares, median);
    SplittableRandom random = new SplittableRandom(seed);
    for (int probe = 0; probe < 40; probe++) {
      double[] near = median.clone();
      double step = Math.pow(10, -random.nextInt(1, 5));
      for (int t = 0; t < 3; t++) {
        near[t] += step * random.nextGaussian();
      }
      assertThat(cost(points, shares, near)).isGreaterThanOrEqualTo(least - 1e-9);
    }
    for (double[] point : points) {
      assertThat(cost(points, shares, point)).isGreaterThanOrEqualTo(least - 1e-9);
    }
  }

  @Property(tries = 60)
  void karcherMeanIsWhereLogarithmsCancel(
      @ForAll @IntRange(min = 2, max = 6) int n, @ForAll long seed) {
    double[][] points = points(seed, n, 12);
    for (double[] point : points) {
      // Within a hemisphere, where the mean is unique.
      point[0] = 3 + Math.abs(point[0]);
    }
    List<Double> shares = shares(seed, n);
    double[] mean =
        Points.combined(points, GramRule.karcher().coefficients(Points.gram(points), shares));
    double norm = 0;
    for (int i = 0; i < n; i++) {
      norm += shares.get(i) * length(points[i]);
    }
    assertThat(length(mean)).isCloseTo(norm, within(1e-10 * norm));
    double[] sum = new double[12];
    for (int i = 0; i < n; i++) {
      double cosine = dot(points[i], mean) / length(points[i]) / length(mean);
      double stretch = Math.acos(cosine) / Math.sqrt(1 - cosine * cosine);
      for (int t = 0; t < 12; t++) {
        sum[t] +=
            shares.get(i)
                * stretch
                * (points[i][t] / length(points[i]) - cosine * mean[t] / length(mean));
      }
    }
    assertThat(length(sum)).isLessThan(1e-7);
  }

  @Test
  void slerpMovesAlongTheArcByTheSecondsShare() {
    double[][] points = {{2, 0}, {0, 2}};
    double[] third =
        Points.combined(
            points, GramRule.slerp().coefficients(Points.gram(points), List.of(2.0 / 3, 1.0 / 3)));
    assertThat(third[0]).isCloseTo(2 * Math.cos(Math.PI / 6), within(1e-14));
    assertThat(third[1]).isCloseTo(2 * Math.sin(Math.PI / 6), within(1e-14));
    List<Double> shares = List.of(0.25, 0.75);
    assertThat(GramRule.slerp().coefficients(Points.gram(new double[][] {{1, 1}, {2, 2}}), shares))
        .isEqualTo(shares);
    assertThat(GramRule.slerp().coefficients(Points.gram(new double[][] {{1, 1}, {0, 0}}), shares))
        .isEqualTo(shares);
  }

  @Test
  void modelStockIsTheMeanTimesT() {
    // Cosine 1/2, so t = 2 (1/2) / (1 + 1/2).
    double[][] points = {{1, 0}, {0.5, Math.sqrt(0.75)}};
    for (double c : GramRule.modelStock().coefficients(Points.gram(points), Points.uniform(2))) {
      assertThat(c).isCloseTo(1.0 / 3, within(1e-14));
    }
    List<Double> none =
        GramRule.modelStock()
            .coefficients(Points.gram(new double[][] {{1, 0}, {0, 3}}), Points.uniform(2));
    assertThat(none).containsExactly(0.0, 0.0);
  }

  @Test
  void geometricMedianOfAMajorityInOnePlaceIsThatPlace() {
    double[][] points = {{1, 2}, {1, 2}, {1, 2}, {-50, 7}, {9, 1000}};
    List<Double> found =
        GramRule.geometricMedian().coefficients(Points.gram(points), Points.uniform(5));
    assertThat(found.get(3)).isZero();
    assertThat(found.get(4)).isZero();
    List<Double> two =
        GramRule.geometricMedian()
            .coefficients(Points.gram(new double[][] {{1, 2}, {5, 6}}), Points.uniform(2));
    assertThat(two).containsExactly(0.5, 0.5);
  }

  @Test
  void refusesWhatIsInfeasible() {
    List<PluginModule> four = random(1, 4);
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> Fusion.by(GramRule.krum(1)).build().merge(PluginSet.of(four)))
        .withMessageContainingAll("2 f + 3 = 5", "f = 1", "found 4");
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> Fusion.by(GramRule.multiKrum(0, 5)).build().merge(PluginSet.of(four)))
        .withMessageContainingAll("n - f = 4", "found 5");
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () -> Fusion.by(GramRule.krum(Integer.MAX_VALUE)).build().merge(PluginSet.of(four)))
        .withMessageContaining("4294967297");
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> Fusion.by(GramRule.slerp()).build().merge(PluginSet.of(four)))
        .withMessageContaining("exactly 2");
    double[][] opposite = {{1, 2}, {-2, -4}};
    for (GramRule rule : List.of(GramRule.slerp(), GramRule.karcher(), GramRule.modelStock())) {
      assertThatExceptionOfType(IncompatiblePluginsException.class)
          .isThrownBy(() -> rule.coefficients(Points.gram(opposite), Points.uniform(2)))
          .withMessageContaining("centre/p0:1");
    }
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () ->
                Fusion.by(GramRule.normClipping())
                    .coefficients(Points.weights(new double[] {1, 1, 1, -1}))
                    .build()
                    .merge(PluginSet.of(four)))
        .withMessageContainingAll("at least 0", "-1.0", "centre/p3:1");
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> AveragingRule.trimmedMean(2).average(layer(four)))
        .withMessageContainingAll("2 k = 4", "found 4", "layer l");
    assertThatIllegalArgumentException().isThrownBy(() -> GramRule.krum(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> GramRule.multiKrum(0, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> GramRule.normClipping(0));
    assertThatIllegalArgumentException().isThrownBy(() -> GramRule.centredClipping(1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> AveragingRule.trimmedMean(0));
  }

  @Test
  void onePluginIsItselfAndZerosDoNoHarm() {
    PluginModule one = random(2, 1).get(0);
    for (GramRule rule :
        List.of(
            GramRule.karcher(),
            GramRule.modelStock(),
            GramRule.geometricMedian(),
            GramRule.normClipping(),
            GramRule.centredClipping())) {
      assertThat(Fusion.by(rule).build().merge(PluginSet.of(one)).value().digest())
          .isEqualTo(one.digest());
      double[][] zeros = new double[3][4];
      assertThat(Points.combined(zeros, rule.coefficients(Points.gram(zeros), Points.uniform(3))))
          .containsOnly(0);
    }
  }

  @Test
  void headsAreAveragedByTheSharesOfTheChosen() {
    LabelSpace labels = LabelSpace.of("l", "a", "b");
    SplittableRandom random = new SplittableRandom(3);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      // The last one is far away, and its head would spoil the mean.
      double[] point = {random.nextGaussian() + (i == 4 ? 1000 : 0), random.nextGaussian()};
      modules.add(
          Plugins.module(
              "p" + i,
              Map.of(
                  "bias",
                  new DenseUpdate(Tensor.of(Shape.of(2), point)),
                  "head",
                  new Replacement(Tensor.of(Shape.of(1), i == 4 ? 1e6 : 1.0), labels))));
    }
    for (GramRule rule : List.of(GramRule.multiKrum(1, 4), GramRule.krum(1))) {
      PluginModule merged = Fusion.by(rule).build().merge(PluginSet.of(modules)).value();
      assertThat(((Replacement) merged.updates().get("head")).tensor().toDoubles()[0])
          .isCloseTo(1, within(1e-12));
    }
    Merged<PluginModule> clipped =
        Fusion.by(GramRule.normClipping()).build().merge(PluginSet.of(modules));
    Coefficients used = clipped.record().coefficients().orElseThrow();
    double sum = 0;
    for (PluginModule module : modules) {
      sum += used.of(module.id(), "head");
    }
    assertThat(sum).isCloseTo(1, within(1e-12));
    assertThat(used.of(Plugins.id("p4"), "bias")).isLessThan(0.01);
  }

  @Test
  void recordsWhatItDid() {
    MergeRecord record =
        Fusion.by(GramRule.multiKrum(1, 2)).build().merge(PluginSet.of(random(4, 5))).record();
    assertThat(record.strategy()).isEqualTo("fusion.multi-krum");
    assertThat(record.parameters())
        .containsEntry("f", "1")
        .containsEntry("m", "2")
        .containsEntry("scope", "plugin");
    assertThat(
            Fusion.by(GramRule.krum(1).perLayer())
                .build()
                .merge(PluginSet.of(random(4, 5)))
                .record()
                .parameters())
        .containsEntry("scope", "layer");
  }

  private static Merged<PluginModule> merge(GramRule rule, boolean perLayer, PluginSet plugins) {
    Fusion.AverageBuilder builder = perLayer ? Fusion.by(rule.perLayer()) : Fusion.by(rule);
    return builder.outputType(DType.F64).build().merge(plugins);
  }

  private static LayerUpdates layer(List<PluginModule> modules) {
    return new LayerUpdates(
        "l",
        modules.stream()
            .map(m -> new LayerUpdates.Member(m.id(), m.digest(), m.updates().get("l"), 1))
            .toList(),
        0,
        LayerUpdates.DEFAULT_TILE);
  }

  private static List<PluginModule> random(long seed, int n) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(
          Plugins.module(
              "p" + i,
              Map.of(
                  "l",
                  Plugins.lowRank(random, DType.F32, 9, 7, random.nextInt(1, 4)),
                  "bias",
                  Plugins.dense(random, DType.F32, 9))));
    }
    return modules;
  }

  private static double[][] points(long seed, int n, int dimensions) {
    return Dense.randomColumns(new SplittableRandom(seed), n, dimensions);
  }

  private static List<Double> shares(long seed, int n) {
    SplittableRandom random = new SplittableRandom(seed + 1);
    double[] weights = new double[n];
    double sum = 0;
    for (int i = 0; i < n; i++) {
      weights[i] = random.nextDouble(0.1, 1);
      sum += weights[i];
    }
    List<Double> shares = new ArrayList<>();
    for (double weight : weights) {
      shares.add(weight / sum);
    }
    return shares;
  }

  private static double cost(double[][] points, List<Double> shares, double[] x) {
    double cost = 0;
    for (int i = 0; i < points.length; i++) {
      double[] difference = new double[x.length];
      for (int t = 0; t < x.length; t++) {
        difference[t] = points[i][t] - x[t];
      }
      cost += shares.get(i) * length(difference);
    }
    return cost;
  }

  private static double length(double[] x) {
    return Math.sqrt(dot(x, x));
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int t = 0; t < x.length; t++) {
      sum += x[t] * y[t];
    }
    return sum;
  }
}
