package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class FisherWeightsTest {
  private static final String LAYER = "encoder.0.query";
  private static final int D = 5;
  private static final int K = 7;

  @Property(tries = 50)
  void scalarIsTheWeightedMean(@ForAll @IntRange(min = 1, max = 5) int n, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = modules(random, n);
    Map<PluginId, Map<String, Double>> fisher = new TreeMap<>();
    Map<PluginId, Double> weights = new TreeMap<>();
    double[][] sum = new double[D][K];
    double total = 0;
    for (PluginModule module : modules) {
      double information = random.nextBoolean() ? 0 : random.nextDouble(5);
      double weight = random.nextDouble(0.1, 2);
      fisher.put(module.id(), Map.of(LAYER, information));
      weights.put(module.id(), weight);
      double share = weight * Math.max(information, 0.25);
      sum = Plugins.sum(sum, Plugins.product(module.updates().get(LAYER), share));
      total += share;
    }
    PluginModule fused =
        Fusion.by(FisherWeights.scalar(fisher, 0.25))
            .coefficients(Coefficients.perPlugin(weights))
            .build()
            .merge(PluginSet.of(modules))
            .value();
    double[][] found = Plugins.product(fused.updates().get(LAYER), total);
    assertThat(Dense.distance(found, sum)).isLessThanOrEqualTo(1e-12 * Dense.norm(sum) + 1e-12);
  }

  @Property(tries = 50)
  void diagonalIsTheWeightedMeanOfEachElement(
      @ForAll @IntRange(min = 1, max = 5) int n, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = modules(random, n);
    Map<PluginId, Map<String, Tensor>> fisher = new TreeMap<>();
    double[] sum = new double[D * K];
    double[] total = new double[D * K];
    for (PluginModule module : modules) {
      double[] information = new double[D * K];
      double[][] delta = Plugins.product(module.updates().get(LAYER), 1);
      for (int e = 0; e < information.length; e++) {
        information[e] = random.nextBoolean() ? 0 : random.nextDouble(5);
        double share = Math.max(information[e], 0.25) / n;
        sum[e] += share * delta[e / K][e % K];
        total[e] += share;
      }
      fisher.put(module.id(), Map.of(LAYER, Tensor.of(Shape.of(D, K), information)));
    }
    PluginModule fused =
        Fusion.by(FisherWeights.diagonal(fisher, 0.25))
            .denseOutput()
            .build()
            .merge(PluginSet.of(modules))
            .value();
    double[] found = ((DenseUpdate) fused.updates().get(LAYER)).delta().toDoubles();
    for (int e = 0; e < found.length; e++) {
      assertThat(found[e]).isCloseTo(sum[e] / total[e], within(1e-5));
    }
  }

  @Example
  void headsOfOneLabelSpaceFollowTheirFisher() {
    LabelSpace grades = LabelSpace.of("grade", "low", "high");
    PluginModule one = head("one", grades, 1);
    PluginModule two = head("two", grades, 5);
    PluginModule fused =
        Fusion.by(
                FisherWeights.scalar(
                    Map.of(one.id(), Map.of("head", 3.0), two.id(), Map.of("head", 1.0))))
            .build()
            .merge(PluginSet.of(one, two))
            .value();
    assertThat(((Replacement) fused.updates().get("head")).tensor().toFloats()).containsExactly(2f);
  }

  @Example
  void refusesByName() {
    List<PluginModule> modules = modules(new SplittableRandom(1), 2);
    PluginSet plugins = PluginSet.of(modules);
    PluginId one = modules.get(0).id();
    PluginId two = modules.get(1).id();
    assertThatThrownBy(() -> FisherWeights.scalar(Map.of(one, Map.of(LAYER, -1.0))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found -1.0")
        .hasMessageContaining(LAYER);
    assertThatThrownBy(() -> FisherWeights.scalar(Map.of(one, Map.of(LAYER, 1.0)), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("floor above 0");
    assertThatThrownBy(
            () ->
                Fusion.by(FisherWeights.scalar(Map.of(one, Map.of(LAYER, 1.0))))
                    .build()
                    .merge(plugins))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("expected Fisher information, found none")
        .hasMessageContaining(two.toString());
    Tensor wide = Tensor.of(Shape.of(1), 1.0);
    Map<String, Tensor> wrong = Map.of(LAYER, wide);
    assertThatThrownBy(() -> diagonal(plugins, Map.of(one, wrong, two, wrong)))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("expected Fisher information of [5, 7], found [1]");
    double[] negative = new double[D * K];
    negative[4] = -2;
    Map<String, Tensor> bad = Map.of(LAYER, Tensor.of(Shape.of(D, K), negative));
    assertThatThrownBy(() -> diagonal(plugins, Map.of(one, bad, two, bad)))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("found -2.0")
        .hasMessageContaining("element 4");
  }

  private static void diagonal(PluginSet plugins, Map<PluginId, Map<String, Tensor>> fisher) {
    Fusion.by(FisherWeights.diagonal(fisher)).denseOutput().build().merge(plugins);
  }

  private static PluginModule head(String name, LabelSpace labels, float value) {
    return Plugins.module(
        name, Map.of("head", new Replacement(Tensor.of(Shape.of(1), value), labels)));
  }

  private static List<PluginModule> modules(SplittableRandom random, int n) {
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(
          Plugins.module(
              "plugin-" + i, Map.of(LAYER, Plugins.lowRank(random, DType.F64, D, K, 1 + i % 3))));
    }
    return modules;
  }
}
