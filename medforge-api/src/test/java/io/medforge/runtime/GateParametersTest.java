package io.medforge.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GateParametersTest {
  private static final FeatureExtractor PHI = FeatureExtractor.baseOutput();
  private static final Whitening WHITENING =
      new Whitening(Tensor.of(Shape.of(2), 0d, 0), Tensor.of(Shape.of(2, 2), 1d, 0, 0, 1));
  private static final Tensor CENTRES = matrix(2, 2, 1, 2, 3, 4);
  private static final Tensor IDENTITY = matrix(2, 2, 1, 0, 0, 1);

  private static Tensor matrix(int rows, int columns, double... values) {
    return Tensor.of(Shape.of(rows, columns), values);
  }

  private static GateParameters prototypes(
      Tensor centres, List<Integer> groups, double tau, Tensor routing) {
    return new GateParameters.Prototypes(
        PHI, WHITENING, centres, groups, List.of(0.0, 0.0), tau, routing);
  }

  private static void refused(String message, ThrowingCallable made) {
    assertThatThrownBy(made)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void everyNumberEntersTheDigest() {
    Tensor others = matrix(2, 2, 1, 2, 3, 5);
    List<GateParameters> different =
        List.of(
            new GateParameters.Static(List.of(0.25, 0.75)),
            new GateParameters.Static(List.of(0.75, 0.25)),
            prototypes(CENTRES, List.of(0, 1), 1, IDENTITY),
            prototypes(CENTRES, List.of(1, 0), 1, IDENTITY),
            prototypes(others, List.of(0, 1), 1, IDENTITY),
            prototypes(CENTRES, List.of(0, 1), 2, IDENTITY),
            prototypes(CENTRES, List.of(0, 1), 1, matrix(2, 2, 0, 1, 1, 0)),
            neighbours(1, 1, 1),
            neighbours(2, 1, 1),
            neighbours(1, 2, 1),
            neighbours(1, 1, 2),
            new GateParameters.Abstention(PHI, WHITENING, CENTRES, 1, 0.1),
            new GateParameters.Abstention(PHI, WHITENING, CENTRES, 2, 0.1),
            new GateParameters.Confidence(1),
            new GateParameters.TopK(1),
            new GateParameters.TopK(2),
            new GateParameters.Sequence(List.of(new GateParameters.TopK(1))));
    assertThat(different).extracting(GateParameters::digest).doesNotHaveDuplicates();
    assertThat(prototypes(CENTRES, List.of(0, 1), 1, IDENTITY).digest())
        .isEqualTo(different.get(2).digest());
  }

  private static GateParameters neighbours(int k, double tau, double count) {
    return new GateParameters.Neighbours(
        PHI, WHITENING, CENTRES, List.of(1.0, count), IDENTITY, k, tau);
  }

  @Test
  void numbersThatCannotWeighAreRefused() {
    refused("sum to 1", () -> new GateParameters.Static(List.of(0.5, 0.4)));
    refused("at least 0", () -> new GateParameters.Static(List.of(1.5, -0.5)));
    refused("at least 0", () -> new GateParameters.Static(List.of(Double.NaN)));
    refused("centres [2, 2]", () -> prototypes(matrix(1, 2, 1, 2), List.of(0, 1), 1, IDENTITY));
    refused(
        "finite centres",
        () -> prototypes(matrix(2, 2, 1, 2, 3, Double.NaN), List.of(0, 1), 1, IDENTITY));
    refused("group 1", () -> prototypes(CENTRES, List.of(0, 0), 1, IDENTITY));
    refused("0 to 1", () -> prototypes(CENTRES, List.of(0, 2), 1, IDENTITY));
    refused("temperature", () -> prototypes(CENTRES, List.of(0, 1), 0, IDENTITY));
    refused("row 1", () -> prototypes(CENTRES, List.of(0, 1), 1, matrix(2, 2, 1, 0, 0.5, 0.4)));
    refused("weights", () -> prototypes(CENTRES, List.of(0, 1), 1, Tensor.of(Shape.of(2), 1d, 0)));
    refused("neighbours", () -> neighbours(3, 1, 1));
    refused("count", () -> neighbours(1, 1, 0));
    refused("sharpness", () -> new GateParameters.Confidence(Double.NaN));
    refused("plugin to keep", () -> new GateParameters.TopK(0));
    refused("step", () -> new GateParameters.Sequence(List.of()));
    refused("threshold", () -> new GateParameters.Abstention(PHI, WHITENING, CENTRES, -1, 0.1));
    refused("alpha", () -> new GateParameters.Abstention(PHI, WHITENING, CENTRES, 1, 1));
    refused("[q, width]", () -> new Whitening(Tensor.of(Shape.of(3), 0d, 0, 0), IDENTITY));
  }

  @Test
  void aMixtureHasATemperatureForEachPlugin() {
    PluginModule plugin =
        PluginModule.of(
            PluginId.parse("st-anna/lung:1"),
            BaseModel.named("base"),
            Map.of("layer", new DenseUpdate(Tensor.of(Shape.of(1), 1f))),
            Provenance.unknown());
    GateParameters gate = new GateParameters.Static(List.of(1.0));
    refused("temperatures", () -> mixture(plugin, gate, List.of()));
    refused("temperature", () -> mixture(plugin, gate, List.of(0.0)));
    assertThat(mixture(plugin, gate, List.of(1.0)).plugins()).containsExactly(plugin);
  }

  private static MixtureParameters mixture(
      PluginModule plugin, GateParameters gate, List<Double> temperatures) {
    return new MixtureParameters(
        List.of(plugin), List.of(), List.of(), gate, Pool.LINEAR, temperatures);
  }
}
