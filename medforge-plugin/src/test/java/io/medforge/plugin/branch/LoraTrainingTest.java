package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.Network;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class LoraTrainingTest {
  static final Network NETWORK =
      Network.of(
          "mlp",
          Architecture.mlp("fc1", "fc2"),
          InitialParameters.mlp(List.of("fc1", "fc2"), List.of(Patients.WIDTH, 16, 2), 5));
  static final PluginId ID = PluginId.parse("st-anna/biopsy:1");
  static final Patients PATIENTS = Patients.draw(1, 100, 2);

  private static TrainingOptions options(int epochs) {
    return TrainingOptions.seeded(7).epochs(epochs).batchSize(16).learningRate(0.01).build();
  }

  private static LoraTraining.Builder lora(TrainingOptions options) {
    return LoraTraining.of(NETWORK, ID, Patients.BINARY, options);
  }

  static double accuracy(Outputs outputs, int[] classes) {
    int right = 0;
    for (int row = 0; row < classes.length; row++) {
      float[] logits = outputs.logits(row);
      int best = 0;
      for (int c = 1; c < logits.length; c++) {
        best = logits[c] > logits[best] ? c : best;
      }
      right += best == classes[row] ? 1 : 0;
    }
    return (double) right / classes.length;
  }

  @Test
  void learnsWhatTheBaseDoesNotKnow() {
    PluginModule plugin =
        lora(options(40)).rank(4).build().train(PATIENTS.inputs(), PATIENTS.classes());
    Patients others = Patients.draw(2, 400, 2);
    try (DjlRuntime runtime = DjlRuntime.open(NETWORK)) {
      double before = accuracy(runtime.runBase(others.inputs()), others.classes());
      double after = accuracy(runtime.run(plugin, others.inputs()), others.classes());
      assertThat(after).isGreaterThan(0.9).isGreaterThan(before + 0.1);
    }
    assertThat(plugin.base()).isEqualTo(NETWORK.base());
    assertThat(plugin.id()).isEqualTo(ID);
    assertThat(plugin.updates().keySet()).containsExactly("fc1.weight", "fc2.weight");
  }

  @Test
  void equalsBackpropagationByHand() {
    TrainingOptions start =
        TrainingOptions.seeded(7).epochs(1).learningRate(1e-30).weightDecay(0).build();
    PluginModule initial =
        lora(start).rank(3).alpha(6).build().train(PATIENTS.inputs(), PATIENTS.classes());
    TrainingOptions options =
        TrainingOptions.seeded(7)
            .epochs(20)
            .batchSize(1000)
            .learningRate(0.01)
            .weightDecay(0.1)
            .build();
    PluginModule trained =
        lora(options).rank(3).alpha(6).build().train(PATIENTS.inputs(), PATIENTS.classes());
    Map<String, Tensor> variables = new TreeMap<>();
    initial
        .updates()
        .forEach(
            (layer, update) -> {
              LowRankUpdate factors = (LowRankUpdate) update;
              variables.put("A:" + layer, factors.a());
              variables.put("B:" + layer, factors.b());
            });
    ReferenceTraining reference = new ReferenceTraining(NETWORK.parameters(), variables, 2);
    reference.train(PATIENTS, 2, 20, 0.01, 0.1);
    trained
        .updates()
        .forEach(
            (layer, update) -> {
              LowRankUpdate factors = (LowRankUpdate) update;
              assertThat(factors.scaling()).isEqualTo(2);
              assertThat(factors.a().toDoubles())
                  .containsExactly(reference.values("A:" + layer), within(1e-4));
              assertThat(factors.b().toDoubles())
                  .containsExactly(reference.values("B:" + layer), within(1e-4));
            });
  }

  @Test
  void sameSeedSameBytesAndOtherSeedOthers() {
    LoraTraining training = lora(options(3)).build();
    PluginModule one = training.train(PATIENTS.inputs(), PATIENTS.classes());
    PluginModule two = training.train(PATIENTS.inputs(), PATIENTS.classes());
    assertThat(two.digest()).isEqualTo(one.digest());
    TrainingOptions other =
        TrainingOptions.seeded(8).epochs(3).batchSize(16).learningRate(0.01).build();
    PluginModule three = lora(other).build().train(PATIENTS.inputs(), PATIENTS.classes());
    assertThat(three.digest()).isNotEqualTo(one.digest());
  }

  @Test
  void threadsTrainAlike() throws Exception {
    LoraTraining training = lora(options(5)).build();
    PluginModule here = training.train(PATIENTS.inputs(), PATIENTS.classes());
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      List<Callable<PluginModule>> calls =
          Collections.nCopies(4, () -> training.train(PATIENTS.inputs(), PATIENTS.classes()));
      for (Future<PluginModule> there : executor.invokeAll(calls)) {
        assertThat(there.get().digest()).isEqualTo(here.digest());
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void leavesTheBaseAsItIs() {
    Map<String, float[]> seen = new TreeMap<>();
    Architecture watching =
        (layers, x) -> {
          for (String name : NETWORK.parameters().keySet()) {
            seen.put(name, layers.parameter(name).duplicate().toFloatArray());
          }
          return NETWORK.architecture().forward(layers, x);
        };
    Network network = Network.of(NETWORK.base(), watching, NETWORK.parameters());
    LoraTraining.of(network, ID, Patients.BINARY, options(5))
        .targets("fc1.weight")
        .build()
        .train(PATIENTS.inputs(), PATIENTS.classes());
    for (String frozen : List.of("fc1.bias", "fc2.weight", "fc2.bias")) {
      assertThat(seen.get(frozen)).isEqualTo(NETWORK.parameters().get(frozen).toFloats());
    }
    assertThat(seen.get("fc1.weight"))
        .isNotEqualTo(NETWORK.parameters().get("fc1.weight").toFloats());
  }

  @Test
  void trainsHeadsOfOtherLabelSpacesWhole() {
    LabelSpace three = LabelSpace.of("grade", "1", "2", "3");
    Patients patients = Patients.draw(3, 150, 3);
    PluginModule plugin =
        LoraTraining.of(NETWORK, ID, three, options(40))
            .heads("fc2")
            .rank("fc1.weight", 2)
            .build()
            .train(patients.inputs(), patients.classes());
    assertThat(plugin.updates().keySet()).containsExactly("fc1.weight", "fc2.bias", "fc2.weight");
    assertThat(((LowRankUpdate) plugin.updates().get("fc1.weight")).rank()).isEqualTo(2);
    Replacement head = (Replacement) plugin.updates().get("fc2.weight");
    assertThat(head.labels()).isEqualTo(three);
    assertThat(head.tensor().shape()).isEqualTo(Shape.of(3, 16));
    Patients others = Patients.draw(4, 300, 3);
    try (DjlRuntime runtime = DjlRuntime.open(NETWORK)) {
      assertThat(accuracy(runtime.run(plugin, others.inputs()), others.classes()))
          .isGreaterThan(0.75);
    }
  }

  @Test
  void refusesAmbiguityAndNonsense() {
    TrainingOptions options = options(40);
    assertThatThrownBy(() -> lora(options).rank(4).rank(4))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("rank", "4");
    assertThatThrownBy(() -> lora(options).rank(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> lora(options).alpha(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> lora(options).targets("fc9.weight").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fc9.weight");
    assertThatThrownBy(() -> lora(options).targets("fc1.bias").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fc1.bias");
    assertThatThrownBy(() -> lora(options).targets("fc2.weight").heads("fc2").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("both", "fc2.weight");
    assertThatThrownBy(() -> lora(options).targets("fc2.weight").rank("fc1.weight", 2).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fc1.weight");
    assertThatThrownBy(() -> lora(options).targets().build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TrainingOptions.seeded(1).epochs(1).epochs(2))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> TrainingOptions.seeded(1).weightDecay(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesBadDataWithoutShowingIt() {
    LoraTraining training = lora(options(40)).build();
    int[] classes = PATIENTS.classes();
    assertThatThrownBy(() -> training.train(PATIENTS.inputs(), Arrays.copyOf(classes, 99)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("100", "99");
    int[] outside = classes.clone();
    outside[42] = 2;
    assertThatThrownBy(() -> training.train(PATIENTS.inputs(), outside))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("row 42", "biopsy");
    float[] values = PATIENTS.inputs().values().toFloats();
    values[17 * Patients.WIDTH + 3] = Float.NaN;
    ModelInput missing = new ModelInput(Tensor.of(PATIENTS.inputs().values().shape(), values));
    assertThatThrownBy(() -> training.train(missing, classes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("row 17", "column 3");
    ModelInput narrow = new ModelInput(Tensor.of(Shape.of(2, 3), 123.5f, 0, 0, 0, 0, 0));
    assertThatThrownBy(() -> training.train(narrow, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("123");
    LabelSpace three = LabelSpace.of("grade", "1", "2", "3");
    assertThatThrownBy(
            () ->
                LoraTraining.of(NETWORK, ID, three, options(40))
                    .build()
                    .train(PATIENTS.inputs(), classes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("grade", "head");
  }

  @Test
  void saysWhenTheLossDiverges() {
    float[] huge = new float[PATIENTS.classes().length * Patients.WIDTH];
    for (int i = 0; i < huge.length; i++) {
      huge[i] = i % 7 < 3 ? 3e38f : -3e38f;
    }
    ModelInput inputs = new ModelInput(Tensor.of(PATIENTS.inputs().values().shape(), huge));
    assertThatThrownBy(() -> lora(options(40)).build().train(inputs, PATIENTS.classes()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("finite loss");
  }
}
