package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DType;
import io.medforge.plugin.PluginModule;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What element-wise rules refuse, and what they write into the record. */
class SparseRuleSettingsTest {
  private static final String LAYER = "encoder.0.query";

  @Test
  void refusesParametersByName() {
    for (double density : new double[] {0, -0.1, 1.1, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> AveragingRule.ties(density))
          .withMessageContainingAll("density above 0 and at most 1", Double.toString(density));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AveragingRule.breadcrumbs(0.5, 1))
        .withMessageContaining("gamma");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AveragingRule.della(0.9, 0.1))
        .withMessageContaining("epsilon");
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.by(AveragingRule.dare(0.5)).rank(2).build())
        .withMessageContainingAll("a seed for dare", "none");
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.by(AveragingRule.ties(0.5)).space(FusionSpace.PRODUCT).build())
        .withMessageContainingAll("[dense, factors]", "ties", "product");
    assertThatIllegalArgumentException().isThrownBy(() -> Fusion.average().memoryBudget(0));
    SplittableRandom random = new SplittableRandom(1);
    PluginModule one =
        Plugins.module("one", Map.of(LAYER, Plugins.lowRank(random, DType.F32, 7, 9, 3)));
    PluginSet set = PluginSet.of(one);
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () -> Fusion.by(AveragingRule.ties(0.5)).rank(2).memoryBudget(1000).build().merge(set))
        .withMessageContainingAll("memory budget of at least", "found 1000", LAYER);
    Coefficients negative = Coefficients.perPlugin(Map.of(one.id(), -1.0));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () ->
                Fusion.by(AveragingRule.ties(0.5))
                    .coefficients(negative)
                    .rank(2)
                    .build()
                    .merge(set))
        .withMessageContainingAll("at least 0 for ties", "-1.0", "centre/one:1", LAYER);
  }

  @Test
  void recordsTheRuleAndTheSeed() {
    SplittableRandom random = new SplittableRandom(3);
    PluginModule one = Plugins.module("one", Map.of(LAYER, Plugins.dense(random, DType.F32, 5, 4)));
    MergeRecord record =
        Fusion.by(AveragingRule.della(0.5, 0.1))
            .seed(11)
            .space(FusionSpace.DENSE)
            .denseOutput()
            .build()
            .merge(PluginSet.of(one))
            .record();
    assertThat(record.strategy()).isEqualTo("fusion.della-ties");
    assertThat(record.seed()).hasValue(11);
    assertThat(record.parameters())
        .containsEntry("density", "0.5")
        .containsEntry("epsilon", "0.1")
        .containsEntry("rescale", "INVERSE_PROBABILITY")
        .containsEntry("sign-vote", "WEIGHTED")
        .containsEntry("space", "dense")
        .containsEntry("output", "dense")
        .containsEntry("arithmetic", "F32");
  }
}
