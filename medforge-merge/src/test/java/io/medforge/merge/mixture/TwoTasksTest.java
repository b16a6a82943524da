package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import org.hipparchus.distribution.continuous.TDistribution;

/**
 * Two tasks of different label spaces, four centres, held-out examples that no memory saw: the
 * memory gate against the published weights, equal weights and every single plugin, in log-loss of
 * task and class, paired example by example.
 */
class TwoTasksTest {
  private static final int PER_CLASS = 30;

  private final Tasks tasks = new Tasks(11, 8, Tasks.BREAST, Tasks.LUNG, Tasks.BREAST, Tasks.LUNG);
  private final Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
  private final OutputMemory memory = tasks.memory(runtime);
  private final List<DistilledSet> heldOut = new ArrayList<>();

  TwoTasksTest() {
    Random random = new Random(99);
    for (int centre = 0; centre < 4; centre++) {
      heldOut.add(tasks.set(random, centre, PER_CLASS));
    }
  }

  /** -log of sum_j w_j p_j(task and class), j over the plugins of the true task. */
  private double[] losses(Gate gate) {
    MixtureModel model = Mixture.gatedBy(gate).build().merge(memory.plugins()).value();
    List<Double> losses = new ArrayList<>();
    for (DistilledSet set : heldOut) {
      List<MixedPrediction> predictions = model.predictAll(runtime, set.inputs());
      Map<PluginId, double[][]> answers = new LinkedHashMap<>();
      for (PluginModule plugin : memory.plugins().plugins()) {
        if (memory.labelSpaces().of(plugin.id()).equals(set.labels())) {
          double[][] p = new double[set.size()][];
          for (int row = 0; row < p.length; row++) {
            p[row] = runtime.run(plugin, set.inputs()).probabilities(row);
          }
          answers.put(plugin.id(), p);
        }
      }
      for (int row = 0; row < set.size(); row++) {
        int at = row;
        int label = set.classOf(row);
        double right = 0;
        for (Map.Entry<PluginId, double[][]> each : answers.entrySet()) {
          right += predictions.get(at).weights().get(each.getKey()) * each.getValue()[at][label];
        }
        losses.add(-Math.log(Math.max(right, 1e-12)));
      }
    }
    return losses.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** A plugin alone knows its own task; of another it is granted an even guess over all classes. */
  private double[] losses(PluginModule plugin) {
    List<Double> losses = new ArrayList<>();
    for (DistilledSet set : heldOut) {
      boolean own = memory.labelSpaces().of(plugin.id()).equals(set.labels());
      for (int row = 0; row < set.size(); row++) {
        double right =
            own
                ? runtime.run(plugin, set.inputs()).probabilities(row)[set.classOf(row)]
                : 1.0 / (Tasks.BREAST.size() + Tasks.LUNG.size());
        losses.add(-Math.log(Math.max(right, 1e-12)));
      }
    }
    return losses.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** One-sided p of a paired t-test that the first losses are lower. */
  private static double p(double[] first, double[] second) {
    int n = first.length;
    double mean = 0;
    for (int i = 0; i < n; i++) {
      mean += (second[i] - first[i]) / n;
    }
    double variance = 0;
    for (int i = 0; i < n; i++) {
      variance += Math.pow(second[i] - first[i] - mean, 2) / (n - 1);
    }
    double t = mean / Math.sqrt(variance / n);
    return 1 - new TDistribution(n - 1).cumulativeProbability(t);
  }

  @Example
  void theMemoryGateBeatsPublishedUniformAndEverySinglePlugin() {
    double[] gated = losses(Gate.memory(memory));
    List<PluginId> order =
        memory.plugins().plugins().stream().map(PluginModule::id).sorted().toList();
    assertThat(p(gated, losses(Gate.published(memory, order)))).isLessThan(0.001);
    assertThat(p(gated, losses(Gate.uniform()))).isLessThan(0.001);
    assertThat(p(gated, losses(Gate.fitted(memory)))).isLessThan(0.001);
    for (PluginModule plugin : memory.plugins().plugins()) {
      assertThat(p(gated, losses(plugin))).as(plugin.id().toString()).isLessThan(0.001);
    }
  }

  @Example
  void theMemorySaysWhichTaskThisIs() {
    MixtureModel model =
        Mixture.gatedBy(Gate.perTask(memory)).build().merge(memory.plugins()).value();
    int right = 0;
    int all = 0;
    for (DistilledSet set : heldOut) {
      for (MixedPrediction each : model.predictAll(runtime, set.inputs())) {
        assertThat(each.tasks()).containsOnlyKeys("breast", "lung");
        right += each.labels().orElseThrow().equals(set.labels()) ? 1 : 0;
        all++;
      }
    }
    assertThat((double) right / all).isGreaterThan(0.95);
  }

  @Example
  void anExplanationIsTheAnswerTakenApart() throws IOException {
    MixtureModel model =
        Mixture.gatedBy(Gate.memory(memory)).build().merge(memory.plugins()).value();
    DistilledSet set = heldOut.get(0);
    ModelInput one = Rows.select(set.inputs(), 0);
    Explanation why = model.explain(memory, runtime, one, 3);
    assertThat(why.prediction()).hasToString(model.predict(runtime, one).toString());
    assertThat(why.disagreement()).isBetween(0.0, 1.0);
    double shares = 0;
    for (Explanation.Opinion each : why.opinions()) {
      shares += each.share();
      assertThat(each.nearest()).hasSize(3);
      assertThat(each.nearest())
          .isSortedAccordingTo((a, b) -> Double.compare(a.distance(), b.distance()));
      boolean asked = each.labels().equals(set.labels());
      assertThat(each.probabilities()).hasSize(asked ? 2 : 0);
      if (asked) {
        assertThat(each.agreement())
            .isEqualTo(each.probabilities().get(why.prediction().predictedClass()));
      }
    }
    assertThat(shares).isCloseTo(1, within(1e-12));
    JsonNode json = new ObjectMapper().readTree(why.toJson());
    assertThat(json.path("opinions")).hasSize(4);
    assertThat(json.path("tasks").path("breast").asDouble())
        .isEqualTo(why.prediction().tasks().get("breast"));
    assertThat(json.path("opinions").get(0).path("nearest").get(0).path("distance").asDouble())
        .isEqualTo(why.opinions().get(0).nearest().get(0).distance());
  }

  @Example
  void beyondTheThresholdTheBaseAnswersAndSaysSo() {
    ConformalThreshold threshold = ConformalThreshold.ofMemory(memory, 0.2);
    Gate gate = Gate.memory(memory).then(Gate.abstain(threshold));
    MixtureModel model = Mixture.gatedBy(gate).build().merge(memory.plugins()).value();
    MixedPrediction far =
        model.predict(runtime, ModelInput.ofRows(new float[] {500, 500, -500, 500}));
    assertThat(far.abstained()).isTrue();
    assertThat(far.weights().values()).containsOnly(0.0);
    assertThat(far.labels()).isEmpty();
    assertThat(far.probabilities()).containsExactly(0.5, 0.5);
  }

  /** Over many draws of memory and new inputs alike, at most alpha are refused on average. */
  @Example
  void coverageHoldsOverManyDraws() {
    for (double alpha : new double[] {0.1, 0.3}) {
      int refused = 0;
      int all = 0;
      for (int draw = 0; draw < 60; draw++) {
        Tasks each = new Tasks(1000 + draw, 8, Tasks.BREAST, Tasks.BREAST);
        OutputMemory drawn = each.memory(runtime);
        Gate gate = Gate.uniform().then(Gate.abstain(ConformalThreshold.ofMemory(drawn, alpha)));
        MixtureModel model = Mixture.gatedBy(gate).build().merge(drawn.plugins()).value();
        Random random = new Random(draw);
        for (int centre = 0; centre < 2; centre++) {
          for (MixedPrediction answer :
              model.predictAll(runtime, each.set(random, centre, 10).inputs())) {
            refused += answer.abstained() ? 1 : 0;
            all++;
          }
        }
      }
      // 16 held out per draw: between alpha - 1/17 and alpha, give or take the draws' error.
      assertThat((double) refused / all).isBetween(alpha - 1.0 / 17 - 0.03, alpha + 0.03);
    }
  }
}
