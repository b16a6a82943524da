package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.djl.DjlRuntime;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class EarlyStoppingTest {
  private static final Patients FEW = Patients.draw(1, 24, 2);
  private static final Patients OTHERS = Patients.draw(2, 200, 2);
  private static final TrainingData DATA =
      TrainingData.of(FEW.inputs(), mistaken(FEW.classes().clone()))
          .validatedOn(OTHERS.inputs(), OTHERS.classes());

  /** Every sixth row is labelled wrongly: what can be learnt by heart only. */
  private static int[] mistaken(int... classes) {
    for (int row = 0; row < classes.length; row += 6) {
      classes[row] = 1 - classes[row];
    }
    return classes;
  }

  private static TrainingOptions.Builder greedy() {
    return TrainingOptions.seeded(3).epochs(200).batchSize(8).learningRate(0.02).weightDecay(0);
  }

  private static Trained<PluginModule> train(TrainingOptions options, TrainingData data) {
    return LoraTraining.of(LoraTrainingTest.NETWORK, LoraTrainingTest.ID, Patients.BINARY, options)
        .build()
        .train(data, TrainingControl.none());
  }

  private static double loss(PluginModule plugin) {
    try (DjlRuntime runtime = DjlRuntime.open(LoraTrainingTest.NETWORK)) {
      Outputs outputs = runtime.run(plugin, OTHERS.inputs());
      double sum = 0;
      for (int row = 0; row < outputs.size(); row++) {
        sum -= Math.log(outputs.probabilities(row)[OTHERS.classes()[row]]);
      }
      return sum / outputs.size();
    }
  }

  @Test
  void takesTheBestEpochAndStopsAfterItsPatience() {
    Trained<PluginModule> trained = train(greedy().patience(4).build(), DATA);
    TrainingReport report = trained.report();
    assertThat(report.history().size()).isLessThan(200).isEqualTo(report.bestEpoch() + 4);
    double best = report.history().get(report.bestEpoch() - 1).validation().orElseThrow().loss();
    assertThat(report.history())
        .allSatisfy(
            epoch ->
                assertThat(epoch.validation().orElseThrow().loss()).isGreaterThanOrEqualTo(best));
    assertThat(loss(trained.value())).isCloseTo(best, within(1e-6));
    PluginModule greedy = train(greedy().build(), DATA).value();
    assertThat(loss(greedy)).isGreaterThan(best + 0.1);
  }

  @Test
  void needsAValidationPart() {
    TrainingData alone = TrainingData.of(FEW.inputs(), FEW.classes());
    assertThatThrownBy(() -> train(greedy().patience(2).build(), alone))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("validation", "patience 2");
    assertThatThrownBy(() -> train(greedy().validationShare(0.01).build(), alone))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("at least one validation row", "0.01", "24 rows");
    assertThatThrownBy(() -> train(greedy().validationShare(0.2).build(), DATA))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("both");
    ModelInput wide = new ModelInput(Tensor.of(Shape.of(2, 3), new float[6]));
    assertThatThrownBy(() -> train(greedy().build(), alone.validatedOn(wide, 0, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("[1, 12]", "[1, 3]");
    assertThatThrownBy(() -> train(greedy().build(), alone.validatedOn(FEW.inputs(), 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("in the validation part");
  }

  @Test
  void refusesRowsThatNothingCanBeLearntFrom() {
    assertThatThrownBy(
            () ->
                train(
                    greedy().build(), TrainingData.of(FEW.inputs(), new int[FEW.classes().length])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("at least two classes", "only class benign");
    ModelInput one = new ModelInput(Tensor.of(Shape.of(1, 12), new float[12]));
    assertThatThrownBy(() -> train(greedy().build(), TrainingData.of(one, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("at least as many rows", "2", "found 1");
  }

  /** Every row is in one part, and each class gives its share to the nearest row, never all. */
  @Property(tries = 200)
  void theSplitIsStratified(
      @ForAll @IntRange(min = 3, max = 60) int rows,
      @ForAll @IntRange(min = 2, max = 3) int classes,
      @ForAll @DoubleRange(min = 0.35, max = 0.9) double share,
      @ForAll long seed) {
    Patients patients = Patients.draw(1, rows, classes);
    LabelSpace labels = LabelSpace.of("l", Arrays.copyOf(new String[] {"a", "b", "c"}, classes));
    TrainingOptions options = TrainingOptions.seeded(seed).validationShare(share).build();
    if (rows / classes < 2) {
      return;
    }
    TrainingParts parts =
        TrainingParts.of(TrainingData.of(patients.inputs(), patients.classes()), labels, options);
    LabelledRows held = parts.validation().orElseThrow();
    assertThat(parts.training().size() + held.size()).isEqualTo(rows);
    for (int label = 0; label < classes; label++) {
      int count = parts.training().counts(labels)[label] + held.counts(labels)[label];
      assertThat(count).isEqualTo(rows / classes + (label < rows % classes ? 1 : 0));
      assertThat(held.counts(labels)[label])
          .isEqualTo((int) Math.min(Math.round(share * count), count - 1));
    }
    assertThat(
            TrainingParts.of(
                    TrainingData.of(patients.inputs(), patients.classes()), labels, options)
                .digest())
        .isEqualTo(parts.digest());
  }
}
