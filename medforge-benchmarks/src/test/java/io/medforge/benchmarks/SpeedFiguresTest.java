package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpeedFiguresTest {
  private static final String RUN =
      """
      {"benchmark": "io.medforge.benchmarks.%s", "threads": %d, "jdkVersion": "%s",
       "jvmArgs": [%s], "params": %s,
       "primaryMetric": {"score": 1e9, "rawData": [[%s, 1e9], [0]], "scoreUnit": "%s"}}\
      """;

  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    String kernel =
        "{\"format\": \"BF16\", \"code\": \"%s\", \"inputs\": \"4\", \"length\": \"%d\"}";
    String files = "{\"type\": \"F32\", \"threads\": \"%d\", \"megabytes\": \"2000\"}";
    write(
        "jmh-kernel-17.json",
        run(
            "NarrowSumBenchmark.kernel",
            1,
            "17.0.15",
            "",
            kernel.formatted("PLAIN", 1 << 26),
            "1000",
            "us/op"),
        run(
            "NarrowSumBenchmark.kernel",
            1,
            "17.0.15",
            "",
            kernel.formatted("PLAIN", 1 << 26).replace("BF16", "F16"),
            "1000",
            "us/op"),
        run(
            "NarrowSumBenchmark.kernel",
            1,
            "17.0.15",
            "",
            kernel.formatted("PLAIN", 1 << 26),
            "3000", // Of two rounds the better counts.
            "us/op"));
    write(
        "jmh-kernel-vector-17.json",
        run(
            "NarrowSumBenchmark.kernel",
            2,
            "17.0.15",
            "\"--add-modules\", \"jdk.incubator.vector\"",
            kernel.formatted("BEST", 1 << 25),
            "1000",
            "us/op"));
    write(
        "jmh-io-25.json",
        run("ModelFilesBenchmark.linear", 1, "25", "", files.formatted(2), "1500", "ms/op"),
        run("ModelFilesBenchmark.copy", 1, "25", "", files.formatted(1), "2", "s/op"),
        run("ModelFilesBenchmark.copy", 1, "25", "", files.formatted(2), "3", "s/op"),
        run("TrainingStepBenchmark.train", 1, "25", "", "{}", "7", "ops/s"));
    Files.writeString(
        folder.resolve("speed-kernels.json"),
        "[{\"format\": \"BF16\", \"inputs\": 4, \"gigabytesPerSecond\": 12.5},"
            + "{\"format\": \"BF16\", \"inputs\": 4, \"gigabytesPerSecond\": 2.5},"
            + "{\"format\": \"BF16\", \"inputs\": 4, \"threads\": 2, \"gigabytesPerSecond\": 20},"
            + "{\"format\": \"BF16\", \"inputs\": 8, \"gigabytesPerSecond\": 12.5},"
            + "{\"format\": \"F16C\", \"inputs\": 4, \"gigabytesPerSecond\": 8}]");
    Files.writeString(
        folder.resolve("speed-models.json"),
        """
        {"rows": [
          {"type": "F32", "method": "copy", "models": 3, "side": "Files.copy", "jdk": "17",
           "threads": 1, "seconds": [9], "peakBytes": 1},
          {"type": "F32", "method": "read-write", "models": 3, "side": "C", "jdk": "17",
           "threads": 1, "seconds": [7]},
          {"type": "F32", "method": "ties", "models": 2, "side": "mergekit",
           "seconds": [30, 20], "peakBytes": 6e9},
          {"type": "F32", "method": "ties", "models": 2, "side": "MedForge", "jdk": "17",
           "threads": 2, "seconds": [2, 3], "peakBytes": 2e8},
          {"type": "F32", "method": "linear-hashed", "models": 2, "side": "MedForge",
           "jdk": "17", "threads": 1, "seconds": [77], "peakBytes": 77e6},
          {"type": "F32", "method": "linear", "models": 2, "side": "mergekit", "threads": 1,
           "seconds": [3], "peakBytes": 6e9}]}\
        """);
    Files.writeString(
        folder.resolve("curve-17.json"),
        """
        {"points": [
          {"series": "bytes", "models": 2, "threads": 1, "bytes": 1e8, "seconds": [9, 0.1, 0.2]},
          {"series": "bytes", "models": 2, "threads": 1, "bytes": 8e9, "seconds": [8, 8, 8]},
          {"series": "models", "models": 1, "threads": 1, "bytes": 1e9, "seconds": [1, 1, 1]},
          {"series": "models", "models": 2, "threads": 1, "bytes": 15e8, "seconds": [2, 2, 2]}]}\
        """);
  }

  private void write(String name, String... runs) throws IOException {
    Files.writeString(folder.resolve(name), "[" + String.join(",", runs) + "]");
  }

  private static String run(
      String name, int threads, String jdk, String jvm, String params, String score, String unit) {
    return RUN.formatted(name, threads, jdk, jvm, params, score, unit);
  }

  @Test
  void readsWhatJmhWrites() throws IOException {
    assertThat(JmhResult.in(folder)).hasSize(7);
    JmhResult vector = JmhResult.in(folder).get(6);
    assertThat(vector.benchmark()).isEqualTo("NarrowSumBenchmark.kernel");
    assertThat(vector.side()).isEqualTo("JDK 17, Vector API");
    assertThat(vector.threads()).isEqualTo(2);
    assertThat(vector.seconds()).isEqualTo(1e-3);
    assertThat(vector.parameter("format")).isEqualTo("BF16");
  }

  @Test
  void drawsEveryFigureThatThereAreNumbersOf() throws IOException {
    Path figures = Files.createDirectory(folder.resolve("figures"));
    SpeedFigures.main(new String[] {folder.toString(), figures.toString()});
    assertThat(text(figures, "speed-kernels"))
        .contains("BF16, n = 4", "threads: 1", "C, gcc -O3", "C by hand", ">JDK 17<")
        .doesNotContain("n = 8", "vector code");
    assertThat(text(figures, "speed-kernels-two"))
        .contains("BF16, n = 4", "threads: 2", "C, gcc -O3", "JDK 17, vector code")
        .doesNotContain("C by hand", ">JDK 17<");
    assertThat(text(figures, "speed-files"))
        .contains("F32, linear, threads: 2", "F32, Files.copy, forced to the disk", "JDK 25");
    assertThat(text(figures, "speed-models"))
        .contains("F32, ties, n = 2, threads: 1", "F32, ties, n = 2, threads: 2")
        .contains("F32, linear, n = 2, threads: 1", "mergekit", "MedForge, JDK 17")
        .doesNotContain("copy", "read-write", "hashed", "linear, n = 2, threads: 2");
    assertThat(text(figures, "speed-models-memory")).contains("peak memory, MB");
    assertThat(text(figures, "speed-curve-bytes"))
        .contains("JDK 17, threads: 1", "in proportion to bytes");
    assertThat(text(figures, "speed-curve-models")).contains("the number of models");
  }

  @Test
  void drawsNothingOfNothing(@TempDir Path empty) throws IOException {
    SpeedFigures.draw(empty, empty);
    assertThat(empty).isEmptyDirectory();
  }

  private static String text(Path figures, String name) throws IOException {
    return Files.readString(figures.resolve(name + ".svg"));
  }
}
