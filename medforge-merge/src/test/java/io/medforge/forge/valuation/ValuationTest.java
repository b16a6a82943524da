package io.medforge.forge.valuation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.forge.Contribution;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ValuationTest {
  private static final DistilledSet SET =
      DistilledSet.of(
          LabelSpace.of("tumour", "benign", "malignant"), ModelInput.ofRows(new float[] {1}), 1);

  private static Contribution of(String centre, double content) {
    PluginModule module =
        PluginModule.of(
            PluginId.parse(centre + "/x:1"),
            BaseModel.named("base"),
            Map.of("layer", new DenseUpdate(Tensor.of(Shape.of(1), new double[] {content}))),
            Provenance.unknown());
    return new Contribution(module, SET);
  }

  private static double content(PluginModule module) {
    return ((DenseUpdate) module.updates().get("layer")).delta().toDoubles()[0];
  }

  /** Equal contents are copies. */
  private static double similarity(PluginModule one, PluginModule other) {
    return content(one) == content(other) ? 1 : 0;
  }

  private static List<Player> players(List<Contribution> contributions) {
    return Players.of(contributions, ValuationTest::similarity, 0.99);
  }

  private static Set<Integer> contents(List<Contribution> coalition) {
    Set<Integer> contents = new TreeSet<>();
    coalition.forEach(each -> contents.add((int) content(each.module())));
    return contents;
  }

  /** The reference's golden game; one task, one example. */
  private static double[][] golden(List<Contribution> coalition) {
    Map<Set<Integer>, Double> game =
        Map.of(
            Set.of(),
            .5,
            Set.of(1),
            .7,
            Set.of(2),
            .7,
            Set.of(3),
            .6,
            Set.of(1, 2),
            .72,
            Set.of(1, 3),
            .8,
            Set.of(2, 3),
            .8,
            Set.of(1, 2, 3),
            .82);
    return new double[][] {{game.get(contents(coalition))}};
  }

  @Example
  void goldenValues() {
    List<Player> three = players(List.of(of("a", 1), of("b", 2), of("c", 3)));
    List<Value> values = Valuation.of(three, ValuationTest::golden, 1, 1).values();
    assertThat(values).extracting(Value::player).containsExactly("a", "b", "c");
    assertThat(values.get(0).shapley()).isCloseTo(.11, within(1e-12));
    assertThat(values.get(1).shapley()).isCloseTo(.11, within(1e-12));
    assertThat(values.get(2).shapley()).isCloseTo(.10, within(1e-12));
    assertThat(values.get(0).leaveOneOut()).isCloseTo(.02, within(1e-12));
    assertThat(values.get(2).leaveOneOut()).isCloseTo(.10, within(1e-12));
  }

  /** Any game: a score per task, example and coalition, drawn from a seed. */
  private static CoalitionScores random(long seed) {
    return coalition -> {
      Random random = new Random(31 * seed + contents(coalition).hashCode());
      double[][] scores = new double[2][];
      scores[0] = random.doubles(7).toArray();
      scores[1] = random.doubles(3).toArray();
      return scores;
    };
  }

  private static double value(double[][] scores) {
    double sum = 0;
    for (double[] task : scores) {
      for (double score : task) {
        sum += score / task.length / scores.length;
      }
    }
    return sum;
  }

  private static List<Contribution> centres(int n) {
    List<Contribution> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      all.add(of("centre-" + (char) ('a' + i), i + 1));
    }
    return all;
  }

  @Property(tries = 30)
  void valuesSumToTheWholeAndOrderNeverMatters(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 7) int n) {
    List<Contribution> all = centres(n);
    CoalitionScores game = random(seed);
    List<Value> values = Valuation.of(players(all), game, 5, 3).values();
    double whole = value(game.of(all)) - value(game.of(List.of()));
    assertThat(values.stream().mapToDouble(Value::shapley).sum()).isCloseTo(whole, within(1e-9));
    for (Value each : values) {
      assertThat(each.low()).isLessThanOrEqualTo(each.high());
      assertThat(each.samplingError()).isZero();
    }
    List<Contribution> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, new Random(seed));
    assertThat(Valuation.of(players(shuffled), game, 5, 3).values()).isEqualTo(values);
  }

  /** Beyond twelve players the sampled values approach what an additive game makes exact. */
  @Example
  void sampledValuesSumToTheWholeAndAreNearTheTruth() {
    List<Contribution> all = centres(14);
    CoalitionScores game =
        coalition -> {
          double linear = contents(coalition).stream().mapToInt(Integer::intValue).sum() / 1000.0;
          int n = coalition.size();
          return new double[][] {{linear + n * n / 1000.0, linear}};
        };
    List<Value> values = Valuation.of(players(all), game, 5, 200).values();
    double whole = value(game.of(all)) - value(game.of(List.of()));
    assertThat(values.stream().mapToDouble(Value::shapley).sum()).isCloseTo(whole, within(1e-9));
    for (int i = 0; i < 14; i++) {
      double truth = (i + 1) / 1000.0 + 14 * 14 / 1000.0 / 2 / 14;
      assertThat(values.get(i).shapley())
          .isCloseTo(truth, within(4 * values.get(i).samplingError() + 1e-9));
    }
    assertThat(Valuation.of(players(all), game, 5, 200).values()).isEqualTo(values);
  }

  /** Under two names, or twice under one: in sum no more than once. */
  @Property(tries = 30)
  void splittingDoesNotPay(@ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int n) {
    CoalitionScores game = random(seed);
    List<Contribution> honest = centres(n);
    List<Value> before = Valuation.of(players(honest), game, 5, 1).values();
    List<Contribution> split = new ArrayList<>(honest);
    split.add(of("sybil", 1));
    List<Value> after = Valuation.of(players(split), game, 5, 1).values();
    assertThat(after).hasSameSizeAs(before);
    Value joint =
        after.stream().filter(each -> each.player().contains("sybil")).findFirst().orElseThrow();
    assertThat(joint.player()).isEqualTo("centre-a+sybil");
    assertThat(joint.shapley()).isEqualTo(before.get(0).shapley());
    assertThat(joint.byCentre().values().stream().mapToDouble(Double::doubleValue).sum())
        .isCloseTo(before.get(0).shapley(), within(1e-12));
    assertThat(joint.byCentre().get("sybil")).isEqualTo(joint.byCentre().get("centre-a"));
  }

  @Example
  void oneCentreIsOnePlayerWithAllItsWork() {
    PluginModule second =
        PluginModule.of(
            PluginId.parse("a/y:1"),
            BaseModel.named("base"),
            of("z", 9).module().updates(),
            Provenance.unknown());
    List<Player> players = players(List.of(of("a", 1), new Contribution(second, SET), of("b", 2)));
    assertThat(players).hasSize(2);
    assertThat(players.get(0).contributions()).hasSize(2);
    assertThat(players.get(0).owners()).containsEntry("a", 2);
  }

  @Example
  void scoresKeepTheirShape() {
    List<Player> two = players(centres(2));
    CoalitionScores changing = coalition -> new double[][] {new double[1 + coalition.size()]};
    assertThatThrownBy(() -> Valuation.of(two, changing, 1, 1).values())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected scores of tasks");
    assertThatThrownBy(
            () -> Valuation.of(two, each -> new double[][] {{Double.NaN}}, 1, 1).values())
        .hasMessageContaining("finite");
  }
}
