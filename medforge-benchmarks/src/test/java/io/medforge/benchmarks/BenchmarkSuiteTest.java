package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

class BenchmarkSuiteTest {
  private static final Path TESTS = Path.of("src", "test", "java", "io", "medforge", "benchmarks");

  /** As JMH lists them. */
  private static SortedSet<String> benchmarks() {
    return BenchmarkList.defaultList()
        .getAll(
            OutputFormatFactory.createFormatInstance(
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                VerboseMode.SILENT),
            List.of())
        .stream()
        .map(BenchmarkListEntry::getUsername)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyBenchmarkIsInOneSuiteAndEverySuiteHasSome() {
    SortedSet<String> all = benchmarks();
    assertThat(all).hasSizeGreaterThan(20);
    for (String benchmark : all) {
      assertThat(
              Arrays.stream(BenchmarkSuite.values())
                  .filter(suite -> Pattern.compile(suite.pattern()).matcher(benchmark).find()))
          .as(benchmark)
          .hasSize(1);
    }
    for (BenchmarkSuite suite : BenchmarkSuite.values()) {
      assertThat(all).anyMatch(name -> Pattern.compile(suite.pattern()).matcher(name).find());
    }
  }

  /** A benchmark that computes something else measures nothing. */
  @Test
  void aTestHoldsEachBenchmarksAnswer() throws IOException {
    String tests;
    try (Stream<Path> files = Files.list(TESTS)) {
      tests =
          files
              .filter(file -> file.toString().endsWith("Test.java"))
              .map(BenchmarkSuiteTest::read)
              .collect(Collectors.joining("\n"));
    }
    for (String benchmark : benchmarks()) {
      int method = benchmark.lastIndexOf('.');
      int type = benchmark.lastIndexOf('.', method - 1);
      assertThat(tests)
          .contains("new " + benchmark.substring(type + 1, method) + "()")
          .contains(benchmark.substring(method) + "()");
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
