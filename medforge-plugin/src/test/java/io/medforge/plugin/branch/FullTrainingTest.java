package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.Network;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

class FullTrainingTest {
  private static final Network NETWORK = LoraTrainingTest.NETWORK;
  private static final Patients PATIENTS = LoraTrainingTest.PATIENTS;

  private static SortedMap<String, Tensor> train(Network start, TrainingOptions options) {
    return FullTraining.of(start, Patients.BINARY, options)
        .train(PATIENTS.inputs(), PATIENTS.classes());
  }

  @Test
  void equalsBackpropagationByHand() {
    TrainingOptions options =
        TrainingOptions.seeded(7)
            .epochs(20)
            .batchSize(100)
            .learningRate(0.01)
            .weightDecay(0.1)
            .build();
    SortedMap<String, Tensor> trained = train(NETWORK, options);
    ReferenceTraining reference =
        new ReferenceTraining(NETWORK.parameters(), NETWORK.parameters(), 1);
    reference.train(PATIENTS, 2, 20, 0.01, 0.1);
    assertThat(trained.keySet()).isEqualTo(NETWORK.parameters().keySet());
    trained.forEach(
        (name, tensor) ->
            assertThat(tensor.toDoubles()).containsExactly(reference.values(name), within(1e-4)));
  }

  @Test
  void continuesFromGivenParametersLikeAFederatedClient() {
    TrainingOptions local =
        TrainingOptions.seeded(7).epochs(10).batchSize(30).learningRate(0.005).build();
    Network round = NETWORK;
    Patients others = Patients.draw(2, 400, 2);
    for (int i = 0; i < 3; i++) {
      round = Network.of("mlp", NETWORK.architecture(), train(round, local));
    }
    try (DjlRuntime runtime = DjlRuntime.open(round)) {
      assertThat(LoraTrainingTest.accuracy(runtime.runBase(others.inputs()), others.classes()))
          .isGreaterThan(0.9);
    }
    SortedMap<String, Tensor> again = train(NETWORK, local);
    assertThat(BaseModel.digestOf(train(NETWORK, local))).isEqualTo(BaseModel.digestOf(again));
  }

  @Test
  void initialParametersAreSeededAndScaled() {
    SortedMap<String, Tensor> one =
        InitialParameters.mlp(List.of("fc1", "fc2"), List.of(200, 100, 3), 1);
    assertThat(BaseModel.digestOf(one))
        .isEqualTo(
            BaseModel.digestOf(
                InitialParameters.mlp(List.of("fc1", "fc2"), List.of(200, 100, 3), 1)))
        .isNotEqualTo(
            BaseModel.digestOf(
                InitialParameters.mlp(List.of("fc1", "fc2"), List.of(200, 100, 3), 2)));
    double sum = 0;
    double squares = 0;
    for (double value : one.get("fc1.weight").toDoubles()) {
      sum += value;
      squares += value * value;
    }
    assertThat(sum / 20_000).isCloseTo(0, within(0.003));
    assertThat(squares / 20_000).isCloseTo(2.0 / 200, within(0.0005));
    assertThat(one.get("fc2.bias").toFloats()).containsOnly(0f);
    assertThatThrownBy(() -> InitialParameters.mlp(List.of("fc1"), List.of(3), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("[fc1]", "[3]");
  }
}
