package io.medforge.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every Java block of the documentation stands, up to white space, in {@link SnippetsTest} or a
 * test beside it that is named after it.
 */
class DocumentationTest {
  private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|#|mailto:)([^)#]+)");

  private static final Path ROOT = root();

  @Test
  void everySnippetIsCompiledAndRun() throws IOException {
    String compiled = squeezed(snippetTests());
    List<String> snippets = new ArrayList<>();
    for (Path page : pages()) {
      Matcher block = JAVA_BLOCK.matcher(Files.readString(page));
      while (block.find()) {
        snippets.add(block.group(1));
      }
    }
    assertThat(snippets).isNotEmpty();
    assertThat(snippets).allSatisfy(snippet -> assertThat(compiled).contains(squeezed(snippet)));
  }

  @Test
  void everyRelativeLinkLeadsSomewhere() throws IOException {
    for (Path page : pages()) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        // The site's pages are Markdown here and HTML there.
        String target = link.group(1).replaceFirst("\\.html$", ".md");
        // And the site's images are resources, copied beside its pages.
        Path resource = ROOT.resolve("src/site/resources").resolve(target);
        assertThat(List.of(page.resolveSibling(target), resource))
            .as("link in %s", page.getFileName())
            .anyMatch(Files::exists);
      }
    }
  }

  private static String snippetTests() throws IOException {
    Path folder = ROOT.resolve("medforge-benchmarks/src/test/java/io/medforge/docs");
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith("SnippetsTest.java")).toList()) {
        text.append(Files.readString(file));
      }
    }
    return text.toString();
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (String name : List.of("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")) {
      pages.add(ROOT.resolve(name));
    }
    try (Stream<Path> site = Files.list(ROOT.resolve("src/site/markdown"))) {
      site.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  private static String squeezed(String code) {
    return code.replaceAll("//[^\n]*", "").replaceAll("\\s+", "");
  }

  private static Path root() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(directory.resolve(".mvn"))) {
      directory = directory.resolve("..").normalize();
    }
    return directory;
  }
}
