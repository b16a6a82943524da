package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.report.BarChart;
import io.medforge.report.Figure;
import io.medforge.report.LineChart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/** Draws the speed page's figures from a folder of measurements; see results/README.md. */
public final class SpeedFigures {
  private static final double GIGA = 1e9;

  /** Elements per source of the sums that C does as well. */
  private static final double SUMMED = 64 << 20;

  private static final List<String> MERGERS = List.of("mergekit", "MedForge");
  private static final List<Integer> JDKS = List.of(17, 25);

  private final Path results;
  private final List<JmhResult> measured;

  private SpeedFigures(Path results) throws IOException {
    this.results = results;
    this.measured = JmhResult.in(results);
  }

  /**
   * Draws.
   *
   * @param args the folder of measurements and the folder for the figures
   * @throws IOException if one cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      throw new IllegalArgumentException("expected RESULTS FIGURES, found " + args.length);
    }
    draw(Path.of(args[0]), Path.of(args[1]));
  }

  /** Draws what there are measurements of. */
  static void draw(Path results, Path figures) throws IOException {
    Map<String, Figure> drawn = new SpeedFigures(results).draw();
    for (Map.Entry<String, Figure> figure : drawn.entrySet()) {
      Files.writeString(
          figures.resolve(figure.getKey() + ".svg"),
          figure.getValue().toDocument(),
          StandardCharsets.UTF_8);
    }
  }

  private Map<String, Figure> draw() throws IOException {
    Map<String, Figure> figures = new TreeMap<>();
    kernels(1).ifPresent(figure -> figures.put("speed-kernels", figure));
    kernels(2).ifPresent(figure -> figures.put("speed-kernels-two", figure));
    files().ifPresent(figure -> figures.put("speed-files", figure));
    models("seconds", "seconds").ifPresent(figure -> figures.put("speed-models", figure));
    models("peakBytes", "peak memory, MB")
        .ifPresent(figure -> figures.put("speed-models-memory", figure));
    curve("bytes", "Two models into one, from file to file", "GB read and written")
        .ifPresent(figure -> figures.put("speed-curve-bytes", figure));
    curve("models", "n models of 0.5 GB into one, from file to file", "n, the number of models")
        .ifPresent(figure -> figures.put("speed-curve-models", figure));
    return figures;
  }

  /** Bandwidth of the weighted sum, beside the same loop in C; of repeated runs the best. */
  private Optional<Figure> kernels(int threads) throws IOException {
    Map<String, BarChart.Bar> bars = new LinkedHashMap<>();
    Set<String> ours = new HashSet<>();
    for (JsonNode c : read("speed-kernels.json")) {
      String format = c.path("format").asText();
      boolean byHand = format.equals("F16C");
      if (c.path("threads").asInt(1) == threads) {
        addBest(
            bars,
            kernel(byHand ? "F16" : format, c.path("inputs").asText()),
            byHand ? "C by hand" : "C, gcc -O3",
            c.path("gigabytesPerSecond").asDouble());
      }
    }
    for (JmhResult run : measured) {
      boolean narrow = run.benchmark().equals("NarrowSumBenchmark.kernel");
      if (narrow || run.benchmark().equals("WeightedSumBenchmark.kernel")) {
        double elements = threads * Double.parseDouble(run.parameter("length"));
        double n = Double.parseDouble(run.parameter("inputs"));
        if (run.threads() == threads && elements == SUMMED) {
          String label = kernel(narrow ? run.parameter("format") : "F32", run.parameter("inputs"));
          ours.add(label);
          addBest(
              bars,
              label,
              "JDK " + run.jdk() + (run.parameter("code").equals("BEST") ? ", vector code" : ""),
              (n + 1) * elements * (narrow ? 2 : 4) / run.seconds() / GIGA);
        }
      }
    }
    bars.values().removeIf(bar -> !ours.contains(bar.label()));
    String title = "Weighted sum of n sources in memory, threads: " + threads;
    return chart(title, "GB/s read and written", bars);
  }

  private static String kernel(String format, String n) {
    return format + ", n = " + n;
  }

  /** Time from file to file, beside copies of as many bytes. */
  private Optional<Figure> files() {
    Map<String, BarChart.Bar> bars = new LinkedHashMap<>();
    for (JmhResult run : measured) {
      String prefix = "ModelFilesBenchmark.";
      if (run.benchmark().startsWith(prefix)) {
        String name = run.benchmark().substring(prefix.length());
        boolean copies = name.startsWith("copy");
        String label =
            switch (name) {
              case "copy" -> "Files.copy, forced to the disk";
              case "copyUnforced" -> "Files.copy";
              default -> name + ", threads: " + run.parameter("threads");
            };
        if (!copies || run.parameter("threads").equals("1")) {
          add(bars, run.parameter("type") + ", " + label, run.side(), run.seconds());
        }
      }
    }
    return chart("Three models in, one out, from file to file", "seconds", bars);
  }

  /**
   * Time or memory of merges of whole models, beside mergekit's on as many threads. Merges that
   * find digests have no counterpart there. A run from before mergekit's threads were told counts
   * for either number.
   */
  private Optional<Figure> models(String field, String quantity) throws IOException {
    Map<String, BarChart.Bar> bars = new LinkedHashMap<>();
    for (JsonNode row : read("speed-models.json").path("rows")) {
      String side = row.path("side").asText();
      if (MERGERS.contains(side) && !row.path("method").asText().endsWith(WholeModelRun.HASHED)) {
        String jdk = row.has("jdk") ? ", JDK " + row.path("jdk").asText() : "";
        int told = row.path("threads").asInt();
        for (int threads : told > 0 ? List.of(told) : List.of(1, 2)) {
          add(
              bars,
              row.path("type").asText()
                  + (", " + row.path("method").asText() + ", n = " + row.path("models").asInt())
                  + (", threads: " + threads),
              side + jdk,
              field.equals("seconds")
                  ? least(row.path("seconds"))
                  : row.path("peakBytes").asDouble() / 1e6);
        }
      }
    }
    return chart("Whole models into one, without process start", quantity, bars);
  }

  /** How time grows, and the straight line through zero and the largest point of the fastest. */
  private Optional<Figure> curve(String series, String title, String x) throws IOException {
    Map<String, NavigableMap<Double, Double>> curves = new LinkedHashMap<>();
    for (int jdk : JDKS) {
      for (JsonNode point : read("curve-" + jdk + ".json").path("points")) {
        if (point.path("series").asText().equals(series)) {
          double at =
              series.equals("bytes")
                  ? point.path("bytes").asDouble() / GIGA
                  : point.path("models").asDouble();
          curves
              .computeIfAbsent(
                  "JDK " + jdk + ", threads: " + point.path("threads").asInt(),
                  name -> new TreeMap<>())
              .put(at, median(point.path("seconds")));
        }
      }
    }
    if (curves.isEmpty()) {
      return Optional.empty();
    }
    curves.put("in proportion to bytes", proportional(series, curves.values()));
    List<LineChart.Series> lines = new ArrayList<>();
    curves.forEach(
        (name, points) ->
            lines.add(
                new LineChart.Series(
                    name, List.copyOf(points.keySet()), List.copyOf(points.values()))));
    return Optional.of(
        (series.equals("bytes")
                ? LineChart.logarithmic(title, x, "seconds", lines)
                : LineChart.of(title, x, "seconds", lines))
            .draw());
  }

  /** Of n models (n + 1) times one model's bytes move. */
  private static NavigableMap<Double, Double> proportional(
      String series, Iterable<NavigableMap<Double, Double>> curves) {
    NavigableMap<Double, Double> first = curves.iterator().next();
    double offset = series.equals("bytes") ? 0 : 1;
    double perUnit = first.lastEntry().getValue() / (first.lastKey() + offset);
    NavigableMap<Double, Double> line = new TreeMap<>();
    first.keySet().forEach(at -> line.put(at, (at + offset) * perUnit));
    return line;
  }

  private static double least(JsonNode seconds) {
    return sorted(seconds).get(0);
  }

  private static double median(JsonNode seconds) {
    List<Double> sorted = sorted(seconds);
    return sorted.get(sorted.size() / 2);
  }

  private static List<Double> sorted(JsonNode seconds) {
    return StreamSupport.stream(seconds.spliterator(), false)
        .map(JsonNode::asDouble)
        .sorted()
        .toList();
  }

  /** The last of the same name counts. */
  private static void add(
      Map<String, BarChart.Bar> bars, String label, String group, double value) {
    bars.put(label + " / " + group, new BarChart.Bar(label, group, value, Double.NaN, Double.NaN));
  }

  /** The greatest of the same name counts. */
  private static void addBest(
      Map<String, BarChart.Bar> bars, String label, String group, double value) {
    BarChart.Bar former = bars.get(label + " / " + group);
    add(bars, label, group, former == null ? value : Math.max(value, former.value()));
  }

  /** With one group there is no legend, so the axis names it. */
  private static Optional<Figure> chart(
      String title, String quantity, Map<String, BarChart.Bar> bars) {
    if (bars.isEmpty()) {
      return Optional.empty();
    }
    List<String> groups = bars.values().stream().map(BarChart.Bar::group).distinct().toList();
    String named = groups.size() == 1 ? quantity + " (" + groups.get(0) + ")" : quantity;
    return Optional.of(new BarChart(title, named, List.copyOf(bars.values())).draw());
  }

  /** Nothing where there is no such file. */
  private JsonNode read(String name) throws IOException {
    Path file = results.resolve(name);
    ObjectMapper mapper = new ObjectMapper();
    return Files.exists(file) ? mapper.readTree(file.toFile()) : mapper.createObjectNode();
  }
}
