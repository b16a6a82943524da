package io.medforge.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OnnxEnvironmentTest {
  /** What a JVM with a long command line runs. */
  static final class Starter {
    public static void main(String[] args) {
      OnnxEnvironment.get();
      System.out.println("started");
    }
  }

  /** Created on the main thread, ONNX Runtime 1.29.0 ends this JVM with a segmentation fault. */
  @Test
  void aLongCommandLineDoesNotEndTheProcess() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dpadding=" + "x".repeat(60_000),
                "-cp",
                System.getProperty("java.class.path"),
                Starter.class.getName())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
    assertThat(output).contains("started");
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void thereIsOneEnvironment() {
    assertThat(OnnxEnvironment.get()).isSameAs(OnnxEnvironment.get());
  }
}
