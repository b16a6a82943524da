package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.training.ParameterStore;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.BlockArchitecture;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.Network;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BlockArchitectureTest {
  private static final Patients PATIENTS = LoraTrainingTest.PATIENTS;
  private static NDManager manager;

  @BeforeAll
  static void start() {
    manager = DjlEngine.newManager();
  }

  @AfterAll
  static void stop() {
    manager.close();
  }

  /** A block with seeded values: DJL's own initialisers are not. */
  private static Block initialised(Block block) {
    block.initialize(manager, DataType.FLOAT32, new Shape(1, Patients.WIDTH));
    block
        .getParameters()
        .forEach(
            pair -> {
              HostArray values =
                  HostArray.zeros(
                      io.medforge.plugin.Shape.of(
                          pair.getValue().getArray().getShape().getShape()));
              SeededRandom.of(1, pair.getKey(), 0).fillGaussian(values, 0.3);
              pair.getValue().getArray().set(values.values());
            });
    return block;
  }

  private static SequentialBlock perceptron() {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(16).build())
        .add(Activation.reluBlock())
        .add(Linear.builder().setUnits(2).build());
  }

  /** Three tokens of width 4, attention among them, a head. */
  private static SequentialBlock attention() {
    return new SequentialBlock()
        .addSingleton(x -> x.reshape(-1, 3, 4))
        .add(
            ScaledDotProductAttentionBlock.builder()
                .setEmbeddingSize(4)
                .setHeadCount(2)
                .optAttentionProbsDropoutProb(0)
                .build())
        .add(LayerNorm.builder().axis(2).build())
        .addSingleton(x -> x.reshape(-1, 12))
        .add(Linear.builder().setUnits(2).build());
  }

  private static Network network(Block block) {
    BlockArchitecture architecture = BlockArchitecture.of(block);
    return Network.of("block", architecture, architecture.parameters());
  }

  private static PluginModule train(Network network) {
    TrainingOptions options =
        TrainingOptions.seeded(7).epochs(30).batchSize(25).learningRate(0.02).build();
    return LoraTraining.of(network, LoraTrainingTest.ID, Patients.BINARY, options)
        .rank(2)
        .build()
        .train(PATIENTS.inputs(), PATIENTS.classes());
  }

  @Test
  void answersAsTheBlockDoes() {
    for (Block block : new Block[] {initialised(perceptron()), initialised(attention())}) {
      float[] expected;
      try (NDManager scope = manager.newSubManager()) {
        NDArray x = HostArray.of(PATIENTS.inputs().values()).in(scope);
        expected =
            block
                .forward(new ParameterStore(scope, false), new NDList(x), false)
                .singletonOrThrow()
                .toFloatArray();
      }
      try (DjlRuntime runtime = DjlRuntime.open(network(block))) {
        Outputs outputs = runtime.runBase(PATIENTS.inputs());
        for (int i = 0; i < expected.length; i++) {
          assertThat(outputs.logit(i / 2, i % 2)).isCloseTo(expected[i], within(1e-5f));
        }
      }
    }
  }

  /** A block's training is the training of the same network described as a perceptron. */
  @Test
  void trainsAsTheSameNetworkDoes() {
    Network block = network(initialised(perceptron()));
    assertThat(block.parameters().keySet())
        .containsExactly("01Linear.bias", "01Linear.weight", "03Linear.bias", "03Linear.weight");
    Network known =
        Network.of("known", Architecture.mlp("01Linear", "03Linear"), block.parameters());
    Map<String, double[]> one = products(train(block));
    Map<String, double[]> two = products(train(known));
    assertThat(one.keySet()).isEqualTo(two.keySet());
    one.forEach(
        (layer, product) -> assertThat(product).containsExactly(two.get(layer), within(1e-3)));
  }

  private static SortedMap<String, double[]> products(PluginModule plugin) {
    SortedMap<String, double[]> products = new TreeMap<>();
    plugin
        .updates()
        .forEach(
            (layer, update) -> {
              LowRankUpdate factors = (LowRankUpdate) update;
              products.put(layer, product(factors.b(), factors.a()));
            });
    return products;
  }

  private static double[] product(Tensor b, Tensor a) {
    int d = (int) b.shape().dimension(0);
    int r = (int) b.shape().dimension(1);
    int k = (int) a.shape().dimension(1);
    double[] product = new double[d * k];
    for (int i = 0; i < product.length; i++) {
      for (int q = 0; q < r; q++) {
        product[i] += b.toDoubles()[i / k * r + q] * a.toDoubles()[q * k + i % k];
      }
    }
    return product;
  }

  @Test
  void adaptsTheProjectionsOfAnAttention() {
    Network network = network(initialised(attention()));
    PluginModule plugin = train(network);
    assertThat(plugin.updates().keySet())
        .anyMatch(name -> name.contains("ScaledDotProductAttentionBlock"));
    try (DjlRuntime runtime = DjlRuntime.open(network)) {
      double before =
          LoraTrainingTest.accuracy(runtime.runBase(PATIENTS.inputs()), PATIENTS.classes());
      double after =
          LoraTrainingTest.accuracy(runtime.run(plugin, PATIENTS.inputs()), PATIENTS.classes());
      assertThat(after).isGreaterThan(before).isGreaterThan(0.8);
    }
  }

  @Test
  void isDistilledByWhatEntersItsLastLayer() {
    assertThat(
            Distillation.byDistributionMatching(
                    network(initialised(perceptron())), Patients.BINARY, 1)
                .perClass(2)
                .steps(3)
                .build()
                .distil(PATIENTS.inputs(), PATIENTS.classes())
                .size())
        .isEqualTo(4);
  }

  @Test
  void refusesByName() {
    Block normed = new SequentialBlock().add(perceptron()).add(BatchNorm.builder().build());
    assertThatThrownBy(() -> BlockArchitecture.of(initialised(normed)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("BatchNorm", "02BatchNorm");
    assertThatThrownBy(() -> BlockArchitecture.of(perceptron()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("initialised", "01Linear.weight");
  }
}
