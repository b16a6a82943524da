package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The published objective and composition against PyTorch, see {@code write_published.py}. */
class PublishedWeightsTest {
  private static final LabelSpace LABELS = LabelSpace.of("task", "a", "b", "c");
  private static final BaseModel BASE = BaseModel.named("base");
  private static final double TOLERANCE = 1e-6; // logits pass through float

  /** Answers from the file: an input names set and row, a plugin's update names the plugin. */
  private record Recorded(JsonNode logits) implements ModelRuntime {
    @Override
    public BaseModel base() {
      return BASE;
    }

    @Override
    public Outputs run(PluginModule plugin, ModelInput batch) {
      int j = (int) ((DenseUpdate) plugin.update("index").orElseThrow()).delta().toDoubles()[0];
      float[] places = batch.values().toFloats();
      float[] answers = new float[batch.size() * LABELS.size()];
      for (int row = 0; row < batch.size(); row++) {
        JsonNode z = logits.get((int) places[2 * row]).get(j).get((int) places[2 * row + 1]);
        for (int c = 0; c < LABELS.size(); c++) {
          answers[row * LABELS.size() + c] = (float) z.get(c).asDouble();
        }
      }
      return Outputs.ofLogits(batch.size(), LABELS.size(), answers);
    }

    @Override
    public Outputs runBase(ModelInput batch) {
      return Outputs.ofLogits(batch.size(), LABELS.size(), new float[batch.size() * LABELS.size()]);
    }

    @Override
    public void close() {}
  }

  @Test
  void objectiveAndCompositionAreTorchs() throws IOException {
    JsonNode golden;
    try (InputStream stream =
        PublishedWeightsTest.class.getResourceAsStream("golden/published.json")) {
      golden = new ObjectMapper().readTree(stream);
    }
    List<PluginModule> plugins = new ArrayList<>();
    SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
    for (int i = 0; i < golden.path("labels").size(); i++) {
      PluginModule plugin =
          PluginModule.of(
              new PluginId("centre-" + i, "task", "1"),
              BASE,
              Collections.singletonMap("index", new DenseUpdate(Tensor.of(Shape.of(1), (float) i))),
              Provenance.unknown());
      plugins.add(plugin);
      sets.put(plugin.id(), set(i, golden.path("labels").get(i)));
    }
    List<PluginId> order = plugins.stream().map(PluginModule::id).toList();
    OutputMemory memory =
        OutputMemory.recording(new Recorded(golden.path("logits")))
            .features(FeatureExtractor.pooledInput())
            .record(PluginSet.of(plugins), sets);
    assertThat(golden.path("cases")).hasSizeGreaterThan(4);
    for (JsonNode each : golden.path("cases")) {
      double[] omega = {1};
      for (JsonNode h : each.path("stages")) {
        omega = PublishedWeights.composed(omega, h.get(0).asDouble(), h.get(1).asDouble());
      }
      double[] expected = new double[each.path("omega").size()];
      for (int j = 0; j < expected.length; j++) {
        expected[j] = each.path("omega").get(j).asDouble();
      }
      assertThat(omega).containsExactly(expected, within(1e-15));
      assertThat(PublishedWeights.loss(memory, order, omega))
          .isCloseTo(each.path("loss").asDouble(), within(TOLERANCE));
    }
  }

  private static DistilledSet set(int place, JsonNode labels) {
    float[][] rows = new float[labels.size()][];
    int[] classes = new int[rows.length];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = new float[] {place, row};
      classes[row] = labels.get(row).asInt();
    }
    return DistilledSet.of(LABELS, ModelInput.ofRows(rows), classes);
  }
}
