package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Dense results of element-wise and coordinate rules, cut to every kind of rank. */
class DenseRankTest {
  private static final String LAYER = "l";

  private static List<AveragingRule> rules() {
    return List.of(
        AveragingRule.coordinateMedian(), AveragingRule.trimmedMean(1), AveragingRule.ties(0.4));
  }

  @Property(tries = 20)
  void aNumberGivesTheBestApproximation(
      @ForAll @IntRange(min = 1, max = 9) int rank, @ForAll long seed) {
    PluginSet plugins = plugins(seed, 14, 9, 2);
    for (AveragingRule rule : rules()) {
      double[][] whole = dense(rule, plugins, 14, 9);
      Merged<PluginModule> merged = Fusion.by(rule).rank(rank).build().merge(plugins);
      double[][] best = Dense.bestApproximation(whole, rank);
      LowRankUpdate found = (LowRankUpdate) merged.value().updates().get(LAYER);
      double norm = Dense.norm(whole);
      double lost = Dense.distance(best, whole) / norm;
      assertThat(found.rank()).isLessThanOrEqualTo(rank);
      assertThat(Dense.distance(Plugins.product(found, 1), whole) / norm)
          .isLessThanOrEqualTo(lost + 1e-6);
      assertThat(merged.record().layers().get(LAYER).discardedEnergy())
          .isCloseTo(lost * lost, within(1e-6));
    }
  }

  @Property(tries = 20)
  void anEnergyGivesTheLeastRankThatKeepsIt(
      @ForAll @IntRange(min = 1, max = 99) int percent, @ForAll long seed) {
    PluginSet plugins = plugins(seed, 14, 9, 2);
    for (AveragingRule rule : rules()) {
      double[] values = Dense.singularValues(dense(rule, plugins, 14, 9));
      double total = Arrays.stream(values).map(v -> v * v).sum();
      double kept = 0;
      int least = 0;
      while (kept < percent / 100.0 * total) {
        kept += values[least] * values[least];
        least++;
      }
      MergeRecord.Layer layer =
          Fusion.by(rule)
              .rank(Rank.energy(percent / 100.0))
              .build()
              .merge(plugins)
              .record()
              .layers()
              .get(LAYER);
      assertThat(layer.rank()).isEqualTo(least);
      assertThat(1 - layer.discardedEnergy()).isGreaterThanOrEqualTo(percent / 100.0 - 1e-12);
    }
  }

  /** Too large for a whole decomposition: ranks 16, 32, ... until one keeps enough. */
  @Test
  void largeLayersFindTheirRankByDoubling() {
    PluginSet plugins = plugins(3, 160, 150, 12);
    double[] values =
        Dense.singularValues(dense(AveragingRule.coordinateMedian(), plugins, 160, 150));
    double total = 0;
    for (double value : values) {
      total += value * value;
    }
    MergeRecord.Layer layer =
        Fusion.by(AveragingRule.coordinateMedian())
            .rank(Rank.energy(0.8))
            .build()
            .merge(plugins)
            .record()
            .layers()
            .get(LAYER);
    assertThat(1 - layer.discardedEnergy()).isGreaterThanOrEqualTo(0.8);
    assertThat(layer.energy()).isCloseTo(total, within(1e-5 * total));
    double kept = 0;
    int least = 0;
    while (kept < 0.8 * total) {
      kept += values[least] * values[least];
      least++;
    }
    // Subspace iteration comes near the best rank, not always to it.
    assertThat(layer.rank()).isBetween((long) least, least + 2L);
  }

  @Test
  void refusesByNameWhatWouldBeLargerThanTheLayer() {
    PluginSet plugins = plugins(3, 160, 150, 70);
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () ->
                Fusion.by(AveragingRule.ties(0.2)).rank(Rank.energy(0.9999)).build().merge(plugins))
        .withMessageContainingAll("d k / (d + k) = 77", "energy:0.9999", "layer l", "denseOutput");
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.by(AveragingRule.ties(0.2)).rank(Rank.full()).build())
        .withMessageContainingAll("another rank than full", "denseOutput");
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.by(AveragingRule.ties(0.2)).build())
        .withMessageContaining("found neither");
    assertThatIllegalStateException()
        .isThrownBy(
            () -> Fusion.by(AveragingRule.ties(0.2)).rank(Rank.energy(0.5)).denseOutput().build())
        .withMessageContaining("found both");
  }

  @Test
  void aMemoryBudgetChangesNoByteAndIsHeld() {
    PluginSet plugins = plugins(3, 40, 30, 4);
    Fusion.AverageBuilder bounded =
        Fusion.by(AveragingRule.coordinateMedian()).rank(Rank.energy(0.9)).memoryBudget(4 << 20);
    PluginModule one =
        Fusion.by(AveragingRule.coordinateMedian())
            .rank(Rank.energy(0.9))
            .build()
            .merge(plugins)
            .value();
    assertThat(bounded.build().merge(plugins).value().digest()).isEqualTo(one.digest());
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(
            () ->
                Fusion.by(AveragingRule.coordinateMedian())
                    .rank(Rank.energy(0.9))
                    .memoryBudget(1 << 20)
                    .build()
                    .merge(plugins))
        .withMessageContaining("memory budget of at least");
  }

  private static double[][] dense(AveragingRule rule, PluginSet plugins, int d, int k) {
    PluginModule merged = Fusion.by(rule).denseOutput().build().merge(plugins).value();
    double[] values = ((DenseUpdate) merged.updates().get(LAYER)).delta().toDoubles();
    double[][] rows = new double[d][k];
    for (int i = 0; i < d; i++) {
      System.arraycopy(values, i * k, rows[i], 0, k);
    }
    return rows;
  }

  private static PluginSet plugins(long seed, int d, int k, int r) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      modules.add(
          Plugins.module("p" + i, Map.of(LAYER, Plugins.lowRank(random, DType.F32, d, k, r))));
    }
    return PluginSet.of(modules);
  }
}
