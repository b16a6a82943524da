package io.medforge.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.study.evidence.EvidenceMarkdown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The evidence page's tables are those of the committed {@code study.json}, word for word. */
class EvidencePageTest {
  private static final String RESULTS =
      "medforge-benchmarks/results/2026-11-26-epyc-2cpu/evidence/study.json";

  @Test
  void tablesAreThoseOfTheResults() throws IOException {
    JsonNode suites = new ObjectMapper().readTree(root().resolve(RESULTS).toFile()).path("suites");
    assertThat(suites).isNotEmpty();
    String page = Files.readString(root().resolve("src/site/markdown/evidence.md"));
    suites
        .properties()
        .forEach(
            suite -> {
              String start = "<!-- " + suite.getKey() + ": from study.json -->\n\n";
              String end = "\n<!-- end of " + suite.getKey() + " -->";
              assertThat(page).contains(start).contains(end);
              String tables =
                  page.substring(page.indexOf(start) + start.length(), page.indexOf(end));
              assertThat(tables).isEqualTo(EvidenceMarkdown.tables(suite.getValue()));
            });
  }

  private static Path root() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(directory.resolve(".mvn"))) {
      directory = directory.resolve("..").normalize();
    }
    return directory;
  }
}
