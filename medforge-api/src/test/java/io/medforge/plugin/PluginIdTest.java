package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PluginIdTest {
  @Test
  void isReadAsWritten() {
    PluginId id = PluginId.parse("st-anna/lung:2.1.0");
    assertThat(id).isEqualTo(new PluginId("st-anna", "lung", "2.1.0"));
    assertThat(id).hasToString("st-anna/lung:2.1.0");
    assertThat(PluginId.parse("A/_b".replace("_", "x_") + ":0-rc.1").version()).isEqualTo("0-rc.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a/b",
        "a:b",
        "/b:c",
        "a/:c",
        "a/b:",
        "a/b:c:d",
        "a/b/c:d",
        "a/b:c\n",
        "a\n/b:c",
        "\na/b:c",
        "a/b:c\r\nforged: line",
        "a/b:c\u0000",
        "a/b:\u2028c",
        "a/b:\u202Ec",
        "../b:c",
        "a/..:c",
        "a/b..c:1",
        "a/b.:1",
        "a/b:1.",
        "a/b.lock:1",
        "a/-b:1",
        "a/.b:1",
        "a/b c:1",
        "a/b:~1",
        "\u00e4/b:1",
        "\uFF41/b:1",
        "a\\b/c:1"
      })
  void refusesHostileTextOnOneLine(String text) {
    assertThatThrownBy(() -> PluginId.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("expected ")
        .message()
        .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
  }

  @Test
  void boundsItsPartsAndItsMessages() {
    String longest = "x".repeat(128);
    assertThat(new PluginId(longest, "b", "1").centre()).isEqualTo(longest);
    assertThatThrownBy(() -> new PluginId(longest + "x", "b", "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("centre")
        .message()
        .hasSizeLessThan(300);
    assertThatThrownBy(() -> PluginId.parse("x".repeat(1_000_000))).message().hasSizeLessThan(300);
    assertThatThrownBy(() -> new PluginId("a", "b/c", "1")).hasMessageContaining("name");
    assertThatThrownBy(() -> new PluginId("a", "b", "1:2")).hasMessageContaining("version");
  }

  @Property
  void anyTextIsAnIdOrRefused(@ForAll String text) {
    try {
      assertThat(PluginId.parse(text)).hasToString(text);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageStartingWith("expected ");
    }
  }

  @Test
  void isOrderedByCentreThenNameThenVersion() {
    assertThat(PluginId.parse("a/b:1")).isLessThan(PluginId.parse("a/b:2"));
    assertThat(PluginId.parse("a/b:2")).isLessThan(PluginId.parse("a/c:1"));
    assertThat(PluginId.parse("a/c:1")).isLessThan(PluginId.parse("b/a:0"));
    // A part that ends is before one that goes on, whatever separates the parts in text.
    assertThat(PluginId.parse("a/z:1")).isLessThan(PluginId.parse("a-b/a:1"));
  }
}
