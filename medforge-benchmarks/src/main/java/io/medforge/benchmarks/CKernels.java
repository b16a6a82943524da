package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The weighted sums in C, {@code peers/kernels.c}, made by gcc for this machine.
 *
 * @param program what gcc made
 */
record CKernels(Path program) {
  private static final String COMPILER = "gcc";

  /** The compiler's name and version; empty where there is none on the path. */
  static Optional<String> compiler() throws InterruptedException {
    try {
      return output(List.of(COMPILER, "--version")).lines().findFirst();
    } catch (IOException e) {
      return Optional.empty(); // No such program.
    }
  }

  /** Makes the program in a folder. */
  static CKernels compile(Path source, Path folder) throws IOException, InterruptedException {
    Path program = folder.resolve("kernels");
    output(
        List.of(
            COMPILER,
            "-O3",
            "-march=native",
            "-pthread",
            "-o",
            program.toString(),
            source.toString()));
    return new CKernels(program);
  }

  /** All formats and numbers of sources, on so many threads: rows of speed-kernels.json. */
  JsonNode measure(long elements, int threads) throws IOException, InterruptedException {
    String rows =
        output(List.of(program.toString(), Long.toString(elements), Integer.toString(threads)));
    return new ObjectMapper().readTree(rows);
  }

  /** What goes wrong is said on the console, by the program itself. */
  private static String output(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String said;
    try (InputStream output = process.getInputStream()) {
      said = new String(output.readAllBytes(), StandardCharsets.UTF_8);
    }
    int exit = process.waitFor();
    if (exit != 0) {
      throw new IOException("expected the end of " + command + " with 0, found " + exit);
    }
    return said;
  }
}
