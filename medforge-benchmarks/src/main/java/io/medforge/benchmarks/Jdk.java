package io.medforge.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A JDK to measure on.
 *
 * @param home its folder
 * @param feature such as 17
 * @param description vendor and version
 */
record Jdk(Path home, int feature, String description) {
  private static final List<String> VARIABLES = List.of("JAVA_HOME_25", "JAVA_HOME_25_X64");

  /** Reads what the JDK's {@code release} file says. */
  static Jdk in(Path home) throws IOException {
    Path file = home.resolve("release");
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "expected the folder of a JDK, with a file named release, found none, at " + home);
    }
    Properties release = new Properties();
    try (var reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      release.load(reader);
    }
    String version = release.getProperty("JAVA_VERSION", "").replace("\"", "");
    if (!version.matches("\\d+(\\..*)?")) {
      throw new IllegalArgumentException(
          "expected JAVA_VERSION of a JDK, found '" + version + "', at " + file);
    }
    String vendor = release.getProperty("IMPLEMENTOR", "JDK").replace("\"", "");
    int dot = version.indexOf('.');
    int feature = Integer.parseInt(dot < 0 ? version : version.substring(0, dot));
    return new Jdk(home, feature, vendor + " " + version);
  }

  /** The one that runs this, and JDK 25 where the environment names one. */
  static List<Jdk> atHand(Path running, Map<String, String> environment) throws IOException {
    List<Jdk> found = new ArrayList<>(List.of(in(running)));
    for (String variable : VARIABLES) {
      String home = environment.get(variable);
      if (home != null && found.stream().noneMatch(jdk -> jdk.feature() == 25)) {
        found.add(in(Path.of(home)));
      }
    }
    return found;
  }

  /** The file of JMH's rows of this JDK. */
  ResultFile results(Path folder, String name) {
    return new ResultFile(folder.resolve("jmh-" + name + "-" + feature + ".json"));
  }

  /** Runs a program of this JVM's class path; what it prints goes where this JVM's output goes. */
  void run(List<String> arguments) throws IOException, InterruptedException {
    String java = home.resolve("bin").resolve("java").toString();
    List<String> command =
        new ArrayList<>(List.of(java, "-cp", System.getProperty("java.class.path")));
    command.addAll(arguments);
    int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (exit != 0) {
      throw new IOException("expected the end of " + command + " with 0, found " + exit);
    }
  }
}
