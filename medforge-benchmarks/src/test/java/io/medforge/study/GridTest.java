package io.medforge.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class GridTest {
  private final Grid grid =
      new Grid(List.of("name", "n"), List.of(List.of("a", "10"), List.of("long name", "2")));

  @Test
  void textIsAligned() {
    assertThat(grid.toText()).isEqualTo("  name        n\n  a          10\n  long name   2\n");
  }

  @Test
  void markdownIsATable() {
    assertThat(grid.toMarkdown())
        .isEqualTo("| name | n |\n| --- | ---: |\n| a | 10 |\n| long name | 2 |\n");
  }

  @Test
  void raggedRowsAreRefused() {
    assertThatThrownBy(() -> new Grid(List.of("a"), List.of(List.of("b", "c"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected 1 cells, found 2");
  }
}
