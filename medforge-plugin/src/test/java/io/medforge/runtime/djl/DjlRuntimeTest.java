package io.medforge.runtime.djl;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.nn.Activation;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.ModelRuntimeContract;
import io.medforge.runtime.ReferenceMlp;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DjlRuntimeTest implements ModelRuntimeContract {
  private static final Architecture MLP_ARCHITECTURE = Architecture.mlp("fc1", "fc2", "fc3");

  @Override
  public ModelRuntime open(ReferenceMlp base) {
    return DjlRuntime.open(Network.of("mlp", MLP_ARCHITECTURE, base.parameters()));
  }

  @Test
  void changesThatTheArchitectureNeverUsesAreRefused() {
    Architecture two =
        (layers, x) -> layers.linear("fc2", Activation.relu(layers.linear("fc1", x)));
    PluginModule plugin = MLP.lora(3, 2, 2, 2);
    try (DjlRuntime runtime = DjlRuntime.open(Network.of("mlp", two, MLP.parameters()))) {
      assertThatThrownBy(() -> runtime.run(plugin, BATCH))
          .isInstanceOf(IncompatiblePluginsException.class)
          .hasMessageContainingAll("fc3.weight", "centre/lora3:1");
    }
  }

  @Test
  void parametersComeWithLowRankUpdatesMultipliedOut() {
    Architecture byHand =
        (layers, x) -> {
          for (String layer : ReferenceMlp.LAYERS) {
            x = x.matMul(layers.parameter(layer + ".weight").transpose());
            x = x.add(layers.parameter(layer + ".bias"));
            x = layer.equals("fc3") ? x : Activation.relu(x);
          }
          return x;
        };
    PluginModule plugin = MLP.lora(3, 2, 2, 2);
    try (DjlRuntime runtime = DjlRuntime.open(Network.of("mlp", byHand, MLP.parameters()))) {
      ModelRuntimeContract.assertEqual(runtime.run(plugin, BATCH), MLP.logits(plugin, BATCH));
    }
  }

  @Test
  void parametersThatTheArchitectureLacksAreNamed() {
    Architecture other = Architecture.mlp("fc1", "fc4");
    try (DjlRuntime runtime = DjlRuntime.open(Network.of("mlp", other, MLP.parameters()))) {
      assertThatThrownBy(() -> runtime.runBase(BATCH))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("fc4.weight");
    }
  }

  @Test
  void architecturesWithoutFeaturesAreNamed() {
    Architecture unmarked = (layers, x) -> layers.linear("fc1", x);
    try (DjlRuntime runtime = DjlRuntime.open(Network.of("mlp", unmarked, MLP.parameters()))) {
      assertThatThrownBy(() -> runtime.features(BATCH))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContainingAll("marks features", "mlp");
    }
    Architecture deep =
        (layers, x) -> layers.linear("fc1", layers.features(x.reshape(7, 3, 10)).reshape(7, 30));
    try (DjlRuntime runtime = DjlRuntime.open(Network.of("mlp", deep, MLP.parameters()))) {
      assertThatThrownBy(() -> runtime.features(BATCH))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContainingAll("(7, width)", "(7, 3, 10)");
    }
  }

  @Test
  void networksRefuseWhatIsNoParameter() {
    SortedMap<String, Tensor> none = new TreeMap<>();
    assertThatThrownBy(() -> Network.of("mlp", MLP_ARCHITECTURE, none))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one parameter");
    SortedMap<String, Tensor> integers = new TreeMap<>(MLP.parameters());
    integers.put("steps", Tensor.ofBytes(DType.I64, Shape.of(1), new byte[8]));
    assertThatThrownBy(() -> Network.of("mlp", MLP_ARCHITECTURE, integers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("I64", "steps");
    BaseModel other = BaseModel.of("mlp", Digest.of(new byte[1]));
    assertThatThrownBy(() -> Network.of(other, MLP_ARCHITECTURE, MLP.parameters()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(other.toString(), BaseModel.digestOf(MLP.parameters()).toString());
  }

  @Test
  void perceptronsRefuseNamesTwice() {
    assertThatThrownBy(() -> Architecture.mlp("fc1", "fc1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[fc1, fc1]");
    assertThatThrownBy(Architecture::mlp).isInstanceOf(IllegalArgumentException.class);
  }
}
