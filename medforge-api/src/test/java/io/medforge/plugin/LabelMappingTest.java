package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LabelMappingTest {
  private static final LabelSpace FINE = LabelSpace.of("birads", "2", "4", "5");
  private static final LabelSpace COARSE = LabelSpace.of("finding", "suspicious", "benign");

  @Test
  void classesThatBecomeOneAddUp() {
    LabelMapping mapping =
        LabelMapping.of(FINE, COARSE, Map.of("2", "benign", "4", "suspicious", "5", "suspicious"));
    assertThat(mapping.indices()).containsExactly(1, 0, 0);
    assertThat(mapping.apply(new double[] {0.5, 0.25, 0.25})).containsExactly(0.5, 0.5);
    assertThatThrownBy(() -> mapping.apply(new double[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 probabilities");
  }

  @Test
  void everyClassNeedsACounterpart() {
    assertThatThrownBy(() -> LabelMapping.of(FINE, COARSE, Map.of("2", "benign")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"4\"");
    assertThatThrownBy(
            () ->
                LabelMapping.of(
                    FINE, COARSE, Map.of("2", "benign", "4", "unclear", "5", "suspicious")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"unclear\"");
    assertThatThrownBy(
            () -> LabelMapping.of(COARSE, FINE, Map.of("suspicious", "5", "benign", "2", "x", "2")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"x\"");
    assertThatThrownBy(() -> LabelMapping.of(FINE, FINE, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("twice");
  }
}
