package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.report.BarChart;
import io.medforge.report.Figure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Draws the speed page's figures from a folder of measurements; see results/README.md. */
public final class SpeedFigures {
  private static final double GIGA = 1e9;

  private SpeedFigures() {}

  /**
   * Draws.
   *
   * @param args the folder of measurements ({@code speed-kernels.json}, {@code speed-jmh-*.json},
   *     {@code speed-models.json}) and the folder for the figures
   * @throws IOException if one cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    Path results = Path.of(args[0]);
    Path figures = Path.of(args[1]);
    write(kernels(results), figures.resolve("speed-kernels.svg"));
    write(files(results), figures.resolve("speed-files.svg"));
    write(models(results), figures.resolve("speed-models.svg"));
  }

  private static void write(Figure figure, Path file) throws IOException {
    Files.writeString(file, figure.toDocument(), StandardCharsets.UTF_8);
  }

  /** Bandwidth of the weighted sum, beside the same loop in C. */
  static Figure kernels(Path results) throws IOException {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (JsonNode c : read(results.resolve("speed-kernels.json"))) {
      String label = c.path("format").asText() + ", n = " + c.path("inputs").asInt();
      bars.add(bar(label, "C, gcc -O3", c.path("gigabytesPerSecond").asDouble()));
    }
    for (String jdk : List.of("17", "25")) {
      for (JsonNode run : read(results.resolve("speed-jmh-" + jdk + ".json"))) {
        if (run.path("benchmark").asText().endsWith("NarrowSumBenchmark.kernel")) {
          JsonNode p = run.path("params");
          String format = p.path("format").asText();
          double bytes =
              (p.path("inputs").asDouble() + 1)
                  * p.path("length").asDouble()
                  * (format.equals("F32") ? 4 : 2);
          double seconds = run.path("primaryMetric").path("score").asDouble() / 1e6;
          bars.add(
              bar(
                  format + ", n = " + p.path("inputs").asInt(),
                  "JDK " + jdk,
                  bytes / seconds / GIGA));
        }
      }
    }
    return new BarChart("Weighted sum of n sources in memory, one thread", "GB/s moved", bars)
        .draw();
  }

  /** Time from file to file, beside copies of as many bytes. */
  static Figure files(Path results) throws IOException {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (String jdk : List.of("17", "25")) {
      for (JsonNode run : read(results.resolve("speed-jmh-" + jdk + ".json"))) {
        String name = run.path("benchmark").asText();
        if (name.contains("ModelFilesBenchmark.")) {
          JsonNode p = run.path("params");
          String what = name.substring(name.lastIndexOf('.') + 1);
          String label =
              p.path("type").asText()
                  + (what.startsWith("copy")
                      ? ", " + (what.equals("copy") ? "Files.copy, forced" : "Files.copy")
                      : ", " + what + ", threads " + p.path("threads").asInt());
          if (!what.startsWith("copy") || p.path("threads").asInt() == 1) {
            bars.add(
                bar(label, "JDK " + jdk, run.path("primaryMetric").path("score").asDouble() / 1e3));
          }
        }
      }
    }
    return new BarChart("Three models in, one out, from file to file", "seconds", bars).draw();
  }

  /** Time and memory of whole processes, beside mergekit's. */
  static Figure models(Path results) throws IOException {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (JsonNode row : read(results.resolve("speed-models.json")).path("rows")) {
      bars.add(
          bar(
              row.path("method").asText() + ", " + row.path("side").asText(),
              "",
              row.path("seconds").asDouble()));
    }
    return new BarChart("Two models into one, whole processes", "seconds", bars).draw();
  }

  private static BarChart.Bar bar(String label, String group, double value) {
    return new BarChart.Bar(label, group, value, Double.NaN, Double.NaN);
  }

  private static JsonNode read(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }
}
