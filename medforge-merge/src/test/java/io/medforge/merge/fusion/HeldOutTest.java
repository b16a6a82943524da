package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelRuntime;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The search against the published Fusion, on patients that neither saw. */
class HeldOutTest {
  private static final int BUDGET = 40;
  private static final int HOSPITALS = 4;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theSearchBeatsThePublishedFusionWithFewerEvaluations(long seed) {
    Hospitals hospitals = Hospitals.trained(seed, HOSPITALS);
    try (ModelRuntime runtime = Hospitals.runtime()) {
      MergeStrategy<PluginModule> ours =
          CoefficientSearch.perPlugin(BUDGET, seed)
              .build()
              .fusion(set -> DistilledLoss.of(set, hospitals.sets(), runtime).build());
      MergeStrategy<PluginModule> published =
          MedForgeReference.inOrder(hospitals.order(), hospitals.sets(), runtime);
      Merged<PluginModule> found = ours.merge(hospitals.plugins());
      Merged<PluginModule> folded = published.merge(hospitals.plugins());
      double foundLoss = hospitals.heldOutLoss(found.value());
      double foldedLoss = hospitals.heldOutLoss(folded.value());
      int spent = Integer.parseInt(found.record().parameters().get("search-evaluations"));
      int spentThere = 0;
      for (Map.Entry<String, String> each : folded.record().parameters().entrySet()) {
        spentThere +=
            each.getKey().startsWith("evaluations-step-") ? Integer.parseInt(each.getValue()) : 0;
      }
      assertThat(spent).isLessThanOrEqualTo(BUDGET).isLessThanOrEqualTo(spentThere);
      assertThat(foundLoss)
          .as(
              String.format(
                  Locale.ROOT,
                  "held-out loss: search %.4f (%d evaluations), published %.4f (%d evaluations)",
                  foundLoss,
                  spent,
                  foldedLoss,
                  spentThere))
          .isLessThan(foldedLoss);
    }
  }
}
