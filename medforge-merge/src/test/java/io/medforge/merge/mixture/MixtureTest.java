package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MixtureTest {
  private static final Centres THREE = Centres.random(5, 3, 2, 10);

  private static ModelInput inputs(int rows) {
    return Centres.set(new Random(3), 2, 4, rows).inputs();
  }

  private static PluginModule bias(int id, Update update) {
    return PluginModule.of(
        Centres.id(id),
        LinearRuntime.BASE,
        Map.of(LinearRuntime.BIAS, update),
        Provenance.unknown());
  }

  @Test
  void pluginsOfNoWeightAreNotRun() {
    LinearRuntime runtime = THREE.runtime();
    Gate onlySecond = new StaticGate(GateWeights.of(0, 1, 0));
    MixtureModel model = Mixture.gatedBy(onlySecond).build().merge(THREE.plugins()).value();
    MixedPrediction opinion = model.predict(runtime, inputs(1));
    PluginModule second = THREE.plugins().plugins().get(1);
    assertThat(runtime.runs()).containsExactly(second.id().toString());
    assertThat(opinion.probabilities())
        .containsExactly(runtime.run(second, inputs(1)).probabilities(0));
    assertThat(opinion.shares()).hasSize(3).containsEntry(second.id(), 1.0);
  }

  /** Weights of the test's own choice, the same for every input. */
  private record StaticGate(GateWeights weights) implements Gate {
    @Override
    public GateWeights weigh(GateQuery query) {
      throw new AssertionError("a static gate is not asked again");
    }

    @Override
    public GateDescription describe(PluginSet plugins) {
      return new GateDescription(
          "static", new TreeMap<>(), Optional.empty(), Optional.of(weights), List.of());
    }
  }

  @Test
  void eachPluginRunsOncePerBatch() {
    LinearRuntime runtime = THREE.runtime();
    MixtureModel model = Mixture.gatedBy(Gate.uniform()).build().merge(THREE.plugins()).value();
    List<MixedPrediction> batch = model.predictAll(runtime, inputs(6));
    assertThat(runtime.runs()).hasSize(3).doesNotHaveDuplicates();
    float[] values = inputs(6).values().toFloats();
    for (int row = 0; row < 6; row++) {
      float[] one = Arrays.copyOfRange(values, 4 * row, 4 * row + 4);
      MixedPrediction alone = model.predict(runtime, ModelInput.ofRows(one));
      assertThat(batch.get(row).probabilities()).containsExactly(alone.probabilities());
    }
  }

  @Test
  void aGateOfOnesOwnMayLookAtTheAnswers() {
    // All weight to the most certain plugin, input by input.
    Gate boldest =
        query -> {
          double[] weights = new double[query.plugins().size()];
          int best = 0;
          double highest = 0;
          for (int j = 0; j < weights.length; j++) {
            double certainty = Math.abs(query.probabilities(j)[0] - 0.5);
            assertThat(query.logits(j)).hasSize(2);
            if (certainty > highest) {
              highest = certainty;
              best = j;
            }
          }
          weights[best] = 1;
          return GateWeights.of(weights);
        };
    LinearRuntime runtime = THREE.runtime();
    var merged = Mixture.gatedBy(boldest).build().merge(THREE.plugins());
    assertThat(merged.record().remarks()).anyMatch(remark -> remark.contains("not MedForge's own"));
    assertThat(merged.record().coefficients()).isEmpty();
    List<MixedPrediction> mixed = merged.value().predictAll(runtime, inputs(8));
    assertThat(runtime.runs()).hasSize(3);
    for (int row = 0; row < mixed.size(); row++) {
      double highest = 0;
      for (PluginModule plugin : THREE.modules()) {
        double[] alone = runtime.run(plugin, inputs(8)).probabilities(row);
        highest = Math.max(highest, Math.max(alone[0], alone[1]));
      }
      MixedPrediction each = mixed.get(row);
      assertThat(each.shares().values()).containsOnlyOnce(1.0);
      assertThat(each.probabilities()[each.predictedClass()]).isEqualTo(highest);
    }
  }

  @Test
  void aGateWithTheWrongNumberOfWeightsIsRefused() {
    Gate two = query -> GateWeights.uniform(2);
    MixtureModel model = Mixture.gatedBy(two).build().merge(THREE.plugins()).value();
    assertThatThrownBy(() -> model.predict(THREE.runtime(), inputs(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("expected 3 weights");
    assertThatThrownBy(
            () ->
                Mixture.gatedBy(new StaticGate(GateWeights.uniform(2)))
                    .build()
                    .merge(THREE.plugins()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aFittedGateWeighsItsOwnPluginsOnly() {
    Gate gate = Gate.fitted(THREE.memory());
    PluginSet two = PluginSet.of(THREE.modules().subList(0, 2));
    assertThatThrownBy(() -> Mixture.gatedBy(gate).build().merge(two))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("fitted to")
        .hasMessageContaining("centre-2/lung:1.0");
    PluginSet others = Centres.random(6, 3, 2, 10).plugins();
    assertThatThrownBy(() -> Mixture.gatedBy(gate).build().merge(others))
        .isInstanceOf(IncompatiblePluginsException.class);
  }

  @Test
  void outputsMustMeanTheSame() {
    Tensor values = Tensor.of(Shape.of(2), 1f, 0f);
    PluginModule tumour = bias(1, new Replacement(values, Centres.BINARY));
    PluginModule grade = bias(2, new Replacement(values, LabelSpace.of("side", "left", "right")));
    PluginModule silent = bias(3, new Replacement(values, LabelSpace.unstated(Centres.id(3))));
    Mixture.Builder uniform = Mixture.gatedBy(Gate.uniform());
    assertThat(uniform.build().merge(PluginSet.of(tumour, grade)).record().parameters())
        .containsEntry("labels", "side, tumour");
    assertThatThrownBy(() -> uniform.build().merge(PluginSet.of(tumour, grade, silent)))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContainingAll("tumour", "side", "centre-3");
    var merged = uniform.build().merge(PluginSet.of(tumour, silent));
    assertThat(merged.value().labels()).contains(Centres.BINARY);
    var unknown = uniform.build().merge(PluginSet.of(silent));
    assertThat(unknown.value().labels()).isEmpty();
    assertThat(unknown.record().remarks()).contains("nobody has said what the outputs mean");
    Mixture.Builder told =
        Mixture.gatedBy(Gate.uniform()).labels(LabelSpace.of("side", "left", "right"));
    assertThatThrownBy(() -> told.build().merge(PluginSet.of(tumour)))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("the mixture's builder");
    assertThatThrownBy(() -> told.labels(Centres.BINARY)).isInstanceOf(IllegalStateException.class);
    assertThat(told.build().merge(PluginSet.of(grade)).value().labels())
        .contains(LabelSpace.of("side", "left", "right"));
  }

  @Test
  void answersOfAnotherWidthAreRefused() {
    MixtureModel model =
        Mixture.gatedBy(Gate.uniform())
            .labels(Centres.TERNARY)
            .build()
            .merge(THREE.plugins())
            .value();
    assertThatThrownBy(() -> model.predict(THREE.runtime(), inputs(1)))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("expected 3 classes as in label space grade, found 2");
    assertThatThrownBy(() -> model.predict(THREE.runtime(), inputs(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected one example, found 2");
  }

  @Test
  void aMemoryNeedsOneSetPerPlugin() {
    SortedMap<PluginId, DistilledSet> sets = THREE.distilled();
    sets.remove(Centres.id(1));
    assertThatThrownBy(() -> OutputMemory.record(THREE.plugins(), sets, THREE.runtime()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found sets for [centre-0/lung:1.0, centre-2/lung:1.0]");
    SortedMap<PluginId, DistilledSet> more = THREE.distilled();
    more.put(Centres.id(9), THREE.sets().get(0));
    assertThatThrownBy(() -> OutputMemory.record(THREE.plugins(), more, THREE.runtime()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("centre-9");
  }

  @Test
  void aPluginAnswersInTheLabelSpaceOfItsSet() {
    SortedMap<PluginId, DistilledSet> sets = THREE.distilled();
    sets.put(Centres.id(1), Centres.set(new Random(1), 3, 4, 2));
    assertThatThrownBy(() -> OutputMemory.record(THREE.plugins(), sets, THREE.runtime()))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContainingAll("expected 3 classes", "grade", "centre-1", "found 2");
    SortedMap<PluginId, DistilledSet> ternary = new TreeMap<>();
    for (PluginModule plugin : THREE.modules()) {
      ternary.put(plugin.id(), Centres.set(new Random(1), 3, 4, 2));
    }
    assertThatThrownBy(() -> OutputMemory.record(THREE.plugins(), ternary, THREE.runtime()))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContainingAll("expected 3 classes", "grade", "found 2", "distilled set of");
  }

  @Test
  void answersThatAreNotFiniteNameThePluginAndTheSet() {
    PluginModule wild = bias(7, new DenseUpdate(Tensor.of(Shape.of(2), Double.MAX_VALUE, 0)));
    SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
    sets.put(wild.id(), THREE.sets().get(0));
    assertThatThrownBy(() -> OutputMemory.record(PluginSet.of(wild), sets, THREE.runtime()))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContainingAll("finite logits", "centre-7", "row 0, class 0", "distilled set");
    sets.put(wild.id(), Centres.set(new Random(1), 2, 5, 2));
    assertThatThrownBy(() -> OutputMemory.record(PluginSet.of(wild), sets, THREE.runtime()))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContainingAll("[n, 4]", "[2, 5]", "centre-7");
  }

  @Test
  void anotherBaseIsRefused() {
    PluginModule foreign =
        PluginModule.of(
            Centres.id(8),
            BaseModel.named("another"),
            THREE.modules().get(0).updates(),
            Provenance.unknown());
    assertThatThrownBy(() -> THREE.memory().with(foreign, THREE.sets().get(0), THREE.runtime()))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("another");
    assertThatThrownBy(
            () -> THREE.memory().with(THREE.modules().get(0), THREE.sets().get(0), THREE.runtime()))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("twice");
  }

  @Test
  void aMemoryKnowsWhomItHoldsAndKeepsOne() {
    OutputMemory memory = THREE.memory();
    assertThatThrownBy(() -> memory.without(Centres.id(9)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("centre-9");
    assertThatThrownBy(() -> memory.outputs(Centres.id(0), Centres.id(9)))
        .isInstanceOf(IllegalArgumentException.class);
    OutputMemory one = memory.without(Centres.id(0)).without(Centres.id(1));
    assertThatThrownBy(() -> one.without(Centres.id(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("only centre-2");
    assertThat(memory.labelSpaces().tasks()).containsExactly(Centres.BINARY);
    assertThat(memory.examples())
        .isEqualTo(THREE.sets().stream().mapToInt(DistilledSet::size).sum());
    assertThat(memory.outputs(Centres.id(0), Centres.id(1)).logits(0))
        .containsExactly(
            THREE.runtime().run(THREE.modules().get(1), THREE.sets().get(0).inputs()).logits(0));
  }

  @Test
  void aConfidentlyWrongPluginIsWrongNotImpossible() {
    // Each is certain of one class to e^-2000; softmax in double would give exact zeros.
    PluginModule yes = bias(1, new DenseUpdate(Tensor.of(Shape.of(2), 0f, 2000f)));
    PluginModule no = bias(2, new DenseUpdate(Tensor.of(Shape.of(2), 2000f, 0f)));
    ModelInput zeros = ModelInput.ofRows(new float[4], new float[4], new float[4], new float[4]);
    SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
    sets.put(yes.id(), DistilledSet.of(Centres.BINARY, zeros, 1, 1, 1, 0));
    sets.put(no.id(), DistilledSet.of(Centres.BINARY, zeros, 1, 1, 1, 0));
    OutputMemory memory = OutputMemory.record(PluginSet.of(yes, no), sets, THREE.runtime());
    FittedWeights fit = FittedWeights.fit(memory);
    assertThat(fit.converged()).isTrue();
    assertThat(fit.byPlugin().get(yes.id())).isCloseTo(0.75, within(1e-8));
    assertThat(fit.logLikelihood())
        .isCloseTo(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25), within(1e-12));
    // Both always wrong: still a fit, at a very low likelihood, and no NaN anywhere.
    SortedMap<PluginId, DistilledSet> wrong = new TreeMap<>();
    wrong.put(yes.id(), DistilledSet.of(Centres.BINARY, zeros, 0, 0, 0, 0));
    OutputMemory hopeless = OutputMemory.record(PluginSet.of(yes), wrong, THREE.runtime());
    assertThat(FittedWeights.fit(hopeless).logLikelihood()).isCloseTo(-2000, within(1e-9));
    assertThat(hopeless.logLikelihood(GateWeights.of(1))).isCloseTo(-2000, within(1e-9));
  }

  @Test
  void theRecordOfAFitIsReadableAndExact() {
    MergeRecord record =
        Mixture.gatedBy(Gate.fitted(THREE.memory())).build().merge(THREE.plugins()).record();
    assertThat(record.strategy()).isEqualTo("mixture");
    assertThat(record.parameters())
        .containsKeys("gate.kkt-gap", "gate.iterations", "gate.log-likelihood", "gate.examples")
        .containsEntry("labels", "tumour");
    assertThat(record.parents()).hasSize(3);
    assertThat(record.remarks()).isEmpty();
  }

  @Test
  void gateWeightsAreADistribution() {
    assertThat(GateWeights.of(0.25, 0.75).toArray()).containsExactly(0.25, 0.75);
    assertThat(GateWeights.of(-0.0, 1)).isEqualTo(GateWeights.of(0, 1));
    assertThat(GateWeights.uniform(4)).isEqualTo(GateWeights.of(0.25, 0.25, 0.25, 0.25));
    for (double[] bad :
        new double[][] {
          {}, {0.5}, {1.5, -0.5}, {Double.NaN, 1}, {Double.POSITIVE_INFINITY}, {0.5, 0.5001}
        }) {
      assertThatThrownBy(() -> GateWeights.of(bad)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> GateWeights.uniform(0)).isInstanceOf(IllegalArgumentException.class);
    double[] given = {1};
    GateWeights weights = GateWeights.of(given);
    given[0] = 0;
    weights.toArray()[0] = 0;
    assertThat(weights.at(0)).isEqualTo(1);
  }
}
