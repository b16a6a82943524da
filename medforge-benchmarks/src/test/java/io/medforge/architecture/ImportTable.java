package io.medforge.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The import table of the design: which package may name which. */
final class ImportTable {
  private static final String ROOT = "io.medforge.";
  private static final String[] API = {"plugin", "runtime", "merge", "forge"};

  /** What the libraries of each module may be used for: JSpecify everywhere, the rest by name. */
  private static final Set<String> NOTHING_ELSE = Set.of();

  private static final Set<String> MERGE_LIBRARIES =
      Set.of("com.google.common", "com.google.errorprone.annotations", "org.slf4j");
  private static final Set<String> PLUGIN_LIBRARIES =
      Set.of(
          "com.google.common",
          "com.google.errorprone.annotations",
          "org.slf4j",
          "com.fasterxml.jackson");
  private static final Set<String> ONNX =
      Set.of(
          "ai.onnx",
          "ai.onnxruntime",
          "com.google.flatbuffers",
          "com.google.protobuf",
          "org.tribuo");
  private static final Set<String> DJL = Set.of("ai.djl");
  private static final Set<String> GIT = Set.of("org.eclipse.jgit");

  private static final Set<String> CHARTS = Set.of("org.jetbrains.letsPlot");

  private static final Map<String, Allowed> TABLE = table();

  /** Packages that are run, not embedded. They may name everything; nothing names them. */
  private static final Set<String> APPLICATION =
      Set.of(
          "io.medforge.cli",
          "io.medforge.cli.centre",
          "io.medforge.cli.data",
          "io.medforge.cli.forge",
          "io.medforge.study",
          "io.medforge.study.evidence",
          "io.medforge.study.heart",
          "io.medforge.study.xray",
          "io.medforge.benchmarks");

  private ImportTable() {}

  private record Allowed(Set<String> own, Set<String> libraries) {}

  private static Map<String, Allowed> table() {
    Map<String, Allowed> table = new TreeMap<>();
    put(table, "plugin", NOTHING_ELSE);
    put(table, "runtime", NOTHING_ELSE, "plugin");
    put(table, "merge", NOTHING_ELSE, "plugin");
    put(table, "forge", NOTHING_ELSE, "plugin", "runtime", "merge");

    put(table, "merge.kernel", NOTHING_ELSE);
    put(table, "merge.alignment", MERGE_LIBRARIES, "plugin", "merge", "merge.kernel");
    put(
        table,
        "merge.fusion",
        with(MERGE_LIBRARIES, Set.of("org.hipparchus")),
        api("merge.alignment", "merge.kernel"));
    put(table, "merge.checkpoint", MERGE_LIBRARIES, api("merge.kernel"));
    put(
        table,
        "merge.mixture",
        with(MERGE_LIBRARIES, Set.of("org.hipparchus")),
        api("merge.kernel"));
    put(table, "forge.governance", MERGE_LIBRARIES, api());
    put(table, "forge.admission", MERGE_LIBRARIES, api("forge.governance", "merge.alignment"));
    put(table, "forge.valuation", MERGE_LIBRARIES, api());
    put(table, "forge.mainline", MERGE_LIBRARIES, api("forge.governance", "forge.admission"));

    put(table, "plugin.safetensors", PLUGIN_LIBRARIES, api());
    put(table, "plugin.checkpoint", PLUGIN_LIBRARIES, api("plugin.safetensors"));
    put(table, "plugin.peft", PLUGIN_LIBRARIES, api("plugin.safetensors"));
    put(table, "plugin.privacy", with(PLUGIN_LIBRARIES, Set.of("org.hipparchus")), api());
    put(
        table,
        "plugin.audit",
        with(PLUGIN_LIBRARIES, Set.of("org.hipparchus")),
        api("plugin.safetensors", "plugin.peft", "plugin.privacy"));
    put(table, "plugin.light", PLUGIN_LIBRARIES, api("plugin.safetensors"));
    put(
        table,
        "forge.repository",
        with(PLUGIN_LIBRARIES, GIT),
        api("plugin.safetensors", "plugin.peft"));
    put(table, "runtime.onnx", with(PLUGIN_LIBRARIES, ONNX), api());
    put(table, "runtime.djl", with(PLUGIN_LIBRARIES, DJL), api());
    put(
        table,
        "plugin.branch",
        with(PLUGIN_LIBRARIES, DJL),
        api("runtime.djl", "plugin.safetensors", "plugin.peft", "plugin.privacy"));
    put(table, "report", with(CHARTS, Set.of("javax.xml", "org.w3c.dom", "org.xml.sax")));
    return table;
  }

  private static void put(
      Map<String, Allowed> table, String name, Set<String> libraries, String... own) {
    Set<String> qualified = new TreeSet<>();
    for (String other : own) {
      qualified.add(ROOT + other);
    }
    table.put(ROOT + name, new Allowed(qualified, libraries));
  }

  private static String[] api(String... more) {
    List<String> all = new ArrayList<>(List.of(API));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static Set<String> with(Set<String> some, Set<String> more) {
    Set<String> all = new TreeSet<>(some);
    all.addAll(more);
    return all;
  }

  /** The packages of the libraries that the table knows. */
  static Set<String> libraryPackages() {
    return new TreeSet<>(TABLE.keySet());
  }

  static boolean isApplication(String packageName) {
    return APPLICATION.contains(packageName);
  }

  /** One line per import of this main source that the table does not allow. */
  static List<String> violations(SourceFile source) {
    if (source.isModuleInfo()) {
      return List.of();
    }
    String packageName = source.packageName();
    List<String> violations = new ArrayList<>();
    if (!isApplication(packageName) && !TABLE.containsKey(packageName)) {
      violations.add(source.path() + ": package " + packageName + " is not in the import table");
      return violations;
    }
    for (String other : source.referencedPackages()) {
      if (!allows(packageName, other)) {
        violations.add(source.path() + ": " + packageName + " may not import " + other);
      }
    }
    return violations;
  }

  private static boolean allows(String from, String to) {
    if (to.startsWith(ROOT)) {
      return isApplication(from) || row(from).own().contains(to);
    }
    if (isApplication(from)) {
      return !isWithin(to, ONNX)
          && !isWithin(to, DJL)
          && !isWithin(to, CHARTS)
          && !isWithin(to, GIT);
    }
    return isWithin(to, Set.of("java", "org.jspecify.annotations"))
        || isWithin(to, row(from).libraries());
  }

  private static Allowed row(String packageName) {
    Allowed allowed = TABLE.get(packageName);
    if (allowed == null) {
      throw new IllegalArgumentException(packageName + " is not in the import table");
    }
    return allowed;
  }

  private static boolean isWithin(String packageName, Set<String> roots) {
    return roots.stream().anyMatch(r -> packageName.equals(r) || packageName.startsWith(r + "."));
  }
}
