package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchmarkRunTest {
  private static final Path HOME = Path.of(System.getProperty("java.home"));

  @TempDir private Path folder;

  /** Forks JVMs, as every run does. */
  @Test
  void writesResultsOfEachJdkAndTheMachine() throws IOException {
    Files.writeString(folder.resolve("machine.json"), "{\"notes\": \"kept\"}");
    int exit =
        BenchmarkRun.commandLine()
            .execute("--quick", "--suite", "alignment", "--jdk", "" + HOME, "--into", "" + folder);
    assertThat(exit).isZero();
    int feature = Runtime.version().feature();
    List<JmhResult> results = JmhResult.in(folder);
    assertThat(results).hasSize(4).allMatch(run -> run.jdk() == feature && run.seconds() > 0);
    assertThat(results).allMatch(run -> run.parameter("width").equals("64") && !run.vectors());
    assertThat(folder.resolve("jmh-alignment-" + feature + ".json"))
        .content()
        .doesNotContain(HOME.toString());
    JsonNode machine = new ObjectMapper().readTree(folder.resolve("machine.json").toFile());
    assertThat(machine.path("notes").asText()).isEqualTo("kept");
    assertThat(machine.path("quick").asBoolean()).isTrue();
    assertThat(machine.path("jdk").get(0).asText()).contains(feature + ".");
    assertThat(machine.path("cores").asInt()).isPositive();
  }

  /** C stands beside the kernels where there is a compiler. */
  @Test
  void runsTheKernelsInRoundsOnOneThreadAndOnTwo() throws IOException, InterruptedException {
    assertThat(kernels(2, "peers/kernels.c")).isZero();
    assertThat(kernels(1, "peers/kernels.c", "--append")).isZero();
    int feature = Runtime.version().feature();
    for (String name : List.of("kernel", "kernel-two")) {
      Path file = folder.resolve("jmh-" + name + "-" + feature + ".json");
      JsonNode rows = new ObjectMapper().readTree(file.toFile());
      // In each round one of floats and one of F16.
      assertThat(rows)
          .hasSize(3 * 2)
          .allMatch(row -> row.path("threads").asInt() == (name.equals("kernel") ? 1 : 2))
          .allMatch(row -> row.path("jvm").asText().equals("java"));
    }
    JsonNode machine = new ObjectMapper().readTree(folder.resolve("machine.json").toFile());
    assertThat(machine.has("compiler")).isEqualTo(CKernels.compiler().isPresent());
    Path c = folder.resolve("speed-kernels.json");
    if (CKernels.compiler().isEmpty()) {
      assertThat(c).doesNotExist();
      return;
    }
    JsonNode rows = new ObjectMapper().readTree(c.toFile());
    for (int threads : List.of(1, 2)) {
      assertThat(rows)
          .filteredOn(row -> row.path("format").asText().equals("F32"))
          .filteredOn(row -> row.path("threads").asInt() == threads)
          .hasSize(3 * 3) // rounds; 2, 4 and 8 sources
          .allMatch(row -> row.path("gigabytesPerSecond").asDouble() > 0);
    }
  }

  @Test
  void saysWhichCommandOfTheCompilerFailed() throws IOException, InterruptedException {
    Path source = Files.writeString(folder.resolve("kernels.c"), "no C");
    assumeThat(CKernels.compiler()).isPresent();
    assertThatThrownBy(() -> CKernels.compile(source, folder))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("expected the end of [gcc, -O3", source + "] with 0, found 1");
  }

  @Test
  void runsTheKernelsWithoutCWhereThereIsNone() throws IOException {
    assertThat(kernels(1, "nowhere/kernels.c")).isZero();
    assertThat(folder.resolve("speed-kernels.json")).doesNotExist();
    assertThat(JmhResult.in(folder)).hasSize(4);
  }

  private int kernels(int rounds, String source, String... further) {
    List<String> arguments = new ArrayList<>(List.of(further));
    arguments.addAll(
        List.of(
            "--quick",
            "--suite=kernel",
            "--rounds=" + rounds,
            "--jmh=-p code=PLAIN -p format=F16",
            "--c-kernels=" + source,
            "--jdk=" + HOME,
            "--into=" + folder));
    return BenchmarkRun.commandLine().execute(arguments.toArray(String[]::new));
  }

  @Test
  void refusesNoRoundsAndFurtherOnesOfNothing() {
    assertThat(failing("--rounds", "0", "--into", "" + folder))
        .contains("expected a round or more, found 0");
    assertThat(failing("--append", "--suite", "kernel"))
        .contains("expected --suite kernel and --into DIR with --append, found [kernel], null");
    assertThat(failing("--append", "--suite", "io", "--into", "" + folder))
        .contains("expected --suite kernel", "found [io]");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesWhatIsNoSuiteAndWhatIsNoJdk() {
    assertThat(failing("--suite", "kernels")).contains("kernels", "KERNEL");
    assertThat(failing("--jdk", folder.toString(), "--into", folder.toString()))
        .contains("expected the folder of a JDK");
    assertThat(folder).isEmptyDirectory();
  }

  private static String failing(String... args) {
    StringWriter errors = new StringWriter();
    CommandLine command = BenchmarkRun.commandLine().setErr(new PrintWriter(errors));
    assertThat(command.execute(args)).isNotZero();
    return errors.toString();
  }

  @Test
  void findsJdk25WhereTheEnvironmentNamesIt() throws IOException {
    Path other = Files.createDirectory(folder.resolve("jdk-25"));
    Files.writeString(other.resolve("release"), "IMPLEMENTOR=\"A\"\nJAVA_VERSION=\"25.0.3\"\n");
    Path running = Files.createDirectory(folder.resolve("jdk-17"));
    Files.writeString(running.resolve("release"), "JAVA_VERSION=\"17\"\n");
    assertThat(Jdk.atHand(running, Map.of())).containsExactly(new Jdk(running, 17, "JDK 17"));
    assertThat(
            Jdk.atHand(running, Map.of("JAVA_HOME_25", "" + other, "JAVA_HOME_25_X64", "nowhere")))
        .containsExactly(new Jdk(running, 17, "JDK 17"), new Jdk(other, 25, "A 25.0.3"));
    assertThat(Jdk.atHand(other, Map.of("JAVA_HOME_25", "" + other))).hasSize(1);
    Files.writeString(other.resolve("release"), "JAVA_VERSION=\"new\"\n");
    assertThatThrownBy(() -> Jdk.in(other)).hasMessageContaining("found 'new'");
  }

  @Test
  void namesAMachineByItsProcessor() {
    String cpuinfo = "processor : 0\nmodel name\t: AMD EPYC 7B13\nmodel name : other\n";
    assertThat(MachineDescription.processor(cpuinfo, "x")).isEqualTo("AMD EPYC 7B13");
    assertThat(MachineDescription.processor("processor : 0\n", "aarch64")).isEqualTo("aarch64");
    assertThat(new MachineDescription("AMD EPYC 7B13", 2, 1, "", "").shortName())
        .isEqualTo("epyc-2cpu");
    assertThat(new MachineDescription("Kunpeng (920)", 4, 1, "", "").shortName())
        .isEqualTo("kunpeng-920-4cpu");
  }
}
