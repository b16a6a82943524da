package io.medforge.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;

class OutputsTest {
  @Property
  void softmaxIsADistributionForAnyLogits(
      @ForAll @Size(min = 1, max = 8)
          List<@FloatRange(min = -Float.MAX_VALUE, max = Float.MAX_VALUE) Float> drawn) {
    float[] logits = new float[drawn.size()];
    for (int c = 0; c < logits.length; c++) {
      logits[c] = drawn.get(c);
    }
    double[] probabilities = Outputs.ofLogits(1, logits.length, logits).probabilities(0);
    double sum = 0;
    int highest = 0;
    for (int c = 0; c < logits.length; c++) {
      assertThat(probabilities[c]).isBetween(0.0, 1.0);
      sum += probabilities[c];
      highest = logits[c] > logits[highest] ? c : highest;
    }
    assertThat(sum).isCloseTo(1, within(1e-12));
    for (double probability : probabilities) {
      assertThat(probability).isLessThanOrEqualTo(probabilities[highest]);
    }
  }

  @Example
  void softmaxOfKnownLogits() {
    Outputs outputs = Outputs.ofLogits(3, 2, new float[] {0, 0, 3e38f, -3e38f, 1, 2});
    assertThat(outputs.probabilities(0)).containsExactly(0.5, 0.5);
    assertThat(outputs.probabilities(1)).containsExactly(1, 0);
    double second = 1 / (1 + StrictMath.exp(-1));
    assertThat(outputs.probabilities(2)[1]).isCloseTo(second, within(1e-15));
    assertThat(outputs.logit(2, 1)).isEqualTo(2);
    assertThat(outputs.logits(2)).containsExactly(1, 2);
  }

  @Example
  void logitsMustFitAndBeFinite() {
    assertThatThrownBy(() -> Outputs.ofLogits(2, 2, new float[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected logits [2, 2], found 3 values");
    assertThatThrownBy(() -> Outputs.ofLogits(0, 2, new float[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Outputs.ofLogits(1 << 16, 1 << 16, new float[0]))
        .isInstanceOf(IllegalArgumentException.class);
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      assertThatThrownBy(() -> Outputs.ofLogits(2, 2, new float[] {1, 2, 3, bad}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("row 1, class 1")
          .hasMessageContaining(Float.toString(bad));
    }
  }

  @Example
  void isImmutableAndKeepsToItsRows() {
    float[] given = {1, 2, 3, 4};
    Outputs outputs = Outputs.ofLogits(2, 2, given);
    given[0] = 9;
    outputs.logits(0)[0] = 9;
    outputs.probabilities(0)[0] = 9;
    assertThat(outputs.logits(0)).containsExactly(1, 2);
    assertThatThrownBy(() -> outputs.logit(0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> outputs.logit(2, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> outputs.logits(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> outputs.probabilities(2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
