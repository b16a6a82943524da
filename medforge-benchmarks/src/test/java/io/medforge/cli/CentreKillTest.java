package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.Digest;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A training that is killed leaves a checkpoint, and goes on from it to the same module. */
class CentreKillTest {
  @TempDir private Path folder;

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void aKilledTrainingIsResumedToTheSameBytes() throws Exception {
    CentreTable.write(folder.resolve("patients.csv"), 300, 7);
    CommandRun whole = CommandRun.of(train("whole").toArray());
    assertThat(whole.exitCode()).as(whole.err()).isZero();

    Path out = folder.resolve("killed");
    Path checkpoint = folder.resolve("killed.checkpoint.safetensors");
    Process process = start(train("killed"));
    while (!Files.exists(checkpoint)) {
      assertThat(process.isAlive()).as("the training, before its first checkpoint").isTrue();
      TimeUnit.MILLISECONDS.sleep(2);
    }
    process.destroyForcibly().waitFor();

    assertThat(out).doesNotExist();
    CommandRun unasked = CommandRun.of(train("killed").toArray());
    assertThat(unasked.exitCode()).isEqualTo(1);
    assertThat(unasked.err()).contains("--resume");
    List<String> resuming = train("killed");
    resuming.add("--resume");
    CommandRun resumed = CommandRun.of(resuming.toArray());
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(digest(out)).isEqualTo(digest(folder.resolve("whole")));
    assertThat(checkpoint).doesNotExist();
  }

  private static Digest digest(Path branch) {
    return PeftAdapter.read(branch.resolve("adapter")).digest();
  }

  private List<String> train(String out) {
    return new ArrayList<>(
        List.of(
            "train",
            folder.resolve("patients.csv").toString(),
            "-o",
            folder.resolve(out).toString(),
            "--id",
            "north/finding:1",
            "--new-base",
            "mlp",
            "--label-column",
            "finding",
            "--epochs",
            "300"));
  }

  private Process start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.add("-Xmx512m");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(MedForge.class.getName());
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .start();
  }
}
