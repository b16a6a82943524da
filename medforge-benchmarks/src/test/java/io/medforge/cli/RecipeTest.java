package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecipeTest {
  private static final String HEAD = "medforge: 1\n";
  private static final String TAIL = "adapters:\n  - path: a\n";

  @TempDir private Path folder;

  @Test
  void aRecipeIsReadBackAsItWasWritten() {
    TestAdapters.write(TestAdapters.module("a", "base", 2, 1), folder.resolve("a"));
    TestAdapters.write(TestAdapters.module("b", "base", 2, 1), folder.resolve("b: #\"x\""));
    String yaml =
        HEAD
            + "method: della\nsettings: {density: 0.5, epsilon: 1e-3}\nrank: 4\nspace: dense\n"
            + "align: procrustes\nseed: -7\nheads: keep\nbase: toy/mlp\nadapters:\n"
            + "  - {path: a, weight: 0.1}\n  - {path: 'b: #\"x\"', weight: -2}\n";
    FusionRecipe recipe = read(yaml);

    String written = RecipeWriter.toYaml(recipe, folder);

    assertThat(RecipeWriter.toYaml(read(written), folder)).isEqualTo(written);
    assertThat(written)
        .contains("epsilon: 0.001", "seed: -7", "weight: -2\n", "path: \"b: #\\\"x\\\"\"");
  }

  static Stream<String> hostile() {
    return Stream.of(
        "line 3|each name once|method: ties\nmethod: dare\n",
        "line 2|\"colour\"|colour: red\n",
        "line 2|a whole number, found \"1.5\"|seed: 1.5\n",
        "line 2|a whole number|seed: \"7\"\n",
        "line 2|a whole number|seed: 99999999999999999999\n",
        "line 2|finite number, found \"0.5\"|settings: {density: \"0.5\"}\n",
        "line 2|.nan|settings: {density: .nan}\n",
        "line 2|finite number|settings: {density: true}\n",
        "line 2|names and values, found a list|settings: [1]\n",
        "line 3|aliases|base: &a x\nspace: *a\n",
        "line 2|aliases|settings: &a {density: 1}\n",
        "line 2|tags|base: !!java.net.URL x\n",
        "line 2|one of [mean|method: magic\n",
        "line 2|expected a rank of at least 1|rank: 0\n",
        "line 2|a text|base: [x]\n",
        "line 2|a text, found nothing|method: null\n",
        "line 2|a list of adapters|adapters: a\n",
        "line 3|an adapter with a path|adapters:\n  - a\n",
        "line 3|without one|adapters:\n  - weight: 1\n",
        "line 2|in YAML|base: \"x\n");
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void whatIsNoRecipeIsRefusedByLine(String row) {
    String[] parts = row.split("\\|", 3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(HEAD + parts[2]))
        .withMessageContaining(parts[0])
        .withMessageContaining(parts[1])
        .withMessageContaining("recipe.yaml");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|a recipe",
        "hello|begins with",
        "medforge: 2|format 2",
        "method: mean|no version",
        "medforge: 1|at least one adapter",
      })
  void whatBeginsOtherwiseIsRefused(String yaml, String said) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(yaml + "\n"))
        .withMessageContaining(said);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "method: mean|density: 1|no density with method mean, which takes no settings",
        "method: dare|density: 0.5|a seed with method dare, which takes density, lambda?, seed",
        "method: krum|f: 0.5|found 0.5, at f",
        "method: trimmed-mean|lambda: 1|no lambda with method trimmed-mean, which takes k",
        "method: slerp|per-layer: 2|expected 0 or 1 as per-layer",
      })
  void aMethodsSettingsAreItsOwn(String method, String setting, String said) {
    String yaml = HEAD + method + "\nsettings: {" + setting + "}\n" + TAIL;
    assertThatThrownBy(() -> read(yaml).method().fusion(read(yaml).settings()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(said);
  }

  @Test
  void aliasBombsTwoDocumentsAndLargeFilesAreRefused() {
    String bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n";
    assertThatIllegalArgumentException().isThrownBy(() -> read(HEAD + bomb));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(HEAD + TAIL + "---\n" + HEAD + TAIL))
        .withMessageContaining("one document");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("[".repeat(100_000)))
        .withMessageContaining("recipe.yaml");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("#".repeat(1 << 21)))
        .withMessageContaining("at most 1048576 bytes");
  }

  @Property(tries = 500)
  void anyBytesAreARecipeOrRefused(@ForAll @Size(max = 60) byte[] bytes) {
    assertParsedOrRefused(bytes);
  }

  @Property(tries = 500)
  void aDamagedRecipeIsARecipeOrRefused(@ForAll @Size(max = 4) List<Byte> damage, @ForAll int at) {
    byte[] bytes =
        (HEAD + "settings: {density: 0.5}\nmethod: ties\n" + TAIL).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < damage.size(); i++) {
      bytes[Math.floorMod(at + 7 * i, bytes.length)] = damage.get(i);
    }
    assertParsedOrRefused(bytes);
  }

  private static void assertParsedOrRefused(byte[] bytes) {
    Path file = Path.of("recipe.yaml");
    try {
      assertThat(RecipeReader.parse(file, bytes)).isNotNull();
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("recipe.yaml");
    }
  }

  private FusionRecipe read(String yaml) {
    try {
      Path file = folder.resolve("recipe.yaml");
      return (FusionRecipe) RecipeReader.any(Files.writeString(file, yaml));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
