package io.medforge.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
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
import io.medforge.runtime.ReferenceMixture;
import io.medforge.runtime.ReferenceMlp;
import io.medforge.runtime.Whitening;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file that plain ONNX Runtime serves answers what the parts answer together. */
class OnnxMixtureTest {
  private static final int WIDTH = 12;
  private static final ReferenceMlp MLP = ReferenceMlp.random(1, WIDTH, 10, 7, 2);
  private static final ModelInput BATCH = ReferenceMlp.inputs(2, 40, WIDTH);
  private static final FeatureExtractor PENULTIMATE = FeatureExtractor.penultimate();

  @TempDir Path directory;
  private Path base;

  @BeforeEach
  void writeBase() {
    base = directory.resolve("mlp.onnx");
    OnnxMlp.write(ReferenceMlp.LAYERS, MLP.parameters(), base);
  }

  private static List<PluginModule> plugins() {
    Map<String, Update> mixed = new TreeMap<>(MLP.lora(5, 3).updates());
    mixed.put("fc2.bias", new DenseUpdate(ReferenceMlp.gaussian(6, 0.2, 7)));
    mixed.put("fc2.weight", new DenseUpdate(ReferenceMlp.gaussian(9, 0.2, 7, 10)));
    mixed.put(
        "fc3.weight", new Replacement(ReferenceMlp.gaussian(7, 0.5, 2, 7), ReferenceMlp.labels(2)));
    mixed.put(
        "fc3.bias", new Replacement(ReferenceMlp.gaussian(8, 0.2, 2), ReferenceMlp.labels(2)));
    return List.of(MLP.lora(3, 2, 4, 1), MLP.lora(4, 1), MLP.plugin("mixed", mixed));
  }

  static GateParameters prototypes(FeatureExtractor features, int width, int plugins) {
    int groups = 4;
    double[] routing = new double[groups * plugins];
    for (int h = 0; h < groups; h++) {
      for (int j = 0; j < plugins; j++) {
        routing[h * plugins + j] = (h == j ? 0.7 : 0) + 0.3 / plugins;
      }
      if (h >= plugins) {
        routing[h * plugins] += 0.7;
      }
    }
    return new GateParameters.Prototypes(
        features,
        whitening(width),
        ReferenceMlp.gaussian(21, 1, 9, 3),
        List.of(0, 1, 2, 3, 0, 1, 2, 3, 1),
        List.of(-1.0, -0.5, -2.0, -1.5),
        1.7,
        Tensor.of(Shape.of(groups, plugins), routing));
  }

  private static Whitening whitening(int width) {
    return new Whitening(
        ReferenceMlp.gaussian(22, 0.5, width), ReferenceMlp.gaussian(23, 0.6, 3, width));
  }

  private static GateParameters neighbours(int plugins) {
    double[] rows = new double[20 * plugins];
    IntStream.range(0, 20).forEach(t -> rows[t * plugins + t % plugins] = 1);
    return new GateParameters.Neighbours(
        PENULTIMATE,
        whitening(7),
        ReferenceMlp.gaussian(24, 1, 20, 3),
        IntStream.range(0, 20).mapToObj(t -> 1.0 + t % 3).toList(),
        Tensor.of(Shape.of(20, plugins), rows),
        5,
        0.8);
  }

  private static GateParameters abstention(FeatureExtractor features, int width) {
    return new GateParameters.Abstention(
        features, whitening(width), ReferenceMlp.gaussian(25, 1, 6, 3), 1.5, 0.1);
  }

  private static MixtureParameters mixture(GateParameters gate, Pool pool) {
    return new MixtureParameters(
        plugins(),
        List.of(ReferenceMlp.labels(2), ReferenceMlp.labels(2), ReferenceMlp.labels(2)),
        List.of(),
        gate,
        pool,
        List.of(1.0, 1.6, 0.7));
  }

  private Path export(MixtureParameters mixture) {
    Path file = directory.resolve("mixture.onnx");
    OnnxMixture.of(base).write(mixture, file);
    return file;
  }

  private ServedMixture assertAgrees(MixtureParameters mixture, ModelInput batch) throws Exception {
    ServedMixture served = ServedMixture.run(export(mixture), "input", batch);
    try (OnnxRuntime runtime = OnnxRuntime.open(base)) {
      List<ReferenceMixture.Answer> expected =
          new ReferenceMixture(runtime, mixture).answers(batch);
      for (int row = 0; row < batch.size(); row++) {
        assertClose(served.probabilities(row), expected.get(row).probabilities());
        assertClose(served.shares(row), expected.get(row).shares());
        assertThat(served.abstained(row)).isEqualTo(expected.get(row).abstained());
      }
    }
    return served;
  }

  private static void assertClose(float[] found, double[] expected) {
    assertThat(found).hasSize(expected.length);
    for (int i = 0; i < found.length; i++) {
      assertThat((double) found[i]).isCloseTo(expected[i], within(1e-5));
    }
  }

  @Test
  void staticGatesAgreeInBothPools() throws Exception {
    GateParameters gate = new GateParameters.Static(List.of(0.5, 0.2, 0.3));
    assertAgrees(mixture(gate, Pool.LINEAR), BATCH);
    assertAgrees(mixture(gate, Pool.LOG), BATCH);
    assertAgrees(mixture(gate, Pool.LINEAR), ReferenceMlp.inputs(3, 1, WIDTH));
  }

  @Test
  void prototypesAgreeOnEveryKindOfFeatures() throws Exception {
    for (Pool pool : Pool.values()) {
      assertAgrees(mixture(prototypes(PENULTIMATE, 7, 3), pool), BATCH);
      assertAgrees(mixture(prototypes(FeatureExtractor.pooledInput(), WIDTH, 3), pool), BATCH);
      assertAgrees(mixture(prototypes(FeatureExtractor.baseOutput(), 2, 3), pool), BATCH);
    }
  }

  @Test
  void sequencesOfGatesAgree() throws Exception {
    GateParameters sharp =
        new GateParameters.Sequence(
            List.of(
                prototypes(PENULTIMATE, 7, 3),
                new GateParameters.Confidence(2.5),
                new GateParameters.TopK(2)));
    ServedMixture served = assertAgrees(mixture(sharp, Pool.LINEAR), BATCH);
    for (int row = 0; row < BATCH.size(); row++) {
      float[] shares = served.shares(row);
      assertThat(IntStream.range(0, 3).filter(j -> shares[j] > 0).count()).isEqualTo(2);
    }
    assertAgrees(mixture(neighbours(3), Pool.LOG), BATCH);
    assertAgrees(mixture(new GateParameters.TopK(2), Pool.LINEAR), BATCH);
    assertAgrees(mixture(new GateParameters.Confidence(1), Pool.LINEAR), BATCH);
  }

  @Test
  void theBaseAnswersWhereTheGateAbstains() throws Exception {
    GateParameters gate =
        new GateParameters.Sequence(
            List.of(prototypes(PENULTIMATE, 7, 3), abstention(PENULTIMATE, 7)));
    ServedMixture served = assertAgrees(mixture(gate, Pool.LINEAR), BATCH);
    long silent = IntStream.range(0, BATCH.size()).filter(i -> served.abstained(i)).count();
    assertThat(silent).isBetween(1L, BATCH.size() - 1L);
    GateParameters twice =
        new GateParameters.Sequence(
            List.of(
                abstention(FeatureExtractor.baseOutput(), 2),
                abstention(PENULTIMATE, 7),
                new GateParameters.TopK(1)));
    assertAgrees(mixture(twice, Pool.LOG), BATCH);
  }

  @Test
  void joinedLabelSpacesAgree() throws Exception {
    LabelSpace two = ReferenceMlp.labels(2);
    LabelSpace three = ReferenceMlp.labels(3);
    PluginModule other =
        MLP.plugin(
            "three",
            Map.of(
                "fc3.weight", new Replacement(ReferenceMlp.gaussian(7, 0.5, 3, 7), three),
                "fc3.bias", new Replacement(ReferenceMlp.gaussian(8, 0.2, 3), three)));
    for (Pool pool : Pool.values()) {
      MixtureParameters mixture =
          new MixtureParameters(
              List.of(MLP.lora(3, 2, 4, 1), other),
              List.of(two, three),
              List.of(LabelMapping.of(three, two, Map.of("a", "a", "b", "b", "c", "b"))),
              prototypes(PENULTIMATE, 7, 2),
              pool,
              List.of(1.0, 2.0));
      assertAgrees(mixture, BATCH);
    }
  }

  @Test
  void headsOfLabelSpacesThatNothingJoinsAreRefusedByName() {
    LabelSpace two = ReferenceMlp.labels(2);
    LabelSpace other = LabelSpace.of("other", "x", "y");
    PluginModule head =
        MLP.plugin(
            "other",
            Map.of("fc3.weight", new Replacement(ReferenceMlp.gaussian(7, 0.5, 2, 7), other)));
    GateParameters gate = new GateParameters.Static(List.of(0.5, 0.5));
    List<PluginModule> modules = List.of(plugins().get(2), head);
    for (List<LabelSpace> stated : List.of(List.of(two, other), List.<LabelSpace>of())) {
      MixtureParameters mixture =
          new MixtureParameters(modules, stated, List.of(), gate, Pool.LINEAR, List.of(1.0, 1.0));
      assertThatThrownBy(() -> export(mixture))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("task2", "other", "centre/other:1");
    }
    assertThat(directory.resolve("mixture.onnx")).doesNotExist();
  }

  @Test
  void sameMixtureSameBytes() throws Exception {
    MixtureParameters mixture = mixture(prototypes(PENULTIMATE, 7, 3), Pool.LINEAR);
    byte[] first = Files.readAllBytes(export(mixture));
    assertThat(Files.readAllBytes(export(mixture))).isEqualTo(first);
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactlyInAnyOrder(base, directory.resolve("mixture.onnx"));
    }
  }
}
