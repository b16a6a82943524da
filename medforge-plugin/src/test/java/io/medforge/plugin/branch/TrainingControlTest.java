package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.djl.Network;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingControlTest {
  private static final Patients PATIENTS = LoraTrainingTest.PATIENTS;
  private static final TrainingData DATA = TrainingData.of(PATIENTS.inputs(), PATIENTS.classes());

  @TempDir Path folder;

  private static TrainingOptions.Builder options() {
    return TrainingOptions.seeded(7).epochs(6).batchSize(32).learningRate(0.02);
  }

  private static LoraTraining training(Network network, TrainingOptions options) {
    return LoraTraining.of(network, LoraTrainingTest.ID, Patients.BINARY, options)
        .rank(3)
        .dropout(0.2)
        .build();
  }

  private static LoraTraining training(TrainingOptions options) {
    return training(LoraTrainingTest.NETWORK, options);
  }

  /** A control that cancels after some steps. */
  private static TrainingControl after(int steps, TrainingControl control) {
    AtomicInteger asked = new AtomicInteger();
    return control.cancelWhen(() -> asked.getAndIncrement() >= steps);
  }

  @Test
  void tellsOfEveryStep() {
    List<TrainingProgress> told = new ArrayList<>();
    TrainingOptions options = options().validationShare(0.2).build();
    Trained<PluginModule> trained =
        training(options).train(DATA, TrainingControl.none().listener(told::add));
    assertThat(told).hasSize(6 * 3);
    for (int i = 0; i < told.size(); i++) {
      TrainingProgress progress = told.get(i);
      assertThat(progress.step()).isEqualTo(i + 1);
      assertThat(progress.steps()).isEqualTo(18);
      assertThat(progress.epoch()).isEqualTo(i / 3 + 1);
      assertThat(progress.epochs()).isEqualTo(6);
      assertThat(progress.validation().isPresent()).isEqualTo(i % 3 == 2);
      assertThat(progress.left().isNegative()).isFalse();
    }
    assertThat(told.get(17).left()).isZero();
    TrainingReport report = trained.report();
    assertThat(report.steps()).isEqualTo(18);
    assertThat(report.bestEpoch()).isEqualTo(6);
    assertThat(report.history()).hasSize(6);
    double mean = told.subList(0, 3).stream().mapToDouble(TrainingProgress::loss).sum() / 3;
    assertThat(report.history().get(0).loss()).isEqualTo(mean);
    assertThat(report.history().get(5).validation()).isEqualTo(told.get(17).validation());
  }

  @Test
  void controlChangesNoByte() {
    TrainingOptions options = options().build();
    PluginModule alone = training(options).train(PATIENTS.inputs(), PATIENTS.classes());
    TrainingControl watched =
        TrainingControl.none().listener(progress -> {}).checkpoint(folder.resolve("c"));
    assertThat(training(options).train(DATA, watched).value().digest()).isEqualTo(alone.digest());
  }

  @Test
  void cancellingLeavesNothing() throws Exception {
    assertThatThrownBy(
            () -> training(options().build()).train(DATA, after(0, TrainingControl.none())))
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("epoch 1 of 6");
    TrainingControl control = TrainingControl.none().checkpoint(folder.resolve("state"));
    assertThatThrownBy(() -> training(options().build()).train(DATA, after(2, control)))
        .isInstanceOf(CancellationException.class);
    try (var files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 7, 12, 23})
  void aResumedTrainingGivesTheSameBytes(int steps) {
    TrainingOptions adam =
        options().patience(5).validationShare(0.25).schedule(Schedule.cosine().warmUp(4)).build();
    TrainingOptions sgd = options().optimizer(Optimizer.sgd(0.9)).clipNorm(0.1).build();
    for (TrainingOptions options : List.of(adam, sgd)) {
      Trained<PluginModule> whole = training(options).train(DATA, TrainingControl.none());
      TrainingControl control =
          TrainingControl.none().checkpoint(folder.resolve(options.optimizer().toString()));
      int total = Math.toIntExact(whole.report().steps());
      if (steps < total) {
        assertThatThrownBy(() -> training(options).train(DATA, after(steps, control)))
            .isInstanceOf(CancellationException.class);
      }
      List<TrainingProgress> told = new ArrayList<>();
      Trained<PluginModule> resumed = training(options).train(DATA, control.listener(told::add));
      assertThat(resumed.value().digest()).isEqualTo(whole.value().digest());
      assertThat(resumed.report()).isEqualTo(whole.report());
      int perEpoch = total / whole.report().history().size();
      assertThat(told).hasSize(steps < total ? total - steps / perEpoch * perEpoch : total);
      // The file of a finished training gives its result at once.
      Trained<PluginModule> again =
          training(options)
              .train(DATA, control.listener(progress -> assertThat(progress).isNull()));
      assertThat(again.value().digest()).isEqualTo(whole.value().digest());
    }
  }

  @Test
  void aFullTrainingIsResumedToo() {
    TrainingOptions options = options().build();
    FullTraining training = FullTraining.of(LoraTrainingTest.NETWORK, Patients.BINARY, options);
    TrainingControl control = TrainingControl.none().checkpoint(folder.resolve("full"));
    assertThatThrownBy(() -> training.train(DATA, after(9, control)))
        .isInstanceOf(CancellationException.class);
    assertThat(BaseModel.digestOf(training.train(DATA, control).value()))
        .isEqualTo(BaseModel.digestOf(training.train(DATA, TrainingControl.none()).value()));
  }

  @Test
  void refusesCheckpointsOfAnotherTrainingByName() throws Exception {
    Path file = folder.resolve("state");
    TrainingControl control = TrainingControl.none().checkpoint(file);
    training(options().build()).train(DATA, control);
    SortedMap<String, Tensor> other = new TreeMap<>(LoraTrainingTest.NETWORK.parameters());
    other.put(
        "fc1.bias",
        Tensor.of(
            LoraTrainingTest.NETWORK.parameters().get("fc1.bias").shape(),
            new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    Network otherBase = Network.of("other", LoraTrainingTest.NETWORK.architecture(), other);
    assertThatThrownBy(() -> training(otherBase, options().build()).train(DATA, control))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("base other", "mlp", file.toString());
    TrainingOptions longer = TrainingOptions.seeded(7).epochs(7).build();
    assertThatThrownBy(() -> training(longer).train(DATA, control))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("settings", "epochs 7", "epochs 6");
    TrainingData fewer =
        TrainingData.of(Patients.draw(1, 90, 2).inputs(), Patients.draw(1, 90, 2).classes());
    assertThatThrownBy(() -> training(options().build()).train(fewer, control))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("data sha256:");
    Files.writeString(file, "no checkpoint");
    assertThatThrownBy(() -> training(options().build()).train(DATA, control))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining(file.toString());
  }
}
