package io.medforge.study.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.study.Answers;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class QuantityTest {
  @Test
  void byHand() {
    // Two with the finding (class 0), one without.
    Answers answers = Answers.of(new int[] {0, 0, 1}, new double[] {0.9, 0.4, 0.2});
    assertThat(Quantity.ACCURACY.of(answers)).isEqualTo(2.0 / 3);
    assertThat(Quantity.AUC.of(answers)).isEqualTo(1);
    assertThat(Quantity.BALANCED_ACCURACY.of(answers)).isEqualTo((0.5 + 1) / 2);
    assertThat(Quantity.BRIER.of(answers)).isCloseTo((0.01 + 0.36 + 0.04) / 3, within(1e-15));
    // Three bins of one patient each: |0.9 - 1|, |0.4 - 1|, |0.2 - 0|.
    assertThat(Quantity.CALIBRATION_ERROR.of(answers)).isCloseTo(0.9 / 3, within(1e-15));
  }

  @Test
  void patientsOfOneClassHaveNoAucAndTheOneRate() {
    Answers answers = Answers.of(new int[] {0, 0}, new double[] {1, 0});
    assertThat(Quantity.AUC.of(answers)).isNaN();
    assertThat(Quantity.BALANCED_ACCURACY.of(answers)).isEqualTo(0.5);
    Answers healthy = Answers.of(new int[] {1}, new double[] {0});
    assertThat(Quantity.BALANCED_ACCURACY.of(healthy)).isEqualTo(1);
  }

  @Property
  void calibrationErrorIsAtMostTheMeanErrorAndBothLieBetween0And1(
      @ForAll @Size(min = 1, max = 30) List<@DoubleRange(min = 0, max = 1) Double> scores,
      @ForAll @Size(30) List<Boolean> findings) {
    int[] classes = new int[scores.size()];
    double meanError = 0;
    for (int i = 0; i < classes.length; i++) {
      classes[i] = findings.get(i) ? 0 : 1;
      meanError += Math.abs(scores.get(i) - (findings.get(i) ? 1 : 0)) / classes.length;
    }
    Answers answers =
        Answers.of(classes, scores.stream().mapToDouble(Double::doubleValue).toArray());
    assertThat(Quantity.CALIBRATION_ERROR.of(answers)).isBetween(0.0, meanError + 1e-12);
    assertThat(Quantity.BRIER.of(answers)).isBetween(0.0, meanError + 1e-12);
  }
}
