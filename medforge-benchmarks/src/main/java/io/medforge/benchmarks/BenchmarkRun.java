package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /** Elements of each source that C sums as well, on all threads together. */
  private static final int SUMMED = 64 << 20;

  private static final int MOST_THREADS = 2;

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
    for (BenchmarkSuite suite : suites) {
      if (suite == BenchmarkSuite.KERNEL) {
        kernelInRounds(jdks, folder);
        continue;
      }
      for (Jdk jdk : jdks) {
        run(suite, jdk, List.of(), results(folder, suite.toString(), jdk), false);
        if (suite.usesVectors()) {
          run(suite, jdk, VECTORS, results(folder, suite + "-vector", jdk), false);
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
    write(json, file);
  }

  private static Path results(Path folder, String name, Jdk jdk) {
    return folder.resolve("jmh-" + name + "-" + jdk.feature() + ".json");
  }

  /** C and the JDKs in turn, on one thread and on two, and all of it again. */
  private void kernelInRounds(List<Jdk> jdks, Path folder)
      throws IOException, InterruptedException {
    Path temporary = Files.createTempDirectory("medforge-kernels");
    try {
      Optional<CKernels> c = compiled(temporary);
      for (int round = 0; round < rounds; round++) {
        boolean further = append || round > 0;
        for (int threads = 1; threads <= MOST_THREADS; threads++) {
          if (c.isPresent()) {
            JsonNode rows = c.get().measure(quick ? 4096 : SUMMED, threads);
            write(rows, folder.resolve("speed-kernels.json"), further || threads > 1);
          }
          String name = BenchmarkSuite.KERNEL + (threads == 1 ? "" : "-two");
          for (Jdk jdk : jdks) {
            List<String> arguments = new ArrayList<>(List.of("-t", "" + threads));
            if (!quick && (further || threads > 1)) { // What fits in a cache runs once.
              arguments.addAll(List.of("-p", "length=" + SUMMED / threads));
            }
            run(BenchmarkSuite.KERNEL, jdk, arguments, results(folder, name, jdk), further);
          }
        }
      }
    } finally {
      DrawnAdapters.delete(temporary);
    }
  }

  private Optional<CKernels> compiled(Path temporary) throws IOException, InterruptedException {
    boolean source = Files.isRegularFile(kernels);
    if (source && CKernels.compiler().isPresent()) {
      return Optional.of(CKernels.compile(kernels, temporary));
    }
    System.out.println(
        "The kernels run without C beside them: expected "
            + (source ? "gcc on the path" : kernels)
            + ", found none.");
    return Optional.empty();
  }

  /** In a process of its own, so that nothing that this JVM was started with is measured. */
  private void run(
      BenchmarkSuite suite, Jdk jdk, List<String> further, Path file, boolean appending)
      throws IOException, InterruptedException {
    Path written = Files.createTempFile("medforge-jmh", ".json");
    try {
      List<String> arguments = new ArrayList<>();
      if (quick) {
        arguments.add("-Djmh.ignoreLock=true"); // These numbers say nothing anyway.
      }
      arguments.add("org.openjdk.jmh.Main");
      arguments.addAll(
          List.of(suite.pattern(), "-foe", "true", "-rf", "json", "-rff", "" + written));
      arguments.addAll(further);
      arguments.addAll(jmh);
      if (quick) {
        arguments.addAll(List.of("-wi", "1", "-w", "50ms", "-i", "1", "-r", "50ms"));
        QUICK.forEach((name, value) -> arguments.addAll(List.of("-p", name + "=" + value)));
      }
      start(jdk, arguments);
      JsonNode rows = new ObjectMapper().readTree(written.toFile());
      for (JsonNode row : rows) {
        // Where a JDK lies on this machine is nobody's business.
        ((ObjectNode) row).put("jvm", "java");
      }
      write(rows, file, appending);
    } finally {
      Files.delete(written);
    }
  }

  private static void write(JsonNode rows, Path file, boolean appending) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode all = mapper.createArrayNode();
    if (appending) {
      mapper.readTree(file.toFile()).forEach(all::add);
    }
    rows.forEach(all::add);
    write(all, file);
  }

  private static void write(JsonNode json, Path file) throws IOException {
    Files.writeString(file, json.toPrettyString() + "\n");
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
