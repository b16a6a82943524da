package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BaseModelTest {
  private static final Digest ONE = Digest.of(new byte[] {1});
  private static final Digest TWO = Digest.of(new byte[] {2});

  @Test
  void digestsDecideWhereBothAreKnown() {
    assertThat(BaseModel.of("clip", ONE).matches(BaseModel.of("renamed", ONE))).isTrue();
    assertThat(BaseModel.of("clip", ONE).matches(BaseModel.of("clip", TWO))).isFalse();
  }

  @Test
  void namesDecideWhereADigestIsUnknown() {
    assertThat(BaseModel.of("clip", ONE).matches(BaseModel.named("clip"))).isTrue();
    assertThat(BaseModel.named("clip").matches(BaseModel.of("clip", ONE))).isTrue();
    assertThat(BaseModel.named("clip").matches(BaseModel.named("clip"))).isTrue();
    assertThat(BaseModel.named("clip").matches(BaseModel.of("bert", ONE))).isFalse();
  }

  @Test
  void matchingIsNotEquality() {
    assertThat(BaseModel.named("clip")).isNotEqualTo(BaseModel.of("clip", ONE));
    assertThat(BaseModel.of("clip", ONE))
        .isEqualTo(BaseModel.of("clip", ONE))
        .hasSameHashCodeAs(BaseModel.of("clip", ONE));
    assertThat(BaseModel.named("clip")).hasToString("clip (digest unknown)");
  }

  @Test
  void namesAreOneLine() {
    for (String name : List.of("", "  ", "a\nb", "a\u0000", "x".repeat(1025))) {
      assertThatThrownBy(() -> BaseModel.named(name))
          .isInstanceOf(IllegalArgumentException.class)
          .message()
          .doesNotContainPattern("\\p{Cntrl}")
          .hasSizeLessThan(300);
    }
    assertThat(BaseModel.named("openai/clip-vit-base-patch32").name()).contains("clip");
  }

  @Test
  void theDigestOfParametersIsFreeOfTheMapsOrder() {
    SortedMap<String, Tensor> up = new TreeMap<>();
    up.put("a", Modules.filled(1, 2));
    up.put("b", Modules.filled(2, 2));
    SortedMap<String, Tensor> down = new TreeMap<>(Comparator.reverseOrder());
    down.putAll(up);
    assertThat(BaseModel.digestOf(down)).isEqualTo(BaseModel.digestOf(up));
    down.put("b", Modules.filled(3, 2));
    assertThat(BaseModel.digestOf(down)).isNotEqualTo(BaseModel.digestOf(up));
  }
}
