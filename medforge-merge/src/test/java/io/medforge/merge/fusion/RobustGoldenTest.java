package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.merge.alignment.Golden;
import io.medforge.merge.alignment.LowRankGram;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against Flower, SciPy and RFA's own package; see golden/robust/NOTES.md. */
class RobustGoldenTest {
  /** The five points of the project's notes on aggregation. */
  private static final double[][] NOTES = {{1, 2}, {2, 1}, {1.5, 1.5}, {2, 2}, {100, -100}};

  static Stream<Map.Entry<String, JsonNode>> sets() {
    try (InputStream in = RobustGoldenTest.class.getResourceAsStream("golden/robust/robust.json")) {
      JsonNode sets = new ObjectMapper().readTree(in).get("sets");
      List<Map.Entry<String, JsonNode>> entries = new ArrayList<>();
      sets.properties().forEach(entries::add);
      return entries.stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("sets")
  void krum(Map.Entry<String, JsonNode> set) {
    double[][] points = Golden.rows(set.getValue().get("points"));
    LowRankGram gram = Points.gram(points);
    for (JsonNode golden : set.getValue().get("krum")) {
      int f = golden.get("f").asInt();
      double[] expected = Golden.vector(golden.get("scores"));
      double[] scores = KrumRule.scores(gram, f);
      for (int i = 0; i < scores.length; i++) {
        double size = gram.inner(i, i) + gram.inner(0, 0);
        assertThat(scores[i]).isCloseTo(expected[i], within(1e-12 * size + 1e-12 * expected[i]));
      }
      for (int m = 1; m <= 3; m++) {
        JsonNode kept = golden.get("multi_krum_" + m);
        if (m <= points.length - f && kept.get("unambiguous").asBoolean()) {
          GramRule rule = GramRule.multiKrum(f, m);
          compare(points, rule, Points.uniform(points.length), kept.get("mean"), 1e-12);
          compare(points, rule, shares(set.getValue()), kept.get("weighted_mean"), 1e-12);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sets")
  void geometricMedian(Map.Entry<String, JsonNode> set) {
    double[][] points = Golden.rows(set.getValue().get("points"));
    for (JsonNode golden : set.getValue().get("geometric_median")) {
      // Where the peer did not stop early it is good to 1e-6, and to 1e-5 where plugins coincide.
      if (golden.get("ftol").asDouble() == 0) {
        double[] weights = Golden.vector(golden.get("weights"));
        double sum = Arrays.stream(weights).sum();
        List<Double> shares = Arrays.stream(weights).mapToObj(w -> w / sum).toList();
        double tolerance = set.getKey().equals("duplicates") ? 3e-5 : 3e-6;
        compare(points, GramRule.geometricMedian(), shares, golden.get("median"), tolerance);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sets")
  void medianAndTrimmedMean(Map.Entry<String, JsonNode> set) {
    double[][] points = Golden.rows(set.getValue().get("points"));
    assertClose(
        merged(AveragingRule.coordinateMedian(), points),
        Golden.vector(set.getValue().get("coordinate_median")),
        1e-6);
    for (JsonNode golden : set.getValue().get("trimmed_mean")) {
      int cut = golden.get("cut_each_side").asInt();
      if (cut > 0) {
        assertClose(
            merged(AveragingRule.trimmedMean(cut), points),
            Golden.vector(golden.get("mean")),
            1e-6);
      }
    }
  }

  @Test
  void krumBreaksTiesByIndexAsTheNotesSay() {
    LowRankGram gram = Points.gram(NOTES);
    assertThat(KrumRule.scores(gram, 1))
        .usingComparatorWithPrecision(1e-8)
        .containsExactly(1.5, 1.5, 1.0, 1.5, 39809.5);
    assertThat(GramRule.krum(1).coefficients(gram, Points.uniform(5)))
        .containsExactly(0.0, 0.0, 1.0, 0.0, 0.0);
    double third = 1.0 / 3;
    assertThat(GramRule.multiKrum(1, 3).coefficients(gram, Points.uniform(5)))
        .containsExactly(third, third, third, 0.0, 0.0);
  }

  @Test
  void clipsAndFindsMediansAsTheNotesSay() {
    double[] clipped = {1.532456, 0.9};
    assertClose(combined(GramRule.normClipping()), clipped, 1e-6);
    assertClose(combined(GramRule.normClipping(Math.sqrt(5))), clipped, 1e-6);
    assertClose(combined(GramRule.centredClipping(Math.sqrt(5), 1)), clipped, 1e-6);
    assertClose(combined(GramRule.geometricMedian()), new double[] {1.673703, 1.483678}, 1e-6);
    assertClose(merged(AveragingRule.trimmedMean(1), NOTES), new double[] {1.833333, 1.5}, 1e-6);
    assertClose(merged(AveragingRule.coordinateMedian(), NOTES), new double[] {2, 1.5}, 0);
  }

  private static double[] combined(GramRule rule) {
    return Points.combined(NOTES, rule.coefficients(Points.gram(NOTES), Points.uniform(5)));
  }

  private static double[] merged(AveragingRule rule, double[][] points) {
    return Points.merge(
        Fusion.by(rule).space(FusionSpace.DENSE).denseOutput(), Points.plugins(points));
  }

  private static List<Double> shares(JsonNode set) {
    double[] examples = Golden.vector(set.get("examples"));
    double sum = Arrays.stream(examples).sum();
    return Arrays.stream(examples).mapToObj(w -> w / sum).toList();
  }

  private static void compare(
      double[][] points, GramRule rule, List<Double> shares, JsonNode expected, double tolerance) {
    List<Double> coefficients = rule.coefficients(Points.gram(points), shares);
    assertClose(Points.combined(points, coefficients), Golden.vector(expected), tolerance);
  }

  private static void assertClose(double[] found, double[] expected, double tolerance) {
    double size = Math.max(1, Arrays.stream(expected).map(Math::abs).max().orElse(0));
    for (int i = 0; i < expected.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(tolerance * size));
    }
  }
}
