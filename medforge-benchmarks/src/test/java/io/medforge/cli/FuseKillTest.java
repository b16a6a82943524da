package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A merge of models that is killed goes on to the same files, record included. */
class FuseKillTest {
  private static final int BYTES = 64 << 20;

  @TempDir private Path folder;

  private Path model(String name, int seed) throws IOException {
    byte[] bytes = new byte[BYTES];
    new Random(seed).nextBytes(bytes);
    // Exponents of numbers near 1, so that all are finite.
    for (int at = 3; at < BYTES; at += 4) {
      bytes[at] = 0x3f;
    }
    Path file = folder.resolve(name + ".safetensors");
    SafetensorsWriter.to(file)
        .write(Map.of("w", Tensor.ofBytes(DType.F32, Shape.of(BYTES / 4), bytes)));
    return file;
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void aKilledMergeIsResumedToTheSameFiles() throws Exception {
    Path whole = folder.resolve("whole");
    CommandRun first = CommandRun.of("fuse", model("one", 1), model("two", 2), "-o", whole);
    assertThat(first.exitCode()).as(first.err()).isZero();
    Path recipe = Files.copy(whole.resolve("recipe.yaml"), folder.resolve("recipe.yaml"));
    String pinned = Files.readString(recipe);
    Files.writeString(recipe, pinned.replaceAll("\\.\\./", ""));

    Path killed = folder.resolve("killed");
    Path journal = folder.resolve(".killed.medforge-journal");
    Process process = start("fuse", "--recipe", recipe, "-o", killed, "--threads", "1");
    while (!Files.exists(journal) || Files.readAllLines(journal).size() < 3) {
      assertThat(process.isAlive()).as("the merge, before its second piece").isTrue();
      TimeUnit.MILLISECONDS.sleep(1);
    }
    process.destroyForcibly().waitFor();
    assertThat(killed).doesNotExist();

    refusesAnotherModelAndKeepsWhatIsThere(recipe, killed, journal);
    CommandRun resumed = CommandRun.of("fuse", "--recipe", recipe, "-o", killed, "--resume");
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    for (String file : List.of("one.safetensors", "merge-record.json", "README.md")) {
      assertThat(killed.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
    assertThat(journal).doesNotExist();
  }

  private void refusesAnotherModelAndKeepsWhatIsThere(Path recipe, Path killed, Path journal)
      throws IOException {
    byte[] listed = Files.readAllBytes(journal);
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(
        wrong, Files.readString(recipe).replaceFirst("sha256:[0-9a-f]{4}", "sha256:0000"));
    CommandRun refused = CommandRun.of("fuse", "--recipe", wrong, "-o", killed, "--resume");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errorLines().get(0)).contains("expected what the recipe pins");
    assertThat(Files.readAllBytes(journal)).isEqualTo(listed);
    assertThat(folder.resolve(".killed.medforge-partial")).isDirectory();
  }

  private Process start(Object... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    // Slow enough to be killed in the middle.
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), MedForge.class.getName()));
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .start();
  }
}
