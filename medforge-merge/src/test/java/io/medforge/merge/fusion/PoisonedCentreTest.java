package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Seven honest centres and one that is not. Honest updates are a common signal and each centre's
 * own deviation of half its size; an error is the distance of the merge from the honest mean, in
 * units of the honest mean's norm. Plain mean of the honest: 0.
 */
class PoisonedCentreTest {
  private static final int HONEST = 7;
  private static final int D = 24;
  private static final int K = 18;
  private static final int R = 4;

  /** What the hostile centre sends, given the others' signal. */
  enum Attack {
    SIGN_FLIPPED,
    SCALED_100,
    RANDOM,
    SUBTLE
  }

  /** A rule, and the error it may make under attack and when all are honest. */
  record Defence(String name, AveragingRule rule, double underAttack, double allHonest) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Defence> defences() {
    return Stream.of(
        new Defence("GEOMETRIC_MEDIAN", GramRule.geometricMedian().perLayer(), 0.10, 0.05),
        new Defence("KRUM", GramRule.krum(1).perLayer(), 0.50, 0.50),
        new Defence("MULTI_KRUM", GramRule.multiKrum(1, 5).perLayer(), 0.18, 0.18),
        new Defence("NORM_CLIPPING", GramRule.normClipping().perLayer(), 0.33, 0.03),
        new Defence("CENTRED_CLIPPING", GramRule.centredClipping().perLayer(), 0.10, 0.03),
        new Defence("COORDINATE_MEDIAN", AveragingRule.coordinateMedian(), 0.20, 0.18),
        new Defence("TRIMMED_MEAN", AveragingRule.trimmedMean(1), 0.18, 0.10));
  }

  @ParameterizedTest
  @MethodSource("defences")
  void withstandsAttacksThatStandOut(Defence defence) {
    for (Attack attack : List.of(Attack.SIGN_FLIPPED, Attack.SCALED_100, Attack.RANDOM)) {
      for (long seed = 1; seed <= 5; seed++) {
        List<PluginModule> centres = honest(seed);
        double[][] mean = mean(centres);
        centres.add(hostile(attack, seed));
        assertThat(error(merge(defence.rule, centres), mean))
            .as(attack + ", seed " + seed)
            .isLessThan(defence.underAttack);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("defences")
  void costsWhatItCostsWhenAllAreHonest(Defence defence) {
    for (long seed = 1; seed <= 5; seed++) {
      List<PluginModule> centres = honest(seed);
      assertThat(error(merge(defence.rule, centres), mean(centres)))
          .as("seed " + seed)
          .isLessThan(defence.allHonest);
    }
  }

  /** What looks honest enters at about its share, 1/8, or not at all; only Krum may fall for it. */
  @ParameterizedTest
  @MethodSource("defences")
  void boundsASubtleAttackWithoutSeeingIt(Defence defence) {
    for (long seed = 1; seed <= 5; seed++) {
      List<PluginModule> centres = honest(seed);
      double[][] mean = mean(centres);
      centres.add(hostile(Attack.SUBTLE, seed));
      double[][] target = Plugins.product(stacked(seed, 0, new SplittableRandom(-seed), 0.5), 1);
      double[][] merged = merge(defence.rule, centres);
      double leak = (inner(merged, target) - inner(mean, target)) / inner(target, target);
      boolean selects = defence.name.endsWith("KRUM");
      assertThat(leak)
          .as("seed " + seed)
          .isBetween(selects ? -0.15 : 0.02, defence.name.equals("KRUM") ? 1.15 : 0.28);
    }
  }

  @Test
  void theMeanWithstandsNothing() {
    for (Map.Entry<Attack, Double> least :
        Map.of(Attack.SIGN_FLIPPED, 0.2, Attack.SCALED_100, 10.0, Attack.RANDOM, 0.15).entrySet()) {
      List<PluginModule> centres = honest(1);
      double[][] mean = mean(centres);
      centres.add(hostile(least.getKey(), 1));
      assertThat(error(merge(AveragingRule.mean(), centres), mean))
          .as(least.getKey().toString())
          .isGreaterThan(least.getValue());
    }
  }

  private static List<PluginModule> honest(long seed) {
    List<PluginModule> centres = new ArrayList<>();
    for (int i = 0; i < HONEST; i++) {
      centres.add(Plugins.module("honest" + i, Map.of("l", honestUpdate(seed, i))));
    }
    return centres;
  }

  /** The signal of rank R beside a deviation of rank R and half the size. */
  private static LowRankUpdate honestUpdate(long seed, int centre) {
    return stacked(seed, 1, new SplittableRandom(1000 * seed + centre), 0.5);
  }

  private static LowRankUpdate stacked(
      long seed, double signal, SplittableRandom own, double deviation) {
    SplittableRandom common = new SplittableRandom(seed);
    double[] b = new double[D * 2 * R];
    double[] a = new double[2 * R * K];
    for (int i = 0; i < D; i++) {
      for (int j = 0; j < R; j++) {
        b[i * 2 * R + j] = signal * common.nextGaussian();
        b[i * 2 * R + R + j] = deviation * own.nextGaussian();
      }
    }
    for (int t = 0; t < R * K; t++) {
      a[t] = common.nextGaussian();
      a[R * K + t] = own.nextGaussian();
    }
    return new LowRankUpdate(Tensor.of(Shape.of(2 * R, K), a), Tensor.of(Shape.of(D, 2 * R), b), 1);
  }

  private static PluginModule hostile(Attack attack, long seed) {
    SplittableRandom own = new SplittableRandom(-seed);
    Update update =
        switch (attack) {
          case SIGN_FLIPPED -> stacked(seed, -1, own, 0.5);
          case SCALED_100 -> stacked(seed, -100, own, 50);
          case RANDOM -> Plugins.lowRank(own, DType.F64, D, K, 2 * R);
          // The signal, and a target of its own in place of an honest deviation, of the same size.
          case SUBTLE -> stacked(seed, 1, own, 0.5);
        };
    return Plugins.module("hostile", Map.of("l", update));
  }

  private static double[][] merge(AveragingRule rule, List<PluginModule> centres) {
    Fusion.AverageBuilder builder = Fusion.by(rule).outputType(DType.F64);
    boolean dense = rule.description().spaces().get(0) == FusionSpace.DENSE;
    PluginModule merged =
        (dense ? builder.denseOutput() : builder).build().merge(PluginSet.of(centres)).value();
    Update update = merged.updates().get("l");
    return dense ? rows(update) : Plugins.product(update, 1);
  }

  private static double[][] rows(Update update) {
    double[] values = ((DenseUpdate) update).delta().toDoubles();
    double[][] rows = new double[D][K];
    for (int i = 0; i < D; i++) {
      System.arraycopy(values, i * K, rows[i], 0, K);
    }
    return rows;
  }

  private static double[][] mean(List<PluginModule> centres) {
    return centres.stream()
        .map(centre -> Plugins.product(centre.updates().get("l"), 1.0 / centres.size()))
        .reduce(Plugins::sum)
        .orElseThrow();
  }

  private static double inner(double[][] one, double[][] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      for (int j = 0; j < one[i].length; j++) {
        sum += one[i][j] * other[i][j];
      }
    }
    return sum;
  }

  private static double error(double[][] merged, double[][] mean) {
    return Dense.distance(merged, mean) / Dense.norm(mean);
  }
}
