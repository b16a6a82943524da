package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Laws 3 (order-free), 4 (withdrawable), 5 (identity) and 6 (probability) for Mixture. */
class MixtureLawsTest {
  private static ModelInput inputs(long seed, int rows) {
    return Centres.set(new Random(seed), 2, 4, rows).inputs();
  }

  private static MixtureModel mix(Gate gate, PluginSet plugins) {
    return Mixture.gatedBy(gate).build().merge(plugins).value();
  }

  @Property(tries = 60)
  void weightsSharesAndProbabilitiesAreDistributions(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 6) int n,
      @ForAll @IntRange(min = 2, max = 3) int classes) {
    Centres centres = Centres.random(seed, n, classes, 12);
    for (Gate gate : List.of(Gate.uniform(), Gate.fitted(centres.memory()))) {
      MixtureModel model = mix(gate, centres.plugins());
      for (MixedPrediction each : model.predictAll(centres.runtime(), inputs(seed, 5))) {
        assertDistribution(each.weights(), n);
        assertDistribution(each.shares(), n);
        double sum = 0;
        for (double probability : each.probabilities()) {
          assertThat(probability).isNotNegative();
          sum += probability;
        }
        assertThat(sum).isCloseTo(1, within(1e-12));
        assertThat(each.probabilities()[each.predictedClass()])
            .isEqualTo(Collections.max(asList(each.probabilities())));
      }
    }
  }

  private static void assertDistribution(SortedMap<PluginId, Double> shares, int n) {
    assertThat(shares).hasSize(n);
    double sum = 0;
    for (double share : shares.values()) {
      assertThat(share).isBetween(0.0, 1.0);
      sum += share;
    }
    assertThat(sum).isCloseTo(1, within(1e-12));
  }

  private static List<Double> asList(double[] values) {
    List<Double> list = new ArrayList<>();
    for (double value : values) {
      list.add(value);
    }
    return list;
  }

  @Property(tries = 40)
  void sharesTakeThePredictedProbabilityApart(@ForAll long seed) {
    Centres centres = Centres.random(seed, 4, 3, 10);
    ModelInput batch = inputs(seed, 3);
    List<MixedPrediction> mixed =
        mix(Gate.uniform(), centres.plugins()).predictAll(centres.runtime(), batch);
    for (int row = 0; row < mixed.size(); row++) {
      MixedPrediction each = mixed.get(row);
      double whole = each.probabilities()[each.predictedClass()];
      for (PluginModule plugin : centres.modules()) {
        double alone =
            centres.runtime().run(plugin, batch).probabilities(row)[each.predictedClass()];
        assertThat(each.shares().get(plugin.id()) * whole)
            .isCloseTo(each.weights().get(plugin.id()) * alone, within(1e-14));
      }
    }
  }

  @Property(tries = 60)
  void aMixtureOfOneIsThatOne(@ForAll long seed) {
    Centres centres = Centres.random(seed, 1, 2, 10);
    ModelInput batch = inputs(seed, 4);
    for (Gate gate : List.of(Gate.uniform(), Gate.fitted(centres.memory()))) {
      List<MixedPrediction> mixed =
          mix(gate, centres.plugins()).predictAll(centres.runtime(), batch);
      for (int row = 0; row < mixed.size(); row++) {
        assertThat(mixed.get(row).probabilities())
            .containsExactly(
                centres.runtime().run(centres.modules().get(0), batch).probabilities(row));
        assertThat(mixed.get(row).shares().values()).containsExactly(1.0);
      }
    }
  }

  @Property(tries = 150)
  void aFitIsNeverWorseOnItsMemoryThanOnePluginOrAllEqually(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 6) int n,
      @ForAll @IntRange(min = 2, max = 3) int classes) {
    OutputMemory memory = Centres.random(seed, n, classes, 15).memory();
    FittedWeights fit = FittedWeights.fit(memory);
    assertThat(fit.converged()).isTrue();
    double fitted = memory.logLikelihood(fit.weights());
    assertThat(fit.logLikelihood()).isCloseTo(fitted, within(1e-12 * (1 + Math.abs(fitted))));
    double rounding = 1e-13 * (1 + Math.abs(fitted));
    assertThat(fitted)
        .isGreaterThanOrEqualTo(memory.logLikelihood(GateWeights.uniform(n)) - rounding);
    for (int j = 0; j < n; j++) {
      double[] corner = new double[n];
      corner[j] = 1;
      assertThat(fitted)
          .isGreaterThanOrEqualTo(memory.logLikelihood(GateWeights.of(corner)) - rounding);
    }
  }

  @Property(tries = 40)
  void theOrderOfPluginsNeverMatters(@ForAll long seed, @ForAll @IntRange(min = 2, max = 5) int n) {
    Centres centres = Centres.random(seed, n, 2, 8);
    List<PluginModule> shuffled = new ArrayList<>(centres.modules());
    Collections.shuffle(shuffled, new Random(seed));
    OutputMemory one = centres.memory();
    OutputMemory other =
        OutputMemory.record(PluginSet.of(shuffled), centres.distilled(), centres.runtime());
    assertThat(other.digest()).isEqualTo(one.digest());
    Merged<MixtureModel> first = Mixture.gatedBy(Gate.fitted(one)).build().merge(centres.plugins());
    Merged<MixtureModel> second =
        Mixture.gatedBy(Gate.fitted(other)).build().merge(PluginSet.of(shuffled));
    assertThat(second.record()).isEqualTo(first.record());
    assertThat(second.value().digest()).isEqualTo(first.value().digest());
    ModelInput batch = inputs(seed, 3);
    List<MixedPrediction> a = first.value().predictAll(centres.runtime(), batch);
    List<MixedPrediction> b = second.value().predictAll(centres.runtime(), batch);
    for (int row = 0; row < a.size(); row++) {
      assertThat(b.get(row).probabilities()).containsExactly(a.get(row).probabilities());
      assertThat(b.get(row).shares()).isEqualTo(a.get(row).shares());
    }
  }

  @Property(tries = 30)
  void aMemoryGrownOneByOneIsTheMemoryRecordedAtOnce(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int n) {
    Centres centres = Centres.random(seed, n, 2, 8);
    PluginModule first = centres.modules().get(0);
    DistilledSet set = centres.sets().get(0);
    LinearRuntime runtime = centres.runtime();
    OutputMemory grown =
        OutputMemory.record(PluginSet.of(first), new TreeMap<>(Map.of(first.id(), set)), runtime);
    for (int i = 1; i < n; i++) {
      int before = runtime.runs().size();
      grown = grown.with(centres.modules().get(i), centres.sets().get(i), runtime);
      assertThat(runtime.runs().size() - before).isEqualTo(2 * i + 1);
    }
    assertThat(grown.digest()).isEqualTo(centres.memory().digest());
    assertThat(MemoryTable.of(grown).logs())
        .containsExactly(MemoryTable.of(centres.memory()).logs());
  }

  @Property(tries = 30)
  void aMemoryWithoutAPluginIsTheOneThatNeverSawIt(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 5) int n) {
    Centres centres = Centres.random(seed, n, 2, 8);
    Centres fewer =
        new Centres(2, 4, centres.modules().subList(1, n), centres.sets().subList(1, n));
    OutputMemory left = centres.memory().without(centres.modules().get(0).id());
    assertThat(left.digest()).isEqualTo(fewer.memory().digest());
    assertThat(FittedWeights.fit(left).weights())
        .isEqualTo(FittedWeights.fit(fewer.memory()).weights());
  }

  @Property(tries = 30)
  void equalPluginsAreThatPlugin(@ForAll long seed) {
    Centres one = Centres.random(seed, 1, 2, 10);
    PluginModule original = one.modules().get(0);
    PluginModule copy =
        PluginModule.of(Centres.id(7), original.base(), original.updates(), original.provenance());
    MixtureModel model = mix(Gate.uniform(), PluginSet.of(original, copy));
    ModelInput batch = inputs(seed, 3);
    List<MixedPrediction> mixed = model.predictAll(one.runtime(), batch);
    for (int row = 0; row < mixed.size(); row++) {
      assertThat(mixed.get(row).probabilities())
          .containsExactly(one.runtime().run(original, batch).probabilities(row));
    }
  }

  @Property(tries = 20)
  void theRecordHoldsTheWeightsThatWereUsed(@ForAll long seed) {
    Centres centres = Centres.random(seed, 3, 2, 8);
    FittedWeights fit = FittedWeights.fit(centres.memory());
    Merged<MixtureModel> merged =
        Mixture.gatedBy(Gate.fitted(fit)).build().merge(centres.plugins());
    assertThat(merged.record().coefficients()).contains(Coefficients.perPlugin(fit.byPlugin()));
    assertThat(merged.record().result()).isEqualTo(merged.value().digest());
    assertThat(merged.record().parameters())
        .containsEntry("gate", "fitted")
        .containsEntry("gate.memory", centres.memory().digest().toString());
  }
}
