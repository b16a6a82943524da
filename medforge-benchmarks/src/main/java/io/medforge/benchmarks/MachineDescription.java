package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.openjdk.jmh.util.Version;

/**
 * What was measured on.
 *
 * @param processor its name; the architecture where the system does not tell
 * @param cores how many the JVM may use
 * @param memoryBytes of RAM
 * @param os name and version of the operating system, and the architecture
 * @param commit what was measured; {@code unknown} outside a Git checkout
 */
record MachineDescription(String processor, int cores, long memoryBytes, String os, String commit) {
  private static final Path CPU = Path.of("/proc/cpuinfo");
  private static final String MODEL = "model name";
  private static final String UNKNOWN = "unknown";

  /** This machine. */
  static MachineDescription here() throws IOException {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    String architecture = system.getArch();
    return new MachineDescription(
        Files.isReadable(CPU) ? processor(Files.readString(CPU), architecture) : architecture,
        system.getAvailableProcessors(),
        system.getTotalMemorySize(),
        system.getName() + " " + system.getVersion() + ", " + architecture,
        checkedOut());
  }

  /** The first model that Linux's text names. */
  static String processor(String cpuinfo, String otherwise) {
    return cpuinfo
        .lines()
        .filter(line -> line.startsWith(MODEL))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .filter(name -> !name.isEmpty())
        .findFirst()
        .orElse(otherwise);
  }

  private static String checkedOut() throws IOException {
    Process git;
    try {
      git =
          new ProcessBuilder("git", "describe", "--always", "--dirty")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return UNKNOWN; // No Git here.
    }
    try (var output = git.getInputStream()) {
      String said = new String(output.readAllBytes(), StandardCharsets.UTF_8).strip();
      return said.isEmpty() ? UNKNOWN : said;
    }
  }

  /** A folder's name: the kind of processor and its cores, such as {@code epyc-2cpu}. */
  String shortName() {
    String name = processor.toLowerCase(Locale.ROOT);
    for (String known : new String[] {"epyc", "ryzen", "xeon", "core", "apple", "neoverse"}) {
      if (name.contains(known)) {
        return known + "-" + cores + "cpu";
      }
    }
    return name.replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "") + "-" + cores + "cpu";
  }

  /** As {@code machine.json} says it. */
  ObjectNode toJson() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("processor", processor).put("cores", cores);
    json.put("memoryGiB", Math.round(memoryBytes / (double) (1L << 30)));
    json.put("os", os).put("jmh", Version.getPlainVersion()).put("commit", commit);
    return json;
  }
}
