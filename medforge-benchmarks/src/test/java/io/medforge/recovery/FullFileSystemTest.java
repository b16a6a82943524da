package io.medforge.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A file system that is really full, again and again, each time somewhere else: a tmpfs in a name
 * space of its own, where the machine lets its users make one. Where it does not, {@code
 * FullDiskTest} and {@code FullGitDiskTest} of medforge-plugin inject the failure.
 */
@EnabledOnOs(OS.LINUX)
class FullFileSystemTest {
  private static final int TIMES = Integer.getInteger("medforge.full.times", 6);

  @TempDir private Path folder;

  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  @ParameterizedTest
  @ValueSource(strings = {"folder", "git"})
  void whatWasAcknowledgedSurvivesAFullDisk(String kind) throws IOException, InterruptedException {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Path output = folder.resolve("output");
    assumeTrue(
        inANewFileSystem(disk, output, "true") == 0, "this machine lets no user mount a tmpfs");
    int exit =
        inANewFileSystem(
            disk,
            output,
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path", "."),
            FillingProcess.class.getName(),
            kind,
            disk.toString(),
            Integer.toString(TIMES));
    assertThat(exit).as("%s", Files.readString(output)).isZero();
    assertThat(output).content().contains("whole after " + TIMES + " times full");
  }

  private static int inANewFileSystem(Path disk, Path output, String... command)
      throws IOException, InterruptedException {
    String script = "mount -t tmpfs -o size=64k tmpfs \"$0\" && exec \"$@\"";
    String[] outer = {
      "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, disk.toString()
    };
    String[] all = new String[outer.length + command.length];
    System.arraycopy(outer, 0, all, 0, outer.length);
    System.arraycopy(command, 0, all, outer.length, command.length);
    try {
      return new ProcessBuilder(all)
          .redirectErrorStream(true)
          .redirectOutput(output.toFile())
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1; // no unshare on this machine
    }
  }
}
