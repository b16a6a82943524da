package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MedForgeTest {
  @ParameterizedTest
  @ValueSource(strings = {"--help", "inspect --help", "fuse --help", "study --help"})
  void helpIsDone(String line) {
    CommandRun run = CommandRun.of((Object[]) line.split(" "));
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("Usage: medforge").contains("--verbose");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void versionIsDone() {
    CommandRun run = CommandRun.of("--version");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("medforge ").contains("Java ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "merge", "inspect", "inspect a b", "fuse a", "fuse -o out", "study --seed x"})
  void wrongUsageIsSaidInTwoLines(String line) {
    CommandRun run = CommandRun.of((Object[]) line.split(" "));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.errorLines()).hasSize(2);
    assertThat(run.errorLines().get(0)).startsWith("medforge");
    assertThat(run.errorLines().get(1)).startsWith("Try 'medforge").endsWith("--help'.");
  }

  @Test
  void noCommandAtAllIsWrongUsage() {
    CommandRun run = CommandRun.of();
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("expected a command").contains("fuse");
  }
}
