package io.medforge.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModulesTest {
  private static final Set<String> ENGINES =
      Set.of(
          "ai.djl.api",
          "ai.djl.pytorch_engine",
          "com.google.protobuf",
          "com.microsoft.onnxruntime",
          "flatbuffers.java",
          "org.eclipse.jgit",
          "org.tribuo.util.onnx");

  @ParameterizedTest
  @EnumSource
  void aModuleExportsItsPublishedPackagesAndNothingElse(LibraryModule module) {
    Set<String> expected = packagesOf(module);
    expected.removeAll(module.hidden());

    assertThat(module.published()).containsAll(expected);
    assertThat(exportsOf(module.descriptor())).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void aModuleExportsToEverybodyAndOpensNothing(LibraryModule module) {
    assertThat(module.descriptor().exports()).noneMatch(Exports::isQualified);
    assertThat(module.descriptor().opens()).isEmpty();
    assertThat(module.descriptor().isOpen()).isFalse();
  }

  @Test
  void theApiExportsAllFourPackages() {
    assertThat(exportsOf(LibraryModule.API.descriptor())).isEqualTo(LibraryModule.API.published());
  }

  @Test
  void noPackageIsSplitBetweenModules() {
    Set<String> seen = new TreeSet<>();
    for (LibraryModule module : LibraryModule.values()) {
      for (String name : packagesOf(module)) {
        assertThat(seen.add(name)).as(name).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyEngineIsOptional(LibraryModule module) {
    assertThat(module.descriptor().requires())
        .filteredOn(requires -> ENGINES.contains(requires.name()))
        .allMatch(requires -> requires.modifiers().contains(Requires.Modifier.STATIC));
  }

  @Test
  void theModulesResolveWithoutAnEngine() {
    Configuration resolved = resolve(ClassPath.entriesWithoutEngines());

    assertThat(resolved.modules())
        .extracting(module -> module.name())
        .contains("io.medforge.api", "io.medforge.merge", "io.medforge.plugin")
        .doesNotContainAnyElementsOf(ENGINES);
  }

  @Test
  void aMissingModuleIsNoticed() {
    List<Path> withoutGuava =
        ClassPath.entriesWithoutEngines().stream()
            .filter(path -> !path.getFileName().toString().startsWith("guava-"))
            .toList();

    assertThatThrownBy(() -> resolve(withoutGuava))
        .isInstanceOf(FindException.class)
        .hasMessageContaining("com.google.common");
  }

  private static Configuration resolve(List<Path> entries) {
    return ModuleLayer.boot()
        .configuration()
        .resolve(
            ModuleFinder.of(),
            ModuleFinder.of(entries.stream().filter(ModulesTest::isPossible).toArray(Path[]::new)),
            Set.of("io.medforge.merge", "io.medforge.plugin"));
  }

  /** Test classes have no descriptor, and a directory without one cannot be an automatic module. */
  private static boolean isPossible(Path entry) {
    return entry.toString().endsWith(".jar")
        || entry.resolve("module-info.class").toFile().exists();
  }

  private static Set<String> exportsOf(ModuleDescriptor descriptor) {
    return descriptor.exports().stream()
        .map(Exports::source)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> packagesOf(LibraryModule module) {
    return ClassPath.classNames(module.origin()).stream()
        .map(name -> name.substring(0, name.lastIndexOf('.')))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
