package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.plugin.PluginModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
  @TempDir private Path folder;
  private PluginModule one;
  private PluginModule other;
  private Path first;
  private Path second;

  @BeforeEach
  void writeAdapters() {
    one = TestAdapters.module("st-anna", "base", 2, 1);
    other = TestAdapters.module("northgate", "base", 3, 2);
    first = TestAdapters.write(one, folder.resolve("first"));
    second = TestAdapters.write(other, folder.resolve("second"));
  }

  @Test
  void theCosineIsThatOfTheWholeChanges() throws IOException {
    double dot = 0;
    double squareOfOne = 0;
    double squareOfOther = 0;
    for (String layer : new String[] {TestAdapters.FC1, TestAdapters.FC2}) {
      double[] a = TestAdapters.average(layer, new double[] {1}, one);
      double[] b = TestAdapters.average(layer, new double[] {1}, other);
      for (int i = 0; i < a.length; i++) {
        dot += a[i] * b[i];
        squareOfOne += a[i] * a[i];
        squareOfOther += b[i] * b[i];
      }
    }
    JsonNode json =
        new ObjectMapper().readTree(CommandRun.of("compare", "--json", first, second).out());
    assertThat(json.path("overall").path("cosine").path(0).path(1).asDouble())
        .isCloseTo(dot / Math.sqrt(squareOfOne * squareOfOther), within(1e-9));
    assertThat(json.path("layers").path(TestAdapters.FC1).path("rowAngles").path(0).path("radians"))
        .hasSize(2);
  }

  @Test
  void textNamesThePairAndSaysWhatItMeans() {
    CommandRun run = CommandRun.of("compare", first, second);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("st-anna/task:1", "northgate/task:1", "layers of least agreement", "cosine")
        .contains(PairVerdict.BOUNDS);
  }

  @Test
  void filesAreWrittenAndTheSameForTheSameAdapters() throws IOException {
    Path out = folder.resolve("report/deep");
    assertThat(CommandRun.of("compare", "-o", out, first, second).err()).isEmpty();
    Path mirrored = folder.resolve("mirrored");
    CommandRun.of("compare", "-o", mirrored, second, first);
    for (String file :
        new String[] {"conflict.json", "conflict.svg", "conflict-layers.svg", "conflict.html"}) {
      assertThat(mirrored.resolve(file)).hasSameBinaryContentAs(out.resolve(file));
    }
    assertThat(Files.readString(out.resolve("conflict.html")))
        .contains("Conflict report of 2 plugins", "<svg", "st-anna/task:1");
    assertThat(Files.readString(out.resolve("conflict-layers.svg"))).contains(TestAdapters.FC2);
  }

  @Test
  void oneAdapterIsRefused() {
    CommandRun run = CommandRun.of("compare", first);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("expected two adapters or more, found 1");
  }
}
