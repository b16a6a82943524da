package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.peft.OpenAdapter;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The heap that a merge of large adapters needs, held by a JVM that has no more. */
class FusionHeapTest {
  private static final int CENTRES = 8;
  private static final int BLOCKS = 32;
  private static final int WIDTH = 4096;

  /** 256 MB, of a result of 67 MB and inputs of 268 MB. */
  private static final String HEAP = "-Xmx256m";

  @Test
  void eightAdaptersOfALargeModelFuseWithinTheirHeap(@TempDir Path folder)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(HEAP);
    command.add("-XX:+UseSerialGC");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(FuseLargeAdapters.class.getName());
    for (int i = 0; i < CENTRES; i++) {
      Path adapter = folder.resolve("a" + i);
      PeftAdapter.writer(DrawnAdapters.module(BLOCKS, WIDTH, DType.BF16, i), adapter)
          .dtype(DType.BF16)
          .write();
      command.add(adapter.toString());
    }
    Path out = folder.resolve("merged");
    command.add(out.toString());
    Path said = folder.resolve("said.txt");

    Process fusing =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      assertThat(fusing.waitFor(4, TimeUnit.MINUTES)).as("ended").isTrue();
    } finally {
      fusing.destroyForcibly();
    }

    assertThat(fusing.exitValue()).as(Files.readString(said)).isZero();
    try (OpenAdapter merged = PeftAdapter.reader(out).open()) {
      assertThat(merged.module().updates()).hasSize(4 * BLOCKS);
      assertThat(merged.module().updates().values())
          .allSatisfy(
              update -> assertThat(((LowRankUpdate) update).rank()).isEqualTo(DrawnAdapters.RANK));
    }
  }
}
