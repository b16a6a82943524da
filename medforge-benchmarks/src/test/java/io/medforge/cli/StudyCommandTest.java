package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyCommandTest {
  @TempDir private Path folder;

  @Test
  void printsWritesAndCanBeContinuedByHand() throws IOException {
    Path out = folder.resolve("study");
    CommandRun run = CommandRun.of("study", "--repeats", "1", "--seed", "2", "--out", out);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("seed 2", "plugin st-anna", "FedAvg", "Fusion", "Mixture", "wrote study.md");
    assertThat(Files.readString(out.resolve("study.md"))).startsWith("# Three hospitals");
    JsonNode json = new ObjectMapper().readTree(out.resolve("study.json").toFile());
    assertThat(json.path("seed").asInt()).isEqualTo(2);
    assertThat(json.path("environment")).hasSize(4);

    Path adapters = out.resolve("adapters");
    Path byHand = folder.resolve("by-hand");
    CommandRun fused =
        CommandRun.of(
            "fuse",
            "-o",
            byHand,
            adapters.resolve("st-anna"),
            adapters.resolve("northgate"),
            adapters.resolve("riverside"));
    assertThat(fused.err()).isEmpty();
    assertSameChange(PeftAdapter.read(byHand), PeftAdapter.read(adapters.resolve("fusion")));

    assertThat(CommandRun.of("study", "--repeats", "1", "--seed", "2", "--out", out).exitCode())
        .isZero();
    assertThat(new ObjectMapper().readTree(out.resolve("study.json").toFile())).isEqualTo(json);
  }

  @Test
  void aSuiteNeedsDataAndTakesNoSeed() {
    CommandRun none = CommandRun.of("study", "--suite", "heart", "--out", folder);
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("expected --data with --suite");
    CommandRun seed =
        CommandRun.of(
            "study", "--suite", "heart", "--data", folder, "--seed", "3", "--out", folder);
    assertThat(seed.exitCode()).isEqualTo(2);
    assertThat(seed.err()).contains("its seeds are fixed");
    CommandRun empty =
        CommandRun.of("study", "--suite", "heart", "--data", folder, "--out", folder.resolve("o"));
    assertThat(empty.exitCode()).isNotZero();
    assertThat(empty.err()).contains("split.csv");
    assertThat(folder.resolve("o")).doesNotExist();
  }

  private static void assertSameChange(PluginModule one, PluginModule other) {
    assertThat(one.updates().keySet()).isEqualTo(other.updates().keySet());
    one.updates()
        .forEach(
            (layer, update) ->
                assertThat(TestAdapters.dense((LowRankUpdate) update))
                    .isEqualTo(TestAdapters.dense((LowRankUpdate) other.updates().get(layer))));
  }

  @Test
  void repeatsAddTheirMeans() throws IOException {
    Path out = folder.resolve("series");
    CommandRun run = CommandRun.of("study", "--seed", "5", "--repeats", "2", "--out", out);
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains(
            "seed 5",
            "mean over 2 seeds",
            "of 2",
            "memory gate's log-loss minus that of",
            "of 2 seeds (with a uniform gate in");
    assertThat(Files.readString(out.resolve("study.md"))).contains("## Several seeds");
    JsonNode json = new ObjectMapper().readTree(out.resolve("study.json").toFile());
    CommandRun.of("study", "--repeats", "1", "--seed", "6", "--out", folder.resolve("six"));
    JsonNode six =
        new ObjectMapper().readTree(folder.resolve("six").resolve("study.json").toFile());
    assertThat(json.path("series").path("methods")).hasSize(12);
    assertThat(json.path("series").path("memoryGateAgainst")).hasSize(4);
    assertThat(six.has("series")).isFalse();
    for (int i = 0; i < 12; i++) {
      double one = json.path("methods").get(i).path("overall").path("accuracy").asDouble();
      double other = six.path("methods").get(i).path("overall").path("accuracy").asDouble();
      JsonNode line = json.path("series").path("methods").get(i);
      assertThat(line.path("meanAccuracy").asDouble()).isCloseTo((one + other) / 2, within(2e-6));
      assertThat(line.path("leastAccuracy").asDouble())
          .isCloseTo(Math.min(one, other), within(2e-6));
    }
  }

  @Test
  void noRepeatAtAllIsWrongUsage() {
    CommandRun run = CommandRun.of("study", "--repeats", "0");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--repeats of at least 1, found 0");
  }

  @Test
  void dataThatIsMissingOrMalformedIsRefused() throws IOException {
    CommandRun missing = CommandRun.of("study", "--data", folder);
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.errorLines()).hasSize(1);
    assertThat(missing.err()).startsWith("medforge study: ").contains("breast_cancer.csv");

    Files.writeString(folder.resolve("breast_cancer.csv"), "not,the,data\n");
    CommandRun malformed = CommandRun.of("study", "--data", folder, "--out", folder.resolve("o"));
    assertThat(malformed.exitCode()).isEqualTo(1);
    assertThat(malformed.errorLines()).hasSize(1);
    assertThat(malformed.err()).contains("line 1");
    assertThat(folder.resolve("o")).doesNotExist();
  }
}
