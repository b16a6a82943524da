package io.medforge.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.GateParameters;
import io.medforge.runtime.MixtureParameters;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Pool;
import io.medforge.runtime.ReferenceMlp;
import io.medforge.runtime.Whitening;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that Python's onnx and ONNX Runtime have accepted and answered, see golden/NOTES.md. */
class GoldenMixtureTest {
  private static final ReferenceMlp MLP = ReferenceMlp.random(11, 6, 8, 5, 3);
  private static final ModelInput BATCH = ReferenceMlp.inputs(12, 12, 6);
  private static final Path BUILD =
      Path.of(System.getProperty("medforge.build.directory", "target"));

  @TempDir Path directory;

  private static MixtureParameters mixture() {
    Map<String, Update> head = new TreeMap<>(MLP.lora(15, 2).updates());
    head.put(
        "fc3.weight",
        new Replacement(ReferenceMlp.gaussian(17, 0.5, 3, 5), ReferenceMlp.labels(3)));
    head.put(
        "fc3.bias", new Replacement(ReferenceMlp.gaussian(18, 0.2, 3), ReferenceMlp.labels(3)));
    List<PluginModule> plugins =
        List.of(MLP.lora(13, 2, 4, 1), MLP.plugin("head", head), MLP.lora(14, 1));
    Whitening whitening =
        new Whitening(ReferenceMlp.gaussian(19, 0.3, 5), ReferenceMlp.gaussian(20, 0.8, 4, 5));
    FeatureExtractor features = FeatureExtractor.penultimate();
    Tensor centres = ReferenceMlp.gaussian(21, 1, 7, 4);
    GateParameters prototypes =
        new GateParameters.Prototypes(
            features,
            whitening,
            centres,
            List.of(0, 0, 1, 1, 1, 2, 2),
            List.of(-1.0, -0.8, -1.5),
            0.9,
            Tensor.of(Shape.of(3, 3), 0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.0, 0.25, 0.75));
    GateParameters gate =
        new GateParameters.Sequence(
            List.of(
                prototypes,
                new GateParameters.TopK(2),
                new GateParameters.Abstention(features, whitening, centres, 2.0, 0.05)));
    return new MixtureParameters(
        plugins,
        List.of(ReferenceMlp.labels(3), ReferenceMlp.labels(3), ReferenceMlp.labels(3)),
        List.of(),
        gate,
        Pool.LINEAR,
        List.of(1.0, 1.5, 0.8));
  }

  private Path export() throws IOException {
    Path base = directory.resolve("mlp.onnx");
    Path file = directory.resolve("mixture.onnx");
    OnnxMlp.write(ReferenceMlp.LAYERS, MLP.parameters(), base);
    OnnxMixture.of(base).write(mixture(), file);
    Files.createDirectories(BUILD);
    Files.copy(file, BUILD.resolve("golden-mixture.onnx"), StandardCopyOption.REPLACE_EXISTING);
    new ObjectMapper()
        .writeValue(
            BUILD.resolve("golden-input.json").toFile(),
            Map.of("shape", BATCH.values().shape().toArray(), "values", BATCH.values().toFloats()));
    return file;
  }

  private static byte[] golden(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            GoldenMixtureTest.class.getResourceAsStream("golden/" + name), name)) {
      return in.readAllBytes();
    }
  }

  @Test
  void theSameBytesAreWrittenAgain() throws Exception {
    assertThat(Files.readAllBytes(export())).isEqualTo(golden("mixture.onnx"));
  }

  @Test
  void javaAnswersWhatPythonAnswered() throws Exception {
    JsonNode expected = new ObjectMapper().readTree(golden("expected.json"));
    Path file = Files.write(directory.resolve("golden.onnx"), golden("mixture.onnx"));
    ServedMixture served = ServedMixture.run(file, "input", BATCH);
    for (int row = 0; row < BATCH.size(); row++) {
      assertClose(served.probabilities(row), expected.get("probabilities").get(row));
      assertClose(served.shares(row), expected.get("shares").get(row));
      assertThat(served.abstained(row))
          .isEqualTo(expected.get("abstained").get(row).get(0).asDouble() == 1);
    }
  }

  private static void assertClose(float[] found, JsonNode expected) {
    assertThat(expected).hasSize(found.length);
    for (int i = 0; i < found.length; i++) {
      assertThat((double) found[i]).isCloseTo(expected.get(i).asDouble(), within(1e-5));
    }
  }
}
