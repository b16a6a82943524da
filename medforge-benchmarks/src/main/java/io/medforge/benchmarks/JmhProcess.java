package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * JMH in a process of its own, so that nothing that this JVM was started with is measured.
 *
 * @param quick the smallest of everything, to see that it runs
 * @param arguments go to JMH, in place of what the benchmarks ask for
 */
record JmhProcess(boolean quick, List<String> arguments) {
  private static final Map<String, String> SMALLEST =
      Map.of(
          "length", "4096",
          "inputs", "2",
          "width", "64",
          "size", "small",
          "megabytes", "2",
          "examples", "400",
          "entries", "5",
          "model", "MLP");

  /** Measures a suite on a JDK, with further arguments, and writes or appends JMH's rows. */
  void run(BenchmarkSuite suite, Jdk jdk, List<String> further, ResultFile file, boolean appending)
      throws IOException, InterruptedException {
    Path written = Files.createTempFile("medforge-jmh", ".json");
    try {
      jdk.run(command(suite, further, written));
      JsonNode rows = new ObjectMapper().readTree(written.toFile());
      for (JsonNode row : rows) {
        // Where a JDK lies on this machine is nobody's business.
        ((ObjectNode) row).put("jvm", "java");
      }
      file.write(rows, appending);
    } finally {
      Files.delete(written);
    }
  }

  private List<String> command(BenchmarkSuite suite, List<String> further, Path written) {
    List<String> command = new ArrayList<>();
    if (quick) {
      command.add("-Djmh.ignoreLock=true"); // These numbers say nothing anyway.
    }
    command.add("org.openjdk.jmh.Main");
    command.addAll(List.of(suite.pattern(), "-foe", "true", "-rf", "json", "-rff", "" + written));
    command.addAll(further);
    command.addAll(arguments);
    if (quick) {
      command.addAll(List.of("-wi", "1", "-w", "50ms", "-i", "1", "-r", "50ms"));
      SMALLEST.forEach((name, value) -> command.addAll(List.of("-p", name + "=" + value)));
    }
    return command;
  }
}
