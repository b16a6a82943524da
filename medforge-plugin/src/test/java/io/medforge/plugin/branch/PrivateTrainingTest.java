package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.Network;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrivateTrainingTest {
  private static final Patients PATIENTS = Patients.draw(1, 600, 2);
  private static final Patients OTHERS = Patients.draw(2, 400, 2);

  private static LoraTraining lora(Network network, TrainingOptions options, String... heads) {
    return LoraTraining.of(network, LoraTrainingTest.ID, Patients.BINARY, options)
        .rank(3)
        .alpha(5)
        .heads(heads)
        .build();
  }

  private static TrainingOptions.Builder options() {
    return TrainingOptions.seeded(2).epochs(10).batchSize(60).learningRate(0.02);
  }

  private static PrivateTraining.Builder training(double noiseMultiplier) {
    return PrivateTraining.of(lora(LoraTrainingTest.NETWORK, options().build()), noiseMultiplier);
  }

  /** One row after another by the ordinary way, cut and added in double. */
  private static List<double[]> loop(
      Network network, Trainables parameters, LabelledRows rows, double[] weights, double clip) {
    List<double[]> sums = new ArrayList<>();
    parameters.arrays().forEach(array -> sums.add(new double[(int) array.shape().elements()]));
    try (NDManager manager = DjlEngine.newManager()) {
      for (int row = 0; row < rows.size(); row++) {
        Batch batch = new Batch(rows, 1, weights);
        batch.fillSeparately(rows, row);
        List<float[]> gradients =
            Descent.differentiate(
                manager,
                (scope, leaves) ->
                    network
                        .architecture()
                        .forward(parameters.bind(scope, leaves), batch.inputs().in(scope))
                        .logSoftmax(1)
                        .mul(batch.targets().in(scope))
                        .sum(),
                (scope, loss, leaves) ->
                    leaves.stream().map(leaf -> leaf.getGradient().toFloatArray()).toList());
        double square = 0;
        for (float[] gradient : gradients) {
          for (double g : gradient) {
            square += g * g;
          }
        }
        double share = Math.min(1, clip / Math.sqrt(square));
        for (int i = 0; i < sums.size(); i++) {
          for (int j = 0; j < sums.get(i).length; j++) {
            sums.get(i)[j] += share * gradients.get(i)[j];
          }
        }
      }
    }
    return sums;
  }

  @ParameterizedTest
  @CsvSource({"MLP, fc2, 0.3", "MLP, , 1e9", "VIT, classifier, 0.5", "VIT, , 2"})
  void clippedGradientsEqualALoopOverRows(GoldenBases golden, String head, double clip) {
    Network network = golden.network();
    LoraTraining training =
        lora(network, options().build(), head == null ? new String[0] : new String[] {head});
    Trainables parameters = training.initialParameters();
    // B starts at zero, where half of the gradients are.
    parameters.factors().forEach((name, f) -> SeededRandom.of(1, name, 0).fillGaussian(f.b(), 0.3));
    LabelledRows rows = new LabelledRows(golden.inputs(), golden.classes(), Patients.BINARY);
    double[] weights = {0.7, 2};
    Batch batch = new Batch(rows, 10, weights);
    int[] drawn = {0, 3, 4, 7, 9, 12, 15, 16, 20, 23};
    batch.fillSeparately(rows, drawn);
    List<double[]> expected = loop(network, parameters, rows.part(drawn), weights, clip);
    try (NDManager manager = DjlEngine.newManager()) {
      List<float[]> found =
          new ClippedGradients(network.architecture(), parameters, Patients.BINARY, clip)
              .of(batch, manager)
              .gradients();
      assertThat(found).hasSameSizeAs(expected);
      for (int i = 0; i < found.size(); i++) {
        double norm = 0;
        for (int j = 0; j < found.get(i).length; j++) {
          assertThat((double) found.get(i)[j])
              .isCloseTo(expected.get(i)[j], within(1e-4 + 1e-4 * Math.abs(expected.get(i)[j])));
          norm += Math.abs(found.get(i)[j]);
        }
        assertThat(norm).isPositive();
      }
    }
  }

  @Test
  void learnsUnderNoiseAndSaysWhatItSpent() {
    PrivateTraining training = training(1).noise(NoiseSource.seeded(5)).build();
    PrivateTraining.Released released = training.train(PATIENTS.inputs(), PATIENTS.classes());
    assertThat(released.spent())
        .isEqualTo(new SampledGaussian(0.1, 1, 100))
        .isEqualTo(training.spentOn(600));
    assertThat(released.clipNorm()).isEqualTo(1);
    assertThat(released.module().provenance().facts())
        .containsEntry("dp-noise-multiplier", "1.0")
        .containsEntry("dp-steps", "100");
    try (DjlRuntime runtime = DjlRuntime.open(LoraTrainingTest.NETWORK)) {
      assertThat(
              LoraTrainingTest.accuracy(
                  runtime.run(released.module(), OTHERS.inputs()), OTHERS.classes()))
          .isGreaterThan(0.85);
    }
  }

  @Test
  void secureNoiseIsNewEachTime() {
    PrivateTraining training = training(1).build();
    PluginModule once = training.train(PATIENTS.inputs(), PATIENTS.classes()).module();
    PluginModule again = training.train(PATIENTS.inputs(), PATIENTS.classes()).module();
    assertThat(again.digest()).isNotEqualTo(once.digest());
  }

  @Test
  void addsNoiseOfTheStatedDeviation() {
    List<FloatBuffer> noisy =
        ClippedGradients.privately(
            List.of(new float[50_000]), 3, 6, new PrivateNoise(NoiseSource.seeded(8)));
    double squares = 0;
    for (int i = 0; i < 50_000; i++) {
      squares += noisy.get(0).get(i) * noisy.get(0).get(i);
    }
    assertThat(Math.sqrt(squares / 50_000)).isCloseTo(0.5, within(0.01));
  }

  /** Poisson sampling: batches differ in size, and about q n rows enter each. */
  @Test
  void drawsEachRowOnItsOwn() {
    PrivateNoise noise = new PrivateNoise(NoiseSource.seeded(9));
    int n = 100_000;
    int drawn = 0;
    for (int i = 0; i < n; i++) {
      drawn += noise.happens(0.1) ? 1 : 0;
    }
    assertThat((double) drawn / n).isCloseTo(0.1, within(0.005));
  }

  @Test
  void isToldAndCancelled() {
    List<TrainingProgress> told = new ArrayList<>();
    TrainingControl control = TrainingControl.none().listener(told::add);
    assertThatThrownBy(
            () ->
                training(1)
                    .build()
                    .train(
                        TrainingData.of(PATIENTS.inputs(), PATIENTS.classes()),
                        control.cancelWhen(() -> told.size() == 13)))
        .isInstanceOf(CancellationException.class);
    assertThat(told).hasSize(13);
    assertThat(told.get(12).epoch()).isEqualTo(2);
    assertThat(told.get(12).steps()).isEqualTo(100);
  }

  @Test
  void refusesWhatWouldLookAtPatientsBesideTheSteps() {
    for (TrainingOptions options :
        List.of(
            options().patience(3).build(),
            options().validationShare(0.2).build(),
            options().classWeights(ClassWeights.balanced()).build(),
            options().clipNorm(1).build())) {
      LoraTraining training = lora(LoraTrainingTest.NETWORK, options);
      assertThatThrownBy(() -> PrivateTraining.of(training, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageMatching(".*(patience 3|validationShare 0.2|balanced|clipNorm 1.0).*");
    }
    LoraTraining dropping =
        LoraTraining.of(
                LoraTrainingTest.NETWORK, LoraTrainingTest.ID, Patients.BINARY, options().build())
            .dropout(0.1)
            .build();
    assertThatThrownBy(() -> PrivateTraining.of(dropping, 1)).hasMessageContaining("dropout");
    TrainingData data = TrainingData.of(PATIENTS.inputs(), PATIENTS.classes());
    assertThatThrownBy(
            () ->
                training(1)
                    .build()
                    .train(data, TrainingControl.none().checkpoint(Path.of("anywhere"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a checkpoint");
    assertThatThrownBy(
            () ->
                training(1)
                    .build()
                    .train(
                        data.validatedOn(OTHERS.inputs(), OTHERS.classes()),
                        TrainingControl.none()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("validation part");
  }

  @Test
  void refusesArchitecturesInWhichRowsMeetOrWeightsAreTakenInFull() {
    Network known = LoraTrainingTest.NETWORK;
    Architecture mixing =
        (layers, x) -> {
          NDArray mean = x.mean(new int[] {0}, true);
          return known.architecture().forward(layers, x.sub(mean));
        };
    Network mixed = Network.of("mixing", mixing, known.parameters());
    assertThatThrownBy(
            () ->
                PrivateTraining.of(lora(mixed, options().build()), 1)
                    .build()
                    .train(PATIENTS.inputs(), PATIENTS.classes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("mixes the rows", "mixing");
    Architecture full =
        (layers, x) -> layers.linear("fc2", x.matMul(layers.parameter("fc1.weight").transpose()));
    Network taking = Network.of("full", full, known.parameters());
    assertThatThrownBy(
            () ->
                PrivateTraining.of(lora(taking, options().build()), 1)
                    .build()
                    .train(PATIENTS.inputs(), PATIENTS.classes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("linear layers only", "fc1.weight");
  }

  /** Rows that are drawn always and noise that is zero: plain descent on clipped gradients. */
  @Test
  void withoutNoiseItIsDescent() {
    Patients few = Patients.draw(3, 40, 2);
    TrainingOptions options =
        TrainingOptions.seeded(2).epochs(5).batchSize(40).optimizer(Optimizer.sgd(0)).build();
    LoraTraining lora = lora(LoraTrainingTest.NETWORK, options);
    PluginModule plain = lora.train(few.inputs(), few.classes());
    PluginModule silent =
        PrivateTraining.of(lora, 1)
            .clipNorm(1e6)
            .noise(() -> 0L)
            .build()
            .train(few.inputs(), few.classes())
            .module();
    for (String layer : plain.updates().keySet()) {
      HostArray one = HostArray.of(((LowRankUpdate) plain.updates().get(layer)).b());
      HostArray two = HostArray.of(((LowRankUpdate) silent.updates().get(layer)).b());
      for (int i = 0; i < one.shape().elements(); i++) {
        assertThat(two.values().get(i)).isCloseTo(one.values().get(i), within(1e-5f));
      }
    }
  }
}
