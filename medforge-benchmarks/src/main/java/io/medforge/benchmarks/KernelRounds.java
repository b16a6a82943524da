package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The kernels in C and on each JDK in turn, on one thread and on two, and all of it again: what
 * disturbs the machine for a while disturbs all.
 *
 * @param source the kernels' loop in C
 * @param jdks in the order in which they run
 * @param jmh runs them
 */
record KernelRounds(Path source, List<Jdk> jdks, JmhProcess jmh) {
  /** Elements of each source that C sums as well, on all threads together. */
  private static final int SUMMED = 64 << 20;

  private static final int SUMMED_QUICKLY = 4096;
  private static final int MOST_THREADS = 2;

  /**
   * Runs, and writes speed-kernels.json and JMH's files.
   *
   * @param rounds how many
   * @param folder of results
   * @param append whether these come after the rounds of an earlier run
   */
  void run(int rounds, Path folder, boolean append) throws IOException, InterruptedException {
    Path temporary = Files.createTempDirectory("medforge-kernels");
    try {
      Optional<CKernels> c = compiled(temporary);
      for (int round = 0; round < rounds; round++) {
        for (int threads = 1; threads <= MOST_THREADS; threads++) {
          run(c, threads, folder, append || round > 0);
        }
      }
    } finally {
      DrawnAdapters.delete(temporary);
    }
  }

  private void run(Optional<CKernels> c, int threads, Path folder, boolean further)
      throws IOException, InterruptedException {
    if (c.isPresent()) {
      JsonNode rows = c.get().measure(jmh.quick() ? SUMMED_QUICKLY : SUMMED, threads);
      new ResultFile(folder.resolve("speed-kernels.json")).write(rows, further || threads > 1);
    }
    String name = BenchmarkSuite.KERNEL + (threads == 1 ? "" : "-two");
    for (Jdk jdk : jdks) {
      List<String> arguments = new ArrayList<>(List.of("-t", "" + threads));
      if (!jmh.quick() && (further || threads > 1)) { // What fits in a cache runs once.
        arguments.addAll(List.of("-p", "length=" + SUMMED / threads));
      }
      jmh.run(BenchmarkSuite.KERNEL, jdk, arguments, jdk.results(folder, name), further);
    }
  }

  private Optional<CKernels> compiled(Path temporary) throws IOException, InterruptedException {
    boolean there = Files.isRegularFile(source);
    if (there && CKernels.compiler().isPresent()) {
      return Optional.of(CKernels.compile(source, temporary));
    }
    System.out.println(
        "The kernels run without C beside them: expected "
            + (there ? "gcc on the path" : source)
            + ", found none.");
    return Optional.empty();
  }
}
