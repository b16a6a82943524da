package io.medforge.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.BaseModel;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ReferenceMlp;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which tensor of a model becomes its features. */
class FeatureTensorTest {
  private static final ModelInput BATCH = ReferenceMlp.inputs(1, 4, 5);

  @TempDir Path directory;

  private Path write(OnnxGraph graph) throws Exception {
    return graph.write(directory.resolve("model.onnx"));
  }

  private static OnnxGraph twoLayers() {
    return new OnnxGraph()
        .initializer("w", ReferenceMlp.gaussian(2, 1, 5, 3))
        .initializer("v", ReferenceMlp.gaussian(3, 1, 3, 2))
        .node("MatMul", "h", "x", "w")
        .node("Relu", "r", "h")
        .node("MatMul", "z", "r", "v")
        .node("Identity", "y", "z");
  }

  @Test
  void itIsWhatEntersTheLastLinearLayer() throws Exception {
    try (OnnxRuntime runtime = OnnxRuntime.open(write(twoLayers()))) {
      Features features = runtime.features(BATCH);
      assertThat(features.width()).isEqualTo(3);
      for (float value : features.row(0)) {
        assertThat(value).isNotNegative();
      }
    }
  }

  @Test
  void ofOneLayerItIsTheInput() throws Exception {
    OnnxGraph graph =
        new OnnxGraph()
            .initializer("w", ReferenceMlp.gaussian(2, 1, 5, 3))
            .node("MatMul", "y", "x", "w");
    try (OnnxRuntime runtime = OnnxRuntime.open(write(graph))) {
      float[] first = runtime.features(BATCH).row(0);
      assertThat(first).isEqualTo(java.util.Arrays.copyOf(BATCH.values().toFloats(), 5));
    }
  }

  @Test
  void weightsMayBeComputedFromConstants() throws Exception {
    OnnxGraph graph =
        new OnnxGraph()
            .initializer("w", ReferenceMlp.gaussian(2, 1, 5, 3))
            .initializer("v", ReferenceMlp.gaussian(3, 1, 2, 3))
            .node("MatMul", "h", "x", "w")
            .node("Transpose", "t", "v")
            .node("MatMul", "y", "h", "t");
    try (OnnxRuntime runtime = OnnxRuntime.open(write(graph))) {
      assertThat(runtime.features(BATCH).width()).isEqualTo(3);
    }
  }

  @Test
  void whereThereIsNoneItIsRefusedButTheModelRuns() throws Exception {
    OnnxGraph graph = new OnnxGraph().node("Relu", "y", "x");
    try (OnnxRuntime runtime = OnnxRuntime.open(write(graph))) {
      assertThat(runtime.runBase(BATCH).classes()).isEqualTo(5);
      assertThatThrownBy(() -> runtime.features(BATCH))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContainingAll("linear layer", "model.onnx");
    }
    OnnxGraph attention =
        new OnnxGraph()
            .initializer("w", ReferenceMlp.gaussian(2, 1, 5, 5))
            .node("MatMul", "h", "x", "w")
            .node("Transpose", "t", "x")
            .node("MatMul", "y", "h", "t");
    try (OnnxRuntime runtime = OnnxRuntime.open(write(attention))) {
      assertThatThrownBy(() -> runtime.features(BATCH))
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void callersMayNameATensor() throws Exception {
    Path file = write(twoLayers());
    BaseModel base = BaseModel.named("model");
    try (OnnxRuntime plain = OnnxRuntime.open(file);
        OnnxRuntime runtime = OnnxRuntime.open(file, base, "z")) {
      assertThat(runtime.features(BATCH).row(2)).isEqualTo(plain.runBase(BATCH).logits(2));
    }
    assertThatThrownBy(() -> OnnxRuntime.open(file, base, "pooled"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("pooled", "model.onnx");
  }

  @Test
  void tensorsThatAreNoFeaturesAreRefused() throws Exception {
    OnnxGraph graph =
        twoLayers().node("Shape", "integers", "r").node("Unsqueeze", "deep", "r", "axis");
    graph.integers("axis", 1);
    Path file = write(graph);
    for (String tensor : java.util.List.of("integers", "deep")) {
      try (OnnxRuntime runtime = OnnxRuntime.open(file, BaseModel.named("model"), tensor)) {
        assertThatThrownBy(() -> runtime.features(BATCH))
            .isInstanceOf(UnsupportedOperationException.class)
            .hasMessageContainingAll("[4, width]", tensor);
      }
    }
  }
}
