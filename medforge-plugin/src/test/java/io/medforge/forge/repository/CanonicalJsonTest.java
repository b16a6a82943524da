package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.MalformedPluginException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalJsonTest {
  @Test
  void oneValueOneText() {
    assertThat(CanonicalJson.text(Map.of("b", List.of(1L, true, 0.5), "a", "x\n\u0000\"\\/é")))
        .isEqualTo("{\"a\":\"x\\n\\u0000\\\"\\\\/é\",\"b\":[1,true,0.5]}");
  }

  @Property(tries = 300)
  void everyDoubleComesBackBitForBit(@ForAll double number) {
    byte[] bytes = CanonicalJson.bytes(List.of(number));
    assertThat(CanonicalJson.parse(bytes, "test")).isEqualTo(List.of(number));
  }

  @Property(tries = 300)
  void everyTextComesBackOrIsRefused(@ForAll String text) {
    boolean spelled =
        text.equals(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    if (spelled) {
      assertThat(CanonicalJson.parse(CanonicalJson.bytes(text), "test")).isEqualTo(text);
    } else {
      assertThatIllegalArgumentException().isThrownBy(() -> CanonicalJson.bytes(text));
    }
  }

  @Property(tries = 500)
  void anyBytesAreAValueOrRefused(@ForAll byte[] bytes) {
    try {
      assertThat(CanonicalJson.bytes(CanonicalJson.parse(bytes, "test"))).isEqualTo(bytes);
    } catch (MalformedPluginException e) {
      assertThat(e).hasMessageContaining("at test");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " 1", "1 ", "1 2", "{\"a\":1,\"a\":1}", "{\"b\":1,\"a\":1}", "[1, 2]", "null", "[null]",
        "NaN", "1e400", "99999999999999999999", "-0", "1.50", "\"\\u0041\"", "{", "[1", "// x\n1",
        "'a'", "01", "\"\\ud83d\"", "{\"\\udc00\":1}"
      })
  void anotherFormIsRefused(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> CanonicalJson.parse(bytes, "test"))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("at test");
  }

  @Test
  void deepNestingIsRefusedNotOverflowed() {
    byte[] bytes = "[".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> CanonicalJson.parse(bytes, "test"))
        .isInstanceOf(MalformedPluginException.class);
  }
}
