package io.medforge.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.medforge.merge.PluginSet;
import io.medforge.merge.mixture.ConformalThreshold;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.MemoryGate;
import io.medforge.merge.mixture.MixedPrediction;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.merge.mixture.WeightPrior;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Pool;
import io.medforge.runtime.onnx.OnnxMixture;
import io.medforge.runtime.onnx.OnnxMlp;
import io.medforge.runtime.onnx.OnnxRuntime;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The exporter and the mixture share their formulas only as the api states them. Here plain ONNX
 * Runtime answers for the one and {@link MixtureModel} for the other: every gate, both pools, one
 * label space and two joined ones, inputs near and far. Widths: k = 5, hidden 6, 3 classes.
 */
class ExportedMixtureTest {
  private static final double TOLERANCE = 1e-5;
  private static final List<String> LAYERS = List.of("fc1", "fc2");
  private static final LabelSpace COARSE = LabelSpace.of("coarse", "ill", "well", "unclear");
  private static final LabelSpace FINE = LabelSpace.of("fine", "early", "late", "healthy");

  /** Nothing becomes {@code unclear}. */
  private static final LabelMapping JOIN =
      LabelMapping.of(FINE, COARSE, Map.of("early", "ill", "late", "ill", "healthy", "well"));

  @TempDir private Path folder;

  @Test
  void oneLabelSpace() throws OrtException {
    assertEveryGateIsServedAlike(List.of(COARSE, COARSE, COARSE));
  }

  @Test
  void twoJoinedLabelSpaces() throws OrtException {
    assertEveryGateIsServedAlike(List.of(COARSE, FINE, COARSE));
  }

  private void assertEveryGateIsServedAlike(List<LabelSpace> spaces) throws OrtException {
    Path base = folder.resolve("base.onnx");
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    Random random = new Random(7);
    parameters.put("fc1.weight", gaussian(random, 1, 6, 5));
    parameters.put("fc1.bias", gaussian(random, 1, 6));
    parameters.put("fc2.weight", gaussian(random, 1, 3, 6));
    parameters.put("fc2.bias", gaussian(random, 1, 3));
    OnnxMlp.write(LAYERS, parameters, base);
    BaseModel model = BaseModel.of("base", BaseModel.digestOf(parameters));
    SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
    List<PluginModule> plugins = new ArrayList<>();
    for (int i = 0; i < spaces.size(); i++) {
      PluginModule plugin = plugin(random, model, i);
      plugins.add(plugin);
      sets.put(plugin.id(), set(random, spaces.get(i), i));
    }
    try (OnnxRuntime runtime = OnnxRuntime.open(base, model)) {
      for (FeatureExtractor features :
          List.of(FeatureExtractor.penultimate(), FeatureExtractor.pooledInput())) {
        var recording = OutputMemory.recording(runtime).features(features);
        if (spaces.contains(FINE)) {
          recording.joining(JOIN);
        }
        OutputMemory memory = recording.record(PluginSet.of(plugins), sets);
        for (Map.Entry<String, Gate> gate : gates(memory).entrySet()) {
          for (Pool pool : Pool.values()) {
            MixtureModel mixture =
                Mixture.gatedBy(gate.getValue()).pool(pool).build().merge(memory.plugins()).value();
            assertServedAlike(
                gate.getKey() + ", " + pool + ", " + features.name(),
                base,
                model,
                mixture,
                runtime);
          }
        }
      }
    }
  }

  private static Map<String, Gate> gates(OutputMemory memory) {
    List<PluginId> order = memory.plugins().plugins().stream().map(PluginModule::id).toList();
    Map<String, Gate> gates = new LinkedHashMap<>();
    gates.put("uniform", Gate.fitted(memory, WeightPrior.dirichlet(Double.POSITIVE_INFINITY)));
    gates.put("fitted", Gate.fitted(memory));
    gates.put("calibrated", Gate.calibrated(memory));
    gates.put("per task", Gate.perTask(memory));
    gates.put("published", Gate.published(memory, order));
    gates.put("memory", Gate.memory(memory));
    gates.put("trusting", MemoryGate.of(memory).trust(1).calibrated().build());
    gates.put("shared", MemoryGate.of(memory).sharing(WeightPrior.dirichlet(4)).build());
    gates.put("nearest", Gate.nearest(memory, 5));
    gates.put("confidence", Gate.memory(memory).then(Gate.confidence()));
    gates.put("top k", MemoryGate.of(memory).trust(1).build().then(Gate.topK(2)));
    gates.put(
        "abstaining",
        Gate.memory(memory).then(Gate.abstain(ConformalThreshold.ofMemory(memory, 0.2))));
    return gates;
  }

  private void assertServedAlike(
      String what, Path base, BaseModel model, MixtureModel mixture, OnnxRuntime runtime)
      throws OrtException {
    Path file = folder.resolve("mixture.onnx");
    OnnxMixture.of(base, model).write(mixture.parameters(), file);
    ModelInput batch = batch();
    List<MixedPrediction> expected = mixture.predictAll(runtime, batch);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor values =
            OnnxTensor.createTensor(
                environment,
                FloatBuffer.wrap(batch.values().toFloats()),
                batch.values().shape().toArray());
        OrtSession.Result served =
            session.run(Map.of(session.getInputNames().iterator().next(), values))) {
      float[][] probabilities =
          (float[][]) served.get(OnnxMixture.PROBABILITIES).orElseThrow().getValue();
      float[][] shares = (float[][]) served.get(OnnxMixture.SHARES).orElseThrow().getValue();
      for (int row = 0; row < batch.size(); row++) {
        String where = what + ", row " + row;
        assertThat(doubles(probabilities[row]))
            .as(where)
            .containsExactly(expected.get(row).probabilities(), within(TOLERANCE));
        int place = 0;
        for (PluginModule plugin : mixture.plugins().plugins()) {
          assertThat((double) shares[row][place++])
              .as(where)
              .isCloseTo(
                  expected.get(row).weights().getOrDefault(plugin.id(), Double.NaN),
                  within(TOLERANCE));
        }
        if (session.getOutputNames().contains(OnnxMixture.ABSTAINED)) {
          boolean[][] abstained =
              (boolean[][]) served.get(OnnxMixture.ABSTAINED).orElseThrow().getValue();
          assertThat(abstained[row][0]).as(where).isEqualTo(expected.get(row).abstained());
        }
      }
    }
  }

  private static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static PluginModule plugin(Random random, BaseModel base, int index) {
    SortedMap<String, Update> updates = new TreeMap<>();
    updates.put(
        "fc1.weight",
        new LowRankUpdate(gaussian(random, 0.5, 2, 5), gaussian(random, 0.5, 6, 2), 1));
    updates.put(
        "fc2.weight",
        new LowRankUpdate(gaussian(random, 0.5, 2, 6), gaussian(random, 0.5, 3, 2), 1));
    return PluginModule.of(
        new PluginId("centre-" + index, "task", "1"), base, updates, Provenance.unknown());
  }

  private static DistilledSet set(Random random, LabelSpace labels, int centre) {
    float[][] rows = new float[12][];
    int[] classes = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      classes[i] = i % 2 == 0 ? 0 : i % 3 == 0 ? 2 : 1;
      rows[i] = gaussian(random, 1, 5).toFloats();
      rows[i][centre] += 2 + classes[i];
    }
    return DistilledSet.of(labels, ModelInput.ofRows(rows), classes);
  }

  /** Near every centre, between them, and so far that a gate's weights underflow. */
  private static ModelInput batch() {
    Random random = new Random(11);
    List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      float[] row = gaussian(random, 1, 5).toFloats();
      row[i % 3] += 2 + i % 2;
      rows.add(row);
    }
    for (int axis = 0; axis < 3; axis++) {
      float[] row = new float[5];
      Arrays.fill(row, -1);
      row[axis] = 400;
      rows.add(row);
    }
    return ModelInput.ofRows(rows.toArray(float[][]::new));
  }

  private static Tensor gaussian(Random random, double scale, int... shape) {
    long[] dimensions = Arrays.stream(shape).asLongStream().toArray();
    float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return Tensor.of(Shape.of(dimensions), values);
  }
}
