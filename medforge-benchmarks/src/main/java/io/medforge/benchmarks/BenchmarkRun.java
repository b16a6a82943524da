package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
      "Runs the JMH suites and the size curve on each JDK, one after another. Writes",
      "jmh-SUITE-JDK.json, curve-JDK.json and machine.json, and draws the figures. Takes about an"
          + " hour for each JDK; leave the machine alone meanwhile."
    })
public final class BenchmarkRun implements Callable<Integer> {
  /** The smallest of everything, to see that it runs. */
  private static final Map<String, String> QUICK =
      Map.of(
          "length", "4096",
          "inputs", "2",
          "width", "64",
          "size", "small",
          "megabytes", "2",
          "examples", "400",
          "entries", "5",
          "model", "MLP");

  private static final double QUICK_SCALE = 1e-3;

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
    List<Jdk> jdks = jdks();
    MachineDescription machine = MachineDescription.here();
    Path folder =
        into != null
            ? into
            : results.resolve(LocalDate.now(ZoneOffset.UTC) + "-" + machine.shortName());
    Files.createDirectories(folder);
    describe(machine, jdks, folder.resolve("machine.json"));
    for (BenchmarkSuite suite : suites) {
      for (Jdk jdk : jdks) {
        run(suite, jdk, false, folder.resolve("jmh-" + suite + "-" + jdk.feature() + ".json"));
        if (suite.usesVectors()) {
          run(
              suite,
              jdk,
              true,
              folder.resolve("jmh-" + suite + "-vector-" + jdk.feature() + ".json"));
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
  private void describe(MachineDescription machine, List<Jdk> jdks, Path file) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json =
        Files.exists(file)
            ? (ObjectNode) mapper.readTree(file.toFile())
            : mapper.createObjectNode();
    json.setAll(machine.toJson());
    var names = json.putArray("jdk");
    jdks.forEach(jdk -> names.add(jdk.description()));
    json.put("suites", suites.toString()).put("quick", quick);
    Files.writeString(file, json.toPrettyString() + "\n");
  }

  /** In a process of its own, so that nothing that this JVM was started with is measured. */
  private void run(BenchmarkSuite suite, Jdk jdk, boolean vectors, Path file)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>();
    if (quick) {
      arguments.add("-Djmh.ignoreLock=true"); // These numbers say nothing anyway.
    }
    arguments.add("org.openjdk.jmh.Main");
    arguments.addAll(List.of(suite.pattern(), "-foe", "true", "-rf", "json", "-rff", "" + file));
    if (vectors) {
      arguments.addAll(List.of("-jvmArgsPrepend", "--add-modules=jdk.incubator.vector"));
    }
    if (quick) {
      arguments.addAll(List.of("-wi", "1", "-w", "50ms", "-i", "1", "-r", "50ms"));
      QUICK.forEach((name, value) -> arguments.addAll(List.of("-p", name + "=" + value)));
    }
    start(jdk, arguments);
    withoutPaths(file);
  }

  /** Where a JDK lies on this machine is nobody's business. */
  private static void withoutPaths(Path file) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode all = mapper.readTree(file.toFile());
    for (JsonNode benchmark : all) {
      ((ObjectNode) benchmark).put("jvm", "java");
    }
    Files.writeString(file, all.toPrettyString() + "\n");
  }

  private void curve(Jdk jdk, Path file) throws IOException, InterruptedException {
    Path temporary = Files.createTempDirectory("medforge-curve");
    try {
      start(
          jdk,
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

  private static void start(Jdk jdk, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(jdk.java(), "-cp", System.getProperty("java.class.path")));
    command.addAll(arguments);
    int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (exit != 0) {
      throw new IOException("expected the end of " + command + " with 0, found " + exit);
    }
  }
}
