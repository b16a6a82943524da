package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code peers/files.c}, where there is a compiler. */
class FilesInCTest {
  /** Some pieces and a part; less than one; whole ones; none. */
  private static final int[] SIZES = {(600 << 10) + 13, 4097, 512 << 10, 0};

  @TempDir private Path folder;
  private Path program = Path.of("");

  private record Answer(int exit, String said) {}

  @BeforeEach
  void compile() throws IOException, InterruptedException {
    assumeThat(CKernels.compiler()).isPresent();
    program = folder.resolve("files");
    Answer compiled =
        run("gcc", "-O2", "-Wall", "-Werror", "-pthread", "-o", "" + program, "peers/files.c");
    assertThat(compiled).isEqualTo(new Answer(0, ""));
  }

  @Test
  void readsAllAndWritesTheFirst() throws IOException, InterruptedException {
    List<Path> models = List.of(model("one", SIZES), model("two", SIZES), model("three", SIZES));
    Path out = folder.resolve("out");
    for (String threads : List.of("1", "2")) {
      Answer answer = files(threads, "3", out, models);
      assertThat(answer.exit()).as(answer.said()).isZero();
      JsonNode json = new ObjectMapper().readTree(answer.said());
      assertThat(json.path("seconds")).hasSize(3).allMatch(seconds -> seconds.asDouble() > 0);
      assertThat(json.path("bytesWritten").asInt())
          .isEqualTo((600 << 10) + 13 + 4097 + (512 << 10));
      for (int i = 0; i < SIZES.length; i++) {
        Path first = models.get(0).resolve(i + ".safetensors");
        assertThat(out.resolve(i + ".safetensors")).hasSameBinaryContentAs(first);
      }
      assertThat(out).isDirectoryNotContaining("glob:**.json");
    }
  }

  @Test
  void saysWhichFileIsMissingOrOfAnotherSize() throws IOException, InterruptedException {
    Path one = model("one", 5000, 100_000);
    Path out = folder.resolve("out");
    assertThat(files("1", "1", out, List.of(one, model("other", 5000, 99_999))))
        .isEqualTo(
            new Answer(
                1,
                "expected the size of the first model's file, found another, at "
                    + folder.resolve("other/1.safetensors")
                    + "\n"));
    assertThat(files("2", "1", out, List.of(one, model("fewer", 5000))).said())
        .startsWith("No such file")
        .contains("fewer/1.safetensors");
    assertThat(files("1", "1", out, List.of(model("empty"))).said())
        .contains("expected files of safetensors, found none, at " + folder.resolve("empty"));
    assertThat(files("3", "1", out, List.of(one)).said()).contains("expected 1|2 REPETITIONS");
  }

  private Path model(String name, int... sizes) throws IOException {
    Path model = Files.createDirectory(folder.resolve(name));
    Files.writeString(model.resolve("config.json"), "{}");
    Random random = new Random(name.hashCode());
    for (int i = 0; i < sizes.length; i++) {
      byte[] bytes = new byte[sizes[i]];
      random.nextBytes(bytes);
      Files.write(model.resolve(i + ".safetensors"), bytes);
    }
    return model;
  }

  private Answer files(String threads, String repetitions, Path out, List<Path> models)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("" + program, threads, repetitions, "" + out));
    models.forEach(model -> command.add("" + model));
    return run(command.toArray(String[]::new));
  }

  private static Answer run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Answer(process.waitFor(), said);
  }
}
