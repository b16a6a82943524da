package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class DistilledLossTest {
  private final Hospitals hospitals = Hospitals.trained(11, 3);
  private final ModelRuntime runtime = Hospitals.runtime();

  @Property(tries = 30)
  void isTheMeanCrossEntropyOfTheFusionAndTheMeanMagnitude(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<PluginId, Double> weights = new TreeMap<>();
    hospitals.order().forEach(id -> weights.put(id, random.nextDouble(-1.5, 1.5)));
    Coefficients w = Coefficients.perPlugin(weights);
    double[][] sum = new double[Hospitals.CLASSES][Hospitals.FEATURES];
    double magnitude = 0;
    for (PluginModule module : hospitals.modules()) {
      double weight = w.of(module.id(), Hospitals.LAYER);
      sum = Plugins.sum(sum, Plugins.product(module.updates().get(Hospitals.LAYER), weight));
      magnitude += Math.abs(weight) / 3;
    }
    double expected = 0.2 * magnitude;
    for (DistilledSet set : hospitals.sets().values()) {
      expected += crossEntropy(sum, set) / 3;
    }
    DistilledLoss loss =
        DistilledLoss.of(hospitals.plugins(), hospitals.sets(), runtime).lambda(0.2).build();
    assertThat(loss.loss(w)).isCloseTo(expected, within(1e-5 * expected));
    Coefficients.PerPlugin flat = Coefficients.perPlugin(weights);
    assertThat(loss.loss(Coefficients.perLayer(Map.of(Hospitals.LAYER, flat))))
        .isEqualTo(loss.loss(w));
  }

  @Example
  void theDefaultLambdaIsTwentieth() {
    Coefficients w = Coefficients.uniform(hospitals.plugins());
    double bare =
        DistilledLoss.of(hospitals.plugins(), hospitals.sets(), runtime).lambda(0).build().loss(w);
    double usual = DistilledLoss.of(hospitals.plugins(), hospitals.sets(), runtime).build().loss(w);
    assertThat(usual - bare).isCloseTo(0.05 / 3, within(1e-12));
  }

  @Example
  void theOrderOfArrivalChangesNoBit() {
    List<PluginModule> reversed = new ArrayList<>(hospitals.modules());
    Collections.reverse(reversed);
    Merged<PluginModule> one = fusion().merge(hospitals.plugins());
    Merged<PluginModule> other = fusion().merge(PluginSet.of(reversed));
    assertThat(other.value().digest()).isEqualTo(one.value().digest());
    assertThat(other.record()).isEqualTo(one.record());
  }

  @Example
  void theRecordSaysHowTheCoefficientsWereFound() {
    Merged<PluginModule> fused = fusion().merge(hospitals.plugins());
    Map<String, String> parameters = fused.record().parameters();
    assertThat(fused.record().strategy()).isEqualTo("fusion.search");
    assertThat(fused.record().seed()).hasValue(3);
    assertThat(parameters)
        .containsEntry("search-budget", "30")
        .containsEntry("search-bounds", "-1.5 1.5")
        .containsEntry("search-optimiser", "bobyqa")
        .containsEntry("search-granularity", "plugin")
        .containsEntry("search-lambda", "0.05")
        .containsEntry("rank", "2");
    hospitals
        .sets()
        .forEach(
            (id, set) ->
                assertThat(parameters).containsEntry("distilled." + id, set.digest().toString()));
    double start = Double.parseDouble(parameters.get("search-loss-at-start"));
    double end = Double.parseDouble(parameters.get("search-loss"));
    DistilledLoss loss = loss(hospitals.plugins());
    assertThat(end).isLessThan(start);
    assertThat(loss.loss(fused.record().coefficients().orElseThrow())).isEqualTo(end);
    assertThat(fused.record().result()).isEqualTo(fused.value().digest());
  }

  @Example
  void refusesByName() {
    Map<PluginId, DistilledSet> fewer = new TreeMap<>(hospitals.sets());
    fewer.remove(hospitals.order().get(1));
    assertThatThrownBy(() -> DistilledLoss.of(hospitals.plugins(), fewer, runtime))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected distilled sets for")
        .hasMessageContaining("hospital-1");
    Map<PluginId, DistilledSet> mixed = new TreeMap<>(hospitals.sets());
    mixed.put(hospitals.order().get(2), set(LabelSpace.of("other", "a", "b", "c")));
    assertThatThrownBy(() -> DistilledLoss.of(hospitals.plugins(), mixed, runtime))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("label space")
        .hasMessageContaining("hospital-2");
    Map<PluginId, DistilledSet> wide = new TreeMap<>();
    hospitals.order().forEach(id -> wide.put(id, set(LabelSpace.of("w", "a", "b", "c", "d"))));
    DistilledLoss four = DistilledLoss.of(hospitals.plugins(), wide, runtime).build();
    assertThatThrownBy(() -> four.loss(Coefficients.uniform(hospitals.plugins())))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("expected logits [1, 4]")
        .hasMessageContaining("found [1, 3]");
    Update head = new Replacement(Tensor.of(Shape.of(1), 1f), LabelSpace.of("grade", "low"));
    PluginModule headed =
        PluginModule.of(
            hospitals.order().get(0),
            hospitals.modules().get(0).base(),
            Map.of("head", head),
            Provenance.unknown());
    assertThatThrownBy(() -> DistilledLoss.of(PluginSet.of(headed), Map.of(), runtime))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("found a replacement")
        .hasMessageContaining("layer head");
    assertThatThrownBy(
            () -> DistilledLoss.of(hospitals.plugins(), hospitals.sets(), runtime).lambda(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void doubleSoftmaxConfinesTheLossOfTwoClasses() {
    Outputs sure = Outputs.ofLogits(1, 2, new float[] {50, -50});
    LabelSpace two = LabelSpace.of("two", "a", "b");
    ModelInput input = ModelInput.ofRows(new float[] {0});
    DistilledSet right = DistilledSet.of(two, input, 0);
    DistilledSet wrong = DistilledSet.of(two, input, 1);
    assertThat(CrossEntropy.ofProbabilities(sure, right)).isCloseTo(0.3133, within(1e-4));
    assertThat(CrossEntropy.ofProbabilities(sure, wrong)).isCloseTo(1.3133, within(1e-4));
    assertThat(CrossEntropy.ofLogits(sure, right)).isCloseTo(0, within(1e-12));
    assertThat(CrossEntropy.ofLogits(sure, wrong)).isCloseTo(100, within(1e-12));
  }

  private DistilledLoss loss(PluginSet plugins) {
    return DistilledLoss.of(plugins, hospitals.sets(), runtime).rank(Rank.of(2)).build();
  }

  private MergeStrategy<PluginModule> fusion() {
    return CoefficientSearch.perPlugin(30, 3).build().fusion(this::loss);
  }

  private static DistilledSet set(LabelSpace labels) {
    return DistilledSet.of(labels, ModelInput.ofRows(new float[Hospitals.FEATURES]), 0);
  }

  private static double crossEntropy(double[][] w, DistilledSet set) {
    double[] x = set.inputs().values().toDoubles();
    double mean = 0;
    for (int n = 0; n < set.size(); n++) {
      double sum = 0;
      double own = 0;
      for (int c = 0; c < w.length; c++) {
        double score = 0;
        for (int k = 0; k < w[c].length; k++) {
          score += w[c][k] * x[n * w[c].length + k];
        }
        sum += Math.exp(score);
        own = c == set.classOf(n) ? score : own;
      }
      mean += (Math.log(sum) - own) / set.size();
    }
    return mean;
  }
}
