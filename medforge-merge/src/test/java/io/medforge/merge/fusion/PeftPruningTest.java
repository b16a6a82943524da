package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the golden files of PEFT's pruning combination types. */
class PeftPruningTest {
  private static final List<PeftGolden> RELEASES =
      List.of(new PeftGolden("0.20.0", "sparse"), new PeftGolden("0.21.2", "sparse"));

  static Stream<PeftGolden.Case> factors() {
    return RELEASES.stream()
        .flatMap(r -> Stream.concat(r.cases("ties"), r.cases("magnitude_prune")));
  }

  static Stream<PeftGolden.Case> products() {
    return RELEASES.stream()
        .flatMap(r -> Stream.concat(r.cases("ties_svd"), r.cases("magnitude_prune_svd")));
  }

  static Stream<String> dare() {
    List<String> names = new ArrayList<>();
    new PeftGolden("0.21.2", "dare").json().properties().forEach(e -> names.add(e.getKey()));
    return names.stream();
  }

  @ParameterizedTest
  @MethodSource
  void factors(PeftGolden.Case golden) {
    PeftCompat.Builder builder =
        golden.json.get("combination_type").asText().equals("ties")
            ? PeftCompat.ties(golden.adapters(), density(golden), vote(golden))
            : PeftCompat.magnitudePrune(golden.adapters(), density(golden));
    Merged<PluginModule> merged = merge(golden, builder);
    for (String layer : golden.layers()) {
      LowRankUpdate found = (LowRankUpdate) merged.value().updates().get(layer);
      for (String factor : List.of("A", "B")) {
        Tensor expected = golden.factor("merged", layer, factor);
        Tensor own = factor.equals("A") ? found.a() : found.b();
        assertThat(own.dtype()).isEqualTo(expected.dtype());
        assertThat(withoutMinusZero(own))
            .as("%s of %s", factor, layer)
            .isEqualTo(withoutMinusZero(expected));
      }
      assertThat(found.scaling()).isEqualTo(golden.scaling(layer));
    }
  }

  @ParameterizedTest
  @MethodSource
  void products(PeftGolden.Case golden) {
    PeftSvdOptions options =
        PeftSvdOptions.of(
            golden.toString().startsWith("0.20.0")
                ? PeftSvdOptions.Scaling.TWICE_AS_0_20_0
                : PeftSvdOptions.Scaling.ONCE_AS_0_21_2);
    int rank = golden.json.get("svd_rank").asInt(0);
    if (rank > 0) {
      options = options.withRank(rank);
    }
    boolean ties = golden.json.get("combination_type").asText().equals("ties_svd");
    PeftCompat.Builder builder =
        ties
            ? PeftCompat.tiesSvd(golden.adapters(), density(golden), vote(golden), options)
            : PeftCompat.magnitudePruneSvd(golden.adapters(), density(golden), options);
    Merged<PluginModule> merged = merge(golden, builder);
    for (String layer : golden.layers()) {
      LowRankUpdate found = (LowRankUpdate) merged.value().updates().get(layer);
      double[][] expected = golden.mergedDelta(layer);
      assertThat(found.rank()).isEqualTo(golden.factor("merged", layer, "A").shape().dimension(0));
      assertThat(found.scaling()).isEqualTo(golden.scaling(layer));
      assertThat(Dense.distance(Plugins.product(found, 1), expected))
          .isLessThanOrEqualTo(1e-5 * Dense.norm(expected));
      assertDense(golden, layer, options);
    }
  }

  /** What PEFT gave to its SVD; its factor products are summed in float, ours in double. */
  private static void assertDense(PeftGolden.Case golden, String layer, PeftSvdOptions options) {
    boolean ties = golden.json.get("combination_type").asText().equals("ties_svd");
    PeftPruning pruning =
        new PeftPruning(
            "golden",
            density(golden),
            ties ? Optional.of(vote(golden)) : Optional.empty(),
            OptionalLong.empty());
    List<WeightedUpdate<LowRankUpdate>> parts = new ArrayList<>();
    for (PeftCompat.Adapter adapter : golden.adapters()) {
      for (PluginModule plugin : golden.plugins().plugins()) {
        if (plugin.id().equals(adapter.plugin()) && plugin.update(layer).isPresent()) {
          LowRankUpdate update = (LowRankUpdate) plugin.update(layer).orElseThrow();
          parts.add(new WeightedUpdate<>(plugin.id(), update, adapter.weight()));
        }
      }
    }
    double[] found = new PeftPrunedSvd(pruning, options).merged(layer, parts).toDoubles();
    double[] expected = golden.factor("merged", layer, "dense").toDoubles();
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < expected.length; i++) {
      assertThat(found[i]).as("element %d", i).isCloseTo(expected[i], within(2e-6 * largest));
    }
  }

  /** The distribution over seeds, element by element, against 20,000 draws of PEFT's. */
  @ParameterizedTest
  @MethodSource
  void dare(String name) {
    PeftGolden golden = new PeftGolden("0.21.2", "dare");
    JsonNode json = golden.json().get(name);
    List<Tensor> inputs = new ArrayList<>();
    List<Float> weights = new ArrayList<>();
    for (int i = 0; i < json.get("weights").size(); i++) {
      inputs.add(golden.tensor(name + "/x" + i));
      weights.add((float) json.get("weights").get(i).asDouble());
    }
    Draws draws = new Draws((int) inputs.get(0).shape().elements());
    int trials = 2000;
    for (int seed = 0; seed < trials; seed++) {
      draws.add(
          new PeftPruning(
                  "dare", json.get("density").asDouble(), dareVote(json), OptionalLong.of(seed))
              .merge("layer", inputs, weights)
              .toDoubles());
    }
    draws.assertLike(
        golden.tensor(name + "/mean").toDoubles(),
        golden.tensor(name + "/variance").toDoubles(),
        golden.tensor(name + "/fourth_moment").toDoubles(),
        golden.tensor(name + "/nonzero").toDoubles(),
        json.get("trials").asInt());
  }

  @Test
  void drawsBySeedAndContentAlone() {
    SplittableRandom random = new SplittableRandom(4);
    PluginModule one =
        Plugins.module("one", Map.of("l", Plugins.lowRank(random, DType.F32, 9, 8, 3)));
    PluginModule two =
        Plugins.module("two", Map.of("l", Plugins.lowRank(random, DType.F32, 9, 8, 3)));
    PluginSet set = PluginSet.of(one, two);
    List<PeftCompat.Adapter> adapters =
        List.of(new PeftCompat.Adapter(one.id(), 0.5), new PeftCompat.Adapter(two.id(), 0.5));
    PluginModule first = PeftCompat.dareLinear(adapters, 0.5, 7).build().merge(set).value();
    PluginModule again = PeftCompat.dareLinear(adapters, 0.5, 7).build().merge(set).value();
    PluginModule other = PeftCompat.dareLinear(adapters, 0.5, 8).build().merge(set).value();
    assertThat(again.digest()).isEqualTo(first.digest());
    assertThat(other.digest()).isNotEqualTo(first.digest());
  }

  @Test
  void refusesWhatPeftRefuses() {
    SplittableRandom random = new SplittableRandom(4);
    PluginModule one =
        Plugins.module("one", Map.of("l", Plugins.lowRank(random, DType.F64, 9, 8, 3)));
    PluginModule two =
        Plugins.module("two", Map.of("l", Plugins.lowRank(random, DType.F64, 9, 8, 3)));
    List<PeftCompat.Adapter> adapters =
        List.of(new PeftCompat.Adapter(one.id(), 0.5), new PeftCompat.Adapter(two.id(), 0.5));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftCompat.ties(adapters, -0.1, SignVote.UNWEIGHTED))
        .withMessageContainingAll("at least 0", "-0.1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftCompat.dareLinear(adapters, 0, 1))
        .withMessageContaining("above 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftCompat.ties(adapters, 0.5, SignVote.WEIGHTED))
        .withMessageContaining("FREQUENCY");
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () -> PeftCompat.magnitudePrune(adapters, 0.5).build().merge(PluginSet.of(one, two)))
        .withMessageContainingAll("F64", "layer l");
  }

  private static Optional<SignVote> dareVote(JsonNode json) {
    return switch (json.get("majority_sign_method").asText()) {
      case "total" -> Optional.of(SignVote.UNWEIGHTED);
      case "frequency" -> Optional.of(SignVote.FREQUENCY);
      default -> Optional.empty();
    };
  }

  private static double density(PeftGolden.Case golden) {
    return golden.json.get("density").asDouble();
  }

  private static SignVote vote(PeftGolden.Case golden) {
    return golden.json.get("majority_sign_method").asText().equals("frequency")
        ? SignVote.FREQUENCY
        : SignVote.UNWEIGHTED;
  }

  private static Merged<PluginModule> merge(PeftGolden.Case golden, PeftCompat.Builder builder) {
    if (golden.rsLoraFirst()) {
      builder.rsLoraFirst();
    }
    return builder.build().merge(golden.plugins());
  }

  private static float[] withoutMinusZero(Tensor tensor) {
    float[] values = tensor.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] += 0f;
    }
    return values;
  }
}
