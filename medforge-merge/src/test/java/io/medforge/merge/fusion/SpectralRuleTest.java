package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.Golden;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** TSV-M and Iso-C, against fusion_bench and their definitions. */
class SpectralRuleTest {
  private static final String LAYER = "l";

  @Test
  void agreesWithFusionBench() throws IOException {
    JsonNode cases;
    try (InputStream in =
        SpectralRuleTest.class.getResourceAsStream("golden/spectral/spectral.json")) {
      cases = new ObjectMapper().readTree(in).get("cases");
    }
    assertThat(cases.size()).isGreaterThan(3);
    cases
        .properties()
        .forEach(
            entry -> {
              PluginSet plugins = plugins(entry.getValue());
              for (Map.Entry<String, AveragingRule> rule :
                  Map.of("tsv_m", AveragingRule.tsvM(), "iso_c", AveragingRule.isoC()).entrySet()) {
                double[][] expected = Golden.rows(entry.getValue().get(rule.getKey()));
                double[][] found = sum(rule.getValue(), plugins);
                assertThat(Dense.distance(found, expected))
                    .as(entry.getKey() + " " + rule.getKey())
                    .isLessThan(1e-10 * Dense.norm(expected));
              }
            });
  }

  @Property(tries = 50)
  void isoCFlattensTheSumOnItsOwnDirections(
      @ForAll @IntRange(min = 1, max = 4) int n, @ForAll long seed) {
    PluginSet plugins = random(seed, n, 13, 11, 2);
    double[][] dense = denseSum(plugins);
    double[][] found = sum(AveragingRule.isoC(), plugins);
    double[] before = Dense.singularValues(dense);
    double[] after = Dense.singularValues(found);
    int rank = 2 * n;
    double mean = Arrays.stream(before).limit(rank).sum() / rank;
    for (int j = 0; j < after.length; j++) {
      assertThat(after[j]).isCloseTo(j < rank ? mean : 0, within(1e-9 * mean));
    }
    // The sum is the result's own direction: <found, dense> = mean * sum of singular values.
    double inner = 0;
    for (int i = 0; i < dense.length; i++) {
      for (int j = 0; j < dense[i].length; j++) {
        inner += dense[i][j] * found[i][j];
      }
    }
    assertThat(inner).isCloseTo(mean * mean * rank, within(1e-9 * mean * mean * rank));
  }

  @Property(tries = 50)
  void tsvMGivesEveryPluginItsOwnDirectionsAndSingularValues(
      @ForAll @IntRange(min = 1, max = 4) int n, @ForAll long seed) {
    PluginSet plugins = random(seed, n, 17, 13, 3);
    double[] expected =
        plugins.plugins().stream()
            .flatMapToDouble(
                p ->
                    Arrays.stream(Dense.singularValues(Plugins.product(p.updates().get(LAYER), 1)))
                        .limit(3))
            .map(value -> -value)
            .sorted()
            .map(value -> -value)
            .toArray();
    double[] found = Dense.singularValues(sum(AveragingRule.tsvM(), plugins));
    for (int j = 0; j < expected.length; j++) {
      assertThat(found[j]).isCloseTo(expected[j], within(1e-9 * expected[0]));
    }
  }

  @Property(tries = 40)
  void scaleBasisAndOrderBehave(@ForAll @IntRange(min = 2, max = 4) int n, @ForAll long seed) {
    PluginSet plugins = random(seed, n, 13, 11, 2);
    List<PluginModule> scaled = new ArrayList<>();
    for (PluginModule plugin : plugins.plugins()) {
      LowRankUpdate update = (LowRankUpdate) plugin.updates().get(LAYER);
      double[] b = update.b().toDoubles();
      double[] a = update.a().toDoubles();
      for (int i = 0; i < b.length; i++) {
        b[i] *= 8;
      }
      for (int i = 0; i < a.length; i++) {
        a[i] /= 4;
      }
      Update twice =
          new LowRankUpdate(
              Tensor.of(update.a().shape(), a), Tensor.of(update.b().shape(), b), update.scaling());
      scaled.add(Plugins.module(plugin.id().name(), Map.of(LAYER, twice)));
    }
    for (AveragingRule rule : List.of(AveragingRule.tsvM(), AveragingRule.isoC())) {
      double[][] one = sum(rule, plugins);
      double[][] other = sum(rule, PluginSet.of(scaled));
      assertThat(Dense.distance(Plugins.sum(one, one), other)).isLessThan(1e-9 * Dense.norm(one));
    }
  }

  @Test
  void duplicatesAreOneUnderTsvM() {
    Update update = Plugins.lowRank(new SplittableRandom(5), DType.F64, 12, 10, 2);
    PluginSet plugins =
        PluginSet.of(
            Plugins.module("a", Map.of(LAYER, update)),
            Plugins.module("b", Map.of(LAYER, update)),
            Plugins.module("c", Map.of(LAYER, update)));
    double[][] expected = Plugins.product(update, 1);
    assertThat(Dense.distance(sum(AveragingRule.tsvM(), plugins), expected))
        .isLessThan(1e-12 * Dense.norm(expected));
  }

  @Test
  void zerosStayZeroAndDenseMatricesAreRefused() {
    LowRankUpdate zero =
        new LowRankUpdate(
            Tensor.of(Shape.of(2, 4), new double[8]), Tensor.of(Shape.of(3, 2), new double[6]), 1);
    for (AveragingRule rule : List.of(AveragingRule.tsvM(), AveragingRule.isoC())) {
      PluginSet plugins =
          PluginSet.of(
              Plugins.module("a", Map.of(LAYER, zero)), Plugins.module("b", Map.of(LAYER, zero)));
      assertThat(Dense.norm(sum(rule, plugins))).isZero();
      PluginModule dense =
          Plugins.module(
              "dense", Map.of(LAYER, Plugins.dense(new SplittableRandom(1), DType.F32, 3, 4)));
      assertThatExceptionOfType(IncompatiblePluginsException.class)
          .isThrownBy(() -> Fusion.by(rule).build().merge(PluginSet.of(dense)))
          .withMessageContainingAll("[3, 4]", "layer l", rule.description().name());
      PluginModule bias =
          Plugins.module("bias", Map.of(LAYER, new DenseUpdate(Tensor.of(Shape.of(2), 1f, 2f))));
      assertThat(Fusion.by(rule).build().merge(PluginSet.of(bias)).value().digest())
          .isEqualTo(bias.digest());
    }
  }

  private static double[][] sum(AveragingRule rule, PluginSet plugins) {
    Map<PluginId, Double> ones = new TreeMap<>();
    plugins.plugins().forEach(plugin -> ones.put(plugin.id(), 1.0));
    PluginModule merged =
        Fusion.by(rule)
            .coefficients(Coefficients.perPlugin(ones))
            .outputType(DType.F64)
            .build()
            .merge(plugins)
            .value();
    return Plugins.product(merged.updates().get(LAYER), 1);
  }

  private static double[][] denseSum(PluginSet plugins) {
    return plugins.plugins().stream()
        .map(plugin -> Plugins.product(plugin.updates().get(LAYER), 1))
        .reduce(Plugins::sum)
        .orElseThrow();
  }

  private static PluginSet random(long seed, int n, int d, int k, int r) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(
          Plugins.module("p" + i, Map.of(LAYER, Plugins.lowRank(random, DType.F64, d, k, r))));
    }
    return PluginSet.of(modules);
  }

  /** Dense cases as I times delta. */
  private static PluginSet plugins(JsonNode golden) {
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < golden.get("n").asInt(); i++) {
      LowRankUpdate update;
      if (golden.get("factors").isNull()) {
        double[][] delta = Golden.rows(golden.get("deltas").get(i));
        double[][] identity = new double[delta.length][delta.length];
        for (int j = 0; j < delta.length; j++) {
          identity[j][j] = 1;
        }
        update = new LowRankUpdate(tensor(delta), tensor(identity), 1);
      } else {
        JsonNode factors = golden.get("factors").get(i);
        update =
            new LowRankUpdate(
                tensor(Golden.rows(factors.get("A"))), tensor(Golden.rows(factors.get("B"))), 1);
      }
      modules.add(Plugins.module("p" + i, Map.of(LAYER, update)));
    }
    return PluginSet.of(modules);
  }

  private static Tensor tensor(double[][] rows) {
    return Tensor.of(
        Shape.of(rows.length, rows[0].length),
        Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray());
  }
}
