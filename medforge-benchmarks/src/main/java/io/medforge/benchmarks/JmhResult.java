package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * One measurement as JMH's JSON has it.
 *
 * @param benchmark class and method, such as {@code NarrowSumBenchmark.kernel}
 * @param parameters by name
 * @param threads how many called it at a time
 * @param jdk its feature version
 * @param vectors whether the Vector API was on
 * @param seconds for one call, the median of the repetitions
 */
record JmhResult(
    String benchmark,
    SortedMap<String, String> parameters,
    int threads,
    int jdk,
    boolean vectors,
    double seconds) {
  private static final Map<String, Double> SECONDS =
      Map.of("us/op", 1e-6, "ms/op", 1e-3, "s/op", 1.0);

  /** Those of all {@code jmh-*.json} of a folder that are times, files in the order of names. */
  static List<JmhResult> in(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> inside = Files.list(folder)) {
      files =
          inside
              .filter(file -> file.getFileName().toString().matches("jmh-.*\\.json"))
              .sorted()
              .toList();
    }
    List<JmhResult> results = new ArrayList<>();
    for (Path file : files) {
      for (JsonNode run : new ObjectMapper().readTree(file.toFile())) {
        if (SECONDS.containsKey(run.path("primaryMetric").path("scoreUnit").asText())) {
          results.add(of(run));
        }
      }
    }
    return results;
  }

  private static JmhResult of(JsonNode run) {
    String name = run.path("benchmark").asText();
    SortedMap<String, String> parameters = new TreeMap<>();
    run.path("params").properties().forEach(p -> parameters.put(p.getKey(), p.getValue().asText()));
    JsonNode metric = run.path("primaryMetric");
    return new JmhResult(
        name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1),
        parameters,
        run.path("threads").asInt(),
        Runtime.Version.parse(run.path("jdkVersion").asText()).feature(),
        run.path("jvmArgs").toString().contains("jdk.incubator.vector"),
        median(metric) * SECONDS.getOrDefault(metric.path("scoreUnit").asText(), Double.NaN));
  }

  /** The score, a mean, would let one disturbed repetition count. */
  private static double median(JsonNode metric) {
    double[] repetitions =
        StreamSupport.stream(metric.path("rawData").spliterator(), false)
            .flatMap(fork -> StreamSupport.stream(fork.spliterator(), false))
            .mapToDouble(JsonNode::asDouble)
            .sorted()
            .toArray();
    int half = repetitions.length / 2;
    return repetitions.length % 2 == 1
        ? repetitions[half]
        : (repetitions[half - 1] + repetitions[half]) / 2;
  }

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  /** A legend's entry. */
  String side() {
    return "JDK " + jdk + (vectors ? ", Vector API" : "");
  }
}
