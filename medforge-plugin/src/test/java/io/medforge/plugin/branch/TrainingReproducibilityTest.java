package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.PluginId;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.Network;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Trainings in JVMs of their own: the collector must not touch the result, nor the engine call. */
class TrainingReproducibilityTest {
  /** Trains and prints the digest. */
  static final class Trainer {
    public static void main(String[] args) {
      List<Integer> widths = List.of(Patients.WIDTH, 64, 64, 2);
      List<String> layers = List.of("fc1", "fc2", "fc3");
      Network network =
          Network.of(
              "mlp",
              Architecture.mlp("fc1", "fc2", "fc3"),
              InitialParameters.mlp(layers, widths, 1));
      Patients patients = Patients.draw(1, 320, 2);
      TrainingOptions options = TrainingOptions.seeded(3).epochs(150).batchSize(32).build();
      System.out.println(
          LoraTraining.of(network, PluginId.parse("a/b:1"), Patients.BINARY, options)
              .build()
              .train(patients.inputs(), patients.classes())
              .digest());
    }
  }

  /** Starts the engine. */
  static final class Starter {
    public static void main(String[] args) {
      DjlEngine.newManager().close();
    }
  }

  private static List<String> java(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
    return output.lines().toList();
  }

  private static String digest(String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(
        List.of(
            "-Dai.djl.offline=true",
            "-cp",
            System.getProperty("java.class.path"),
            Trainer.class.getName()));
    List<String> output = java(arguments.toArray(String[]::new));
    assertThat(output).anyMatch(line -> line.startsWith("sha256:"));
    return output.stream().filter(line -> line.startsWith("sha256:")).findFirst().orElseThrow();
  }

  @Test
  void heapAndCollectorsDoNotChangeTheResult() throws Exception {
    String small = digest("-Xmx32m", "-XX:+UseSerialGC");
    assertThat(digest("-Xmx32m", "-XX:+UseG1GC")).isEqualTo(small);
    assertThat(digest("-Xmx512m")).isEqualTo(small);
  }

  @Test
  void theEngineIsRefusedWhileItWouldContactAHost() throws Exception {
    List<String> output =
        java("-cp", System.getProperty("java.class.path"), Starter.class.getName());
    assertThat(String.join("\n", output))
        .contains("IllegalStateException", "-Dai.djl.offline=true", "OPT_OUT_TRACKING");
  }
}
