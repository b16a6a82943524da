package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TensorBundleTest {
  private static final Tensor ONE = Tensor.of(Shape.of(1), 1f);

  @Test
  void theDigestIsOfContent() {
    TensorBundle bundle = TensorBundle.of(Map.of("a", ONE), Map.of("k", "v"));
    assertThat(bundle).isEqualTo(TensorBundle.of(Map.of("a", ONE), Map.of("k", "v")));
    assertThat(bundle)
        .isNotEqualTo(TensorBundle.of(Map.of("b", ONE), Map.of("k", "v")))
        .isNotEqualTo(TensorBundle.of(Map.of("a", ONE), Map.of("k", "w")))
        .isNotEqualTo(TensorBundle.of(Map.of("a", ONE), Map.of()))
        .isNotEqualTo(TensorBundle.of(Map.of("a", Tensor.of(Shape.of(1), 1.0)), Map.of("k", "v")));
  }

  @Test
  void whatIsMissingIsNamed() {
    TensorBundle bundle = TensorBundle.of(Map.of("a", ONE), Map.of());
    assertThatThrownBy(() -> bundle.tensor("b"))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessage("expected tensor \"b\", found none, at a tensor bundle");
    assertThatThrownBy(() -> bundle.text("k"))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("metadata \"k\"");
  }

  @Test
  void namesAreOneLine() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorBundle.of(Map.of("a\nb", ONE), Map.of()))
        .withMessageContaining("\"a?b\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorBundle.of(Map.of(), Map.of(" ", "v")));
  }
}
