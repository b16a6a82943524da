package io.medforge.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceRulesTest {
  private static final Repository REPOSITORY = Repository.current();

  @Test
  void everySourceIsShortAndNamedForWhatItDoes() {
    assertThat(REPOSITORY.allSources()).flatMap(SourceRules::violations).isEmpty();
  }

  @Test
  void librariesLeaveTheJvmAlone() {
    assertThat(REPOSITORY.mainSources()).flatMap(SourceRules::libraryViolations).isEmpty();
  }

  @Test
  void everyPackageIsNullMarked() {
    List<SourceFile> sources = REPOSITORY.mainSources();
    Set<String> packages = new TreeSet<>();
    Set<String> marked = new TreeSet<>();
    for (SourceFile source : sources) {
      if (!source.isModuleInfo()) {
        packages.add(source.packageName());
      }
      if (source.isPackageInfo() && source.code().contains("@NullMarked")) {
        marked.add(source.packageName());
      }
    }

    assertThat(marked).isEqualTo(packages);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "class TensorUtils {}",
        "final class TensorUtil {}",
        "interface FuseHelper {}",
        "class PluginManager {}",
        "class AbstractGate {}",
        "record ReaderImpl(int a) {}",
      })
  void aVagueNameIsFound(String declaration) {
    assertThat(SourceRules.violations(planted("io.medforge.plugin", declaration))).hasSize(1);
  }

  @Test
  void aLongFileIsFound() {
    String text = "\n".repeat(SourceRules.LONGEST_FILE);

    assertThat(SourceRules.violations(planted("io.medforge.plugin", text))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "System.exit(1);",
        "Runtime.getRuntime().halt(1);",
        "System.out.println();",
        "System.err.println();",
        "e.printStackTrace();",
        "System.setProperty(a, b);",
        "Locale.setDefault(a);",
        "Thread.setDefaultUncaughtExceptionHandler(a);",
      })
  void aLibraryThatTouchesTheJvmIsFound(String statement) {
    String code = "class A { void b() { " + statement + " } }";

    assertThat(SourceRules.libraryViolations(planted("io.medforge.plugin.peft", code))).hasSize(1);
    assertThat(SourceRules.libraryViolations(planted("io.medforge.cli", code))).isEmpty();
  }

  @Test
  void commentsAndStringsAreNotCode() {
    String code = "class A { /* System.exit(1) */ String b = \"System.exit(1)\"; // System.out\n }";

    assertThat(SourceRules.libraryViolations(planted("io.medforge.plugin", code))).isEmpty();
  }

  @Test
  void theTableNamesNoPackageTwice() {
    assertThat(ImportTable.libraryPackages().stream().filter(ImportTable::isApplication)).isEmpty();
    assertThat(
            REPOSITORY.mainSources().stream()
                .map(SourceFile::packageName)
                .filter(ImportTable::isApplication)
                .collect(Collectors.toSet()))
        .contains("io.medforge.cli");
  }

  private static SourceFile planted(String packageName, String text) {
    return new SourceFile("Planted.java", "package " + packageName + ";\n" + text);
  }
}
