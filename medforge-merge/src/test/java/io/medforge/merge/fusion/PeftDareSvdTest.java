package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** PEFT's dare_linear_svd and dare_ties_svd, by the distribution of what PEFT gives to its SVD. */
class PeftDareSvdTest {
  private static final int DRAWS = 2000;
  private static final String LAYER = "fc";

  static Stream<PeftGolden.Case> draws() {
    return Stream.of("0.20.0", "0.21.2")
        .map(release -> new PeftGolden(release, "dare_svd"))
        .flatMap(
            golden ->
                Stream.concat(golden.cases("dare_linear_svd"), golden.cases("dare_ties_svd")));
  }

  @ParameterizedTest
  @MethodSource
  void draws(PeftGolden.Case golden) {
    Draws draws = new Draws(35);
    for (int seed = 0; seed < DRAWS; seed++) {
      draws.add(flat(beforeTheCut(golden, seed)));
    }
    draws.assertLike(
        moment(golden, "mean"),
        moment(golden, "variance"),
        moment(golden, "fourth_moment"),
        moment(golden, "nonzero"),
        golden.json.get("trials").asInt());
  }

  /** The strategy itself: the best approximation of that draw, of PEFT's rank. */
  @ParameterizedTest
  @MethodSource("draws")
  void cutsToTheRankOfTheLargestAdapter(PeftGolden.Case golden) {
    PluginSet plugins = golden.plugins();
    PluginModule merged = strategy(golden, 7).build().merge(plugins).value();
    LowRankUpdate found = (LowRankUpdate) merged.updates().get(LAYER);
    int rank = golden.json.get("merged_rank").asInt();
    assertThat(found.rank()).isEqualTo(rank);
    double[][] whole = beforeTheCut(golden, 7);
    double[][] best = Dense.bestApproximation(whole, rank);
    assertThat(Dense.distance(Plugins.product(found, 1), whole))
        .isLessThanOrEqualTo(Dense.distance(best, whole) + 1e-6 * Dense.norm(whole));
    assertThat(strategy(golden, 7).build().merge(plugins).value().digest())
        .isEqualTo(merged.digest());
  }

  @Test
  void refusesWhatPeftCannotDo() {
    PeftGolden.Case golden = draws().findFirst().orElseThrow();
    PeftSvdOptions options = PeftSvdOptions.of(PeftSvdOptions.Scaling.ONCE_AS_0_21_2);
    List<PeftCompat.Adapter> adapters = golden.adapters();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftCompat.dareLinearSvd(adapters, 0, 1, options))
        .withMessageContaining("above 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftCompat.dareTiesSvd(adapters, 0.5, SignVote.WEIGHTED, 1, options))
        .withMessageContaining("FREQUENCY");
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () ->
                PeftCompat.dareLinearSvd(adapters, 0.5, 1, options.withRank(6))
                    .build()
                    .merge(golden.plugins()))
        .withMessageContainingAll("min(d, k) = 5", "found 6", "layer fc");
  }

  private static PeftCompat.Builder strategy(PeftGolden.Case golden, long seed) {
    double density = golden.json.get("density").asDouble();
    return vote(golden.json)
        .map(
            vote -> PeftCompat.dareTiesSvd(golden.adapters(), density, vote, seed, options(golden)))
        .orElseGet(
            () -> PeftCompat.dareLinearSvd(golden.adapters(), density, seed, options(golden)));
  }

  private static double[][] beforeTheCut(PeftGolden.Case golden, long seed) {
    List<WeightedUpdate<LowRankUpdate>> parts = new ArrayList<>();
    for (PeftCompat.Adapter adapter : golden.adapters()) {
      for (PluginModule plugin : golden.plugins().plugins()) {
        if (plugin.id().equals(adapter.plugin())) {
          LowRankUpdate update = (LowRankUpdate) plugin.updates().get(LAYER);
          parts.add(new WeightedUpdate<>(plugin.id(), update, adapter.weight()));
        }
      }
    }
    String name = vote(golden.json).isPresent() ? "dare-ties" : "dare-linear";
    PeftPruning pruning =
        new PeftPruning(
            name, golden.json.get("density").asDouble(), vote(golden.json), OptionalLong.of(seed));
    double[] values = new PeftPrunedSvd(pruning, options(golden)).merged(LAYER, parts).toDoubles();
    double[][] rows = new double[5][7];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(values, 7 * i, rows[i], 0, 7);
    }
    return rows;
  }

  private static double[] flat(double[][] rows) {
    return Stream.of(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  private static PeftSvdOptions options(PeftGolden.Case golden) {
    return PeftSvdOptions.of(
        golden.release().equals("0.20.0")
            ? PeftSvdOptions.Scaling.TWICE_AS_0_20_0
            : PeftSvdOptions.Scaling.ONCE_AS_0_21_2);
  }

  private static Optional<SignVote> vote(JsonNode json) {
    return switch (json.get("majority_sign_method").asText()) {
      case "total" -> Optional.of(SignVote.UNWEIGHTED);
      case "frequency" -> Optional.of(SignVote.FREQUENCY);
      default -> Optional.empty();
    };
  }

  private static double[] moment(PeftGolden.Case golden, String name) {
    return golden.tensorOfCase(name).toDoubles();
  }
}
