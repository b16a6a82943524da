package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs all suites on all JDKs and leaves a folder of results: {@code mvn -DskipTests -Pbenchmarks
 * package}.
 */
@Command(
    name = "benchmarks",
    mixinStandardHelpOptions = true,
    description = {
      "Runs the JMH suites and the size curve on each JDK, one after another, and the kernels'",
      "loop in C between them. Writes jmh-SUITE-JDK.json, speed-kernels.json, curve-JDK.json and",
      "machine.json, and draws the figures. Takes about an hour for each JDK; leave the machine"
          + " alone meanwhile."
    })
public final class BenchmarkRun implements Callable<Integer> {
  private static final double QUICK_SCALE = 1e-3;

  private static final List<String> VECTORS =
      List.of("-jvmArgsPrepend", "--add-modules=jdk.incubator.vector");

  @Option(
      names = "--suite",
      paramLabel = "NAME",
      description = "Only these: ${COMPLETION-CANDIDATES}. Default: all. May be repeated.")
  private List<BenchmarkSuite> suites = List.of(BenchmarkSuite.values());

  @Option(
      names = "--jdk",
      paramLabel = "HOME",
      description =
          "Measure on this JDK. May be repeated. Default: the one that runs this, and that of"
              + " JAVA_HOME_25.")
  private List<Path> homes = List.of();

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description =
          "A folder of runs; this one gets a folder in it, DATE-MACHINE. Default:"
              + " ${DEFAULT-VALUE}.")
  private Path results = Path.of("medforge-benchmarks", "results");

  @Option(
      names = "--into",
      paramLabel = "DIR",
      description = "This folder instead; files of the same names are replaced.")
  private @Nullable Path into;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description =
          "How many times the kernels run, in C and on each JDK in turn, so that what disturbs the"
              + " machine for a while disturbs all. Files hold the rows of all rounds. Default:"
              + " ${DEFAULT-VALUE}.")
  private int rounds = 2;

  @Option(
      names = "--append",
      description = "These rounds come after those whose rows the files of --into hold already.")
  private boolean append;

  @Option(
      names = "--c-kernels",
      paramLabel = "FILE",
      description = "The kernels' loop in C, for gcc. Default: ${DEFAULT-VALUE}.")
  private Path kernels = Path.of("medforge-benchmarks", "peers", "kernels.c");

  @Option(
      names = "--jmh",
      paramLabel = "ARGS",
      split = " ",
      description = "Goes to JMH, in place of what the benchmarks ask for: --jmh=\"-wi 2 -i 3\".")
  private List<String> jmh = List.of();

  @Option(
      names = "--quick",
      description =
          "One short measurement of the smallest of each: it runs, its numbers say nothing.")
  private boolean quick;

  private BenchmarkRun() {}

  /**
   * Runs and ends the JVM with 0, 1 after a failure, or 2 for wrong usage.
   *
   * @param args options, see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new BenchmarkRun()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1) {
      throw new IllegalArgumentException("expected a round or more, found " + rounds);
    }
    if (append && (into == null || !suites.equals(List.of(BenchmarkSuite.KERNEL)))) {
      throw new IllegalArgumentException(
          "expected --suite kernel and --into DIR with --append, found " + suites + ", " + into);
    }
    List<Jdk> jdks = jdks();
    MachineDescription machine = MachineDescription.here();
    Path folder =
        into != null
            ? into
            : results.resolve(LocalDate.now(ZoneOffset.UTC) + "-" + machine.shortName());
    Files.createDirectories(folder);
    describe(machine, jdks, folder.resolve("machine.json"));
    JmhProcess process = new JmhProcess(quick, jmh);
    for (BenchmarkSuite suite : suites) {
      if (suite == BenchmarkSuite.KERNEL) {
        new KernelRounds(kernels, jdks, process).run(rounds, folder, append);
        continue;
      }
      for (Jdk jdk : jdks) {
        process.run(suite, jdk, List.of(), jdk.results(folder, suite.toString()), false);
        if (suite.usesVectors()) {
          process.run(suite, jdk, VECTORS, jdk.results(folder, suite + "-vector"), false);
        }
        if (suite == BenchmarkSuite.IO) {
          curve(jdk, folder.resolve("curve-" + jdk.feature() + ".json"));
        }
      }
    }
    SpeedFigures.draw(folder, folder);
    return CommandLine.ExitCode.OK;
  }

  private List<Jdk> jdks() throws IOException {
    if (homes.isEmpty()) {
      return Jdk.atHand(Path.of(System.getProperty("java.home")), System.getenv());
    }
    List<Jdk> given = new ArrayList<>();
    for (Path home : homes) {
      given.add(Jdk.in(home));
    }
    return given;
  }

  /** Keeps what others wrote into the file by hand. */
  private void describe(MachineDescription machine, List<Jdk> jdks, Path file)
      throws IOException, InterruptedException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json =
        Files.exists(file)
            ? (ObjectNode) mapper.readTree(file.toFile())
            : mapper.createObjectNode();
    json.setAll(machine.toJson());
    var names = json.putArray("jdk");
    jdks.forEach(jdk -> names.add(jdk.description()));
    CKernels.compiler().ifPresent(compiler -> json.put("compiler", compiler));
    json.put("suites", suites.toString()).put("quick", quick);
    new ResultFile(file).write(json);
  }

  private void curve(Jdk jdk, Path file) throws IOException, InterruptedException {
    Path temporary = Files.createTempDirectory("medforge-curve");
    try {
      jdk.run(
          List.of(
              "-Xmx256m",
              SizeCurve.class.getName(),
              temporary.toString(),
              file.toString(),
              Double.toString(quick ? QUICK_SCALE : 1)));
    } finally {
      DrawnAdapters.delete(temporary);
    }
  }
}
