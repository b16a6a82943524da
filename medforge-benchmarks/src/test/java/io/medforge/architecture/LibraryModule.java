package io.medforge.architecture;

import com.google.common.collect.ImmutableSet;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;

/** The modules that are embedded, and the packages each is meant to have. */
enum LibraryModule {
  API(
      "io.medforge.api",
      ImmutableSet.of(
          "io.medforge.plugin", "io.medforge.runtime", "io.medforge.merge", "io.medforge.forge"),
      ImmutableSet.of()),
  MERGE(
      "io.medforge.merge",
      ImmutableSet.of(
          "io.medforge.merge.fusion",
          "io.medforge.merge.alignment",
          "io.medforge.merge.checkpoint",
          "io.medforge.merge.mixture",
          "io.medforge.forge.mainline",
          "io.medforge.forge.admission",
          "io.medforge.forge.governance",
          "io.medforge.forge.valuation"),
      ImmutableSet.of("io.medforge.merge.kernel")),
  PLUGIN(
      "io.medforge.plugin",
      ImmutableSet.of(
          "io.medforge.plugin.safetensors",
          "io.medforge.plugin.checkpoint",
          "io.medforge.plugin.peft",
          "io.medforge.plugin.branch",
          "io.medforge.plugin.audit",
          "io.medforge.plugin.privacy",
          "io.medforge.plugin.light",
          "io.medforge.runtime.onnx",
          "io.medforge.runtime.djl",
          "io.medforge.forge.repository"),
      ImmutableSet.of());

  private final String moduleName;
  private final ImmutableSet<String> published;
  private final ImmutableSet<String> hidden;

  LibraryModule(String moduleName, ImmutableSet<String> published, ImmutableSet<String> hidden) {
    this.moduleName = moduleName;
    this.published = published;
    this.hidden = hidden;
  }

  String moduleName() {
    return moduleName;
  }

  /** Packages for users, as far as they are written. */
  ImmutableSet<String> published() {
    return published;
  }

  /** Packages for this module only. */
  ImmutableSet<String> hidden() {
    return hidden;
  }

  /** The built jar, or the directory of classes when it is not packaged yet. */
  Path origin() {
    return ClassPath.entries().stream()
        .filter(LibraryModule::isOurs)
        .filter(entry -> ModuleFinder.of(entry).find(moduleName).isPresent())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + moduleName + " on the class path"));
  }

  /** The compiled module descriptor. */
  ModuleDescriptor descriptor() {
    return ModuleFinder.of(origin())
        .find(moduleName)
        .map(ModuleReference::descriptor)
        .orElseThrow();
  }

  private static boolean isOurs(Path entry) {
    return Files.isDirectory(entry)
        ? Files.exists(entry.resolve("module-info.class"))
        : entry.getFileName().toString().startsWith("medforge-");
  }
}
