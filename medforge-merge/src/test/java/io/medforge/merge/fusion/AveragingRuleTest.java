package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.Coefficients;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The extension point: what rules see, and what becomes of each kind of answer. */
class AveragingRuleTest {
  private static final LabelSpace LABELS = LabelSpace.of("tumour", "benign", "malignant");

  @Property(tries = 40)
  void everyAnswerInEverySpaceIsTheWeightedSum(
      @ForAll @IntRange(min = 1, max = 40) int d,
      @ForAll @IntRange(min = 1, max = 40) int k,
      @ForAll LowRankUpdate.Layout layout,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    PluginModule one = Plugins.module("one", Map.of("l", lowRank(random, d, k, 3, layout)));
    PluginModule two = Plugins.module("two", Map.of("l", lowRank(random, d, k, 2, layout)));
    Coefficients weights = Coefficients.perPlugin(Map.of(one.id(), 0.7, two.id(), -1.5));
    PluginSet set = PluginSet.of(one, two);
    Fusion.AverageBuilder mean = Fusion.average().coefficients(weights);
    double[][] expected = product(mean.build().merge(set));
    double norm = Dense.norm(expected);
    for (AveragingRule rule : List.of(AveragingRule.mean(), factored())) {
      double[][] twice = product(Fusion.by(rule.times(2)).coefficients(weights).build().merge(set));
      assertThat(Dense.distance(twice, Plugins.sum(expected, expected)))
          .isLessThanOrEqualTo(1e-6 * norm);
    }
    for (AveragingRule rule : List.of(AveragingRule.mean(), factored(), elements())) {
      DenseUpdate dense =
          (DenseUpdate)
              Fusion.by(rule)
                  .coefficients(weights)
                  .space(FusionSpace.DENSE)
                  .denseOutput()
                  .build()
                  .merge(set)
                  .value()
                  .updates()
                  .get("l");
      double[][] rows = rows(dense.delta(), layout);
      assertThat(Dense.distance(rows, expected)).isLessThanOrEqualTo(1e-6 * norm);
    }
  }

  @Test
  void taskArithmeticIsLambdaTimesTheSum() {
    SplittableRandom random = new SplittableRandom(5);
    PluginModule one = Plugins.module("one", Map.of("l", Plugins.dense(random, DType.F64, 5, 3)));
    PluginModule two = Plugins.module("two", Map.of("l", Plugins.dense(random, DType.F64, 5, 3)));
    Coefficients sum = Coefficients.perPlugin(Map.of(one.id(), 1.0, two.id(), 1.0));
    Merged<PluginModule> merged =
        Fusion.by(AveragingRule.taskArithmetic(0.5))
            .coefficients(sum)
            .build()
            .merge(PluginSet.of(one, two));
    double[] found = ((DenseUpdate) merged.value().updates().get("l")).delta().toDoubles();
    double[] a = ((DenseUpdate) one.updates().get("l")).delta().toDoubles();
    double[] b = ((DenseUpdate) two.updates().get("l")).delta().toDoubles();
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isCloseTo(0.5 * a[i] + 0.5 * b[i], within(1e-15));
    }
    assertThat(merged.record().strategy()).isEqualTo("fusion.task-arithmetic");
    assertThat(merged.record().parameters()).containsEntry("lambda", "0.5");
  }

  @Test
  void mergesHeadsByTheRuleOnlyIfItAveragesValues() {
    Replacement a = new Replacement(Tensor.of(Shape.of(2), 1f, 3f), LABELS);
    Replacement b = new Replacement(Tensor.of(Shape.of(2), 2f, 7f), LABELS);
    PluginModule one = Plugins.module("one", Map.of("head", a));
    PluginModule two = Plugins.module("two", Map.of("head", b));
    PluginSet set = PluginSet.of(one, two);
    assertThat(head(Fusion.by(new Largest(true)), set)).containsExactly(2, 7);
    assertThat(head(Fusion.by(new Largest(false)), set)).containsExactly(1.5, 5);
  }

  @Test
  void refusesSpacesOutputsAndSeedsByName() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.by(new Largest(true)).space(FusionSpace.FACTORS).build())
        .withMessageContainingAll("[dense]", "largest", "factors");
    assertThatIllegalStateException()
        .isThrownBy(
            () -> Fusion.by(AveragingRule.taskArithmetic(0.3)).space(FusionSpace.FACTORS).build())
        .withMessageContainingAll("[product, dense]", "task-arithmetic");
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.average().denseOutput().build())
        .withMessageContainingAll("denseOutput", "space product");
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.average().space(FusionSpace.DENSE).build())
        .withMessageContainingAll("a rank or denseOutput", "neither");
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.average().space(FusionSpace.DENSE).rank(Rank.full()).build())
        .withMessageContainingAll("another rank than full", "denseOutput");
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.average().space(FusionSpace.DENSE).rank(1).denseOutput().build())
        .withMessageContaining("both");
    assertThatIllegalStateException()
        .isThrownBy(() -> Fusion.average().seed(1).build())
        .withMessageContainingAll("no seed", "average", "found 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AveragingRule.taskArithmetic(Double.NaN))
        .withMessageContaining("lambda");
  }

  private static double[] head(Fusion.AverageBuilder fusion, PluginSet set) {
    Update head =
        fusion
            .space(FusionSpace.DENSE)
            .denseOutput()
            .build()
            .merge(set)
            .value()
            .updates()
            .get("head");
    return ((Replacement) head).tensor().toDoubles();
  }

  private static LowRankUpdate lowRank(
      SplittableRandom random, int d, int k, int r, LowRankUpdate.Layout layout) {
    LowRankUpdate update = Plugins.lowRank(random, DType.F32, d, k, r);
    return new LowRankUpdate(update.a(), update.b(), update.scaling(), layout);
  }

  private static double[][] product(Merged<PluginModule> merged) {
    return Plugins.product(merged.value().updates().get("l"), 1);
  }

  /** [d, k], whichever way the base stores it. */
  private static double[][] rows(Tensor delta, LowRankUpdate.Layout layout) {
    boolean turned = layout == LowRankUpdate.Layout.IN_OUT;
    int n = (int) delta.shape().dimension(turned ? 1 : 0);
    int m = (int) delta.shape().dimension(turned ? 0 : 1);
    double[] values = delta.toDoubles();
    double[][] rows = new double[n][m];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < m; j++) {
        rows[i][j] = turned ? values[j * n + i] : values[i * m + j];
      }
    }
    return rows;
  }

  /** The mean as singular vectors would give it. */
  private static AveragingRule factored() {
    return new Answering(
        layer -> {
          int total = 0;
          for (LayerUpdates.Member member : layer.members()) {
            total += (int) ((LowRankUpdate) member.update()).rank();
          }
          LowRankUpdate like = (LowRankUpdate) layer.members().get(0).update();
          double[][] left = new double[total][(int) like.out()];
          double[][] right = new double[total][(int) like.in()];
          double[] values = new double[total];
          int at = 0;
          for (LayerUpdates.Member member : layer.members()) {
            LowRankUpdate update = (LowRankUpdate) member.update();
            int r = (int) update.rank();
            LowRankFactors.readColumns(update.b(), left, at, r);
            LowRankFactors.readRows(update.a(), right, at, r);
            for (int j = at; j < at + r; j++) {
              values[j] = member.weight() * update.scaling();
            }
            at += r;
          }
          return new LayerAverage.Factored(left, right, values);
        });
  }

  /** The mean element by element. */
  private static AveragingRule elements() {
    return new Answering(
        layer ->
            new LayerAverage.Elements(
                new ComputedTensor(
                    layer.shape(), new SummedElements(layer.deltas(), layer.weights()))));
  }

  private record Answering(Function<LayerUpdates, LayerAverage> answer) implements AveragingRule {
    @Override
    public RuleDescription description() {
      return new RuleDescription(
          "answering",
          new TreeMap<>(),
          List.of(FusionSpace.PRODUCT, FusionSpace.DENSE),
          false,
          false);
    }

    @Override
    public LayerAverage average(LayerUpdates layer) {
      return answer.apply(layer);
    }
  }

  /** The plugin whose first value is the largest. */
  private record Largest(boolean values) implements AveragingRule {
    @Override
    public RuleDescription description() {
      return new RuleDescription(
          "largest", new TreeMap<>(), List.of(FusionSpace.DENSE), false, values);
    }

    @Override
    public LayerAverage average(LayerUpdates layer) {
      int best = 0;
      List<Tensor> deltas = layer.deltas();
      for (int i = 1; i < layer.size(); i++) {
        if (deltas.get(i).toDoubles()[0] > deltas.get(best).toDoubles()[0]) {
          best = i;
        }
      }
      return new LayerAverage.Elements(deltas.get(best));
    }
  }
}
