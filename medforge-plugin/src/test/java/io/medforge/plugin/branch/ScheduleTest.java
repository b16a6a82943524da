package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  /** Against get_linear_ and get_cosine_schedule_with_warmup of transformers 5.23.0. */
  @Test
  void equalsTransformers() {
    double[] linear = {0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125};
    double[] cosine = {
      0,
      0.5,
      1,
      0.9619397662556434,
      0.8535533905932737,
      0.6913417161825449,
      0.5,
      0.3086582838174551,
      0.14644660940672627,
      0.03806023374435663
    };
    for (int step = 0; step < 10; step++) {
      assertThat(Schedule.linear().warmUp(2).factor(step, 10)).isEqualTo(linear[step]);
      assertThat(Schedule.cosine().warmUp(2).factor(step, 10))
          .isCloseTo(cosine[step], within(1e-15));
      assertThat(Schedule.constant().warmUp(2).factor(step, 10)).isEqualTo(Math.min(1, step / 2.0));
    }
  }

  @Property(tries = 200)
  void neverRisesAfterTheWarmUpNorLeavesItsRange(
      @ForAll @IntRange(min = 1, max = 500) int steps, @ForAll @IntRange(max = 600) int warmUp) {
    for (Schedule schedule :
        new Schedule[] {Schedule.constant(), Schedule.linear(), Schedule.cosine()}) {
      double before = 1;
      for (int step = 0; step < steps; step++) {
        double factor = schedule.warmUp(warmUp).factor(step, steps);
        assertThat(factor).isBetween(0.0, 1.0);
        if (step >= warmUp) {
          assertThat(factor).isLessThanOrEqualTo(before);
          before = factor;
        }
      }
    }
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> Schedule.linear().warmUp(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> Optimizer.sgd(1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ClassWeights.of(1, 0)).hasMessageContaining("class 1");
    assertThatThrownBy(() -> TrainingOptions.seeded(1).clipNorm(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TrainingOptions.seeded(1).validationShare(1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> TrainingOptions.seeded(1).schedule(Schedule.linear()).schedule(Schedule.cosine()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("linear");
  }
}
