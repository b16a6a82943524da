package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.revwalk.RevCommit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two hospitals and a maintainer, three folders and a bare Git repository: the page, run. */
class ForgePageTest {
  private static final Pattern BLOCK = Pattern.compile("```(sh|json)\n(.*?)```", Pattern.DOTALL);
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
  private static final String REFUSED = " # refused";

  private final TreeMap<String, String> keys = new TreeMap<>();
  private final List<String> said = new ArrayList<>();
  @TempDir private Path folder;

  @BeforeEach
  void prepareTheSites() throws IOException {
    Files.createDirectories(folder.resolve("maintainer"));
    ForgeSites.writeBase(folder.resolve("base.onnx"));
    ForgeSites.write(folder.resolve("north"), "north", 1);
    ForgeSites.write(folder.resolve("south"), "south", 2);
  }

  @Test
  void theCommandsOfThePageDoWhatItSays() throws Exception {
    Matcher block = BLOCK.matcher(Files.readString(page()));
    while (block.find()) {
      if (block.group(1).equals("json")) {
        writeCharter(block.group(2));
      } else {
        for (String line : block.group(2).lines().toList()) {
          run(line);
        }
      }
    }
    assertThat(said).anySatisfy(out -> assertThat(out).contains("refuse by licence"));
    assertThat(said).anySatisfy(out -> assertThat(out).startsWith("clean: "));
    assertThat(said).anySatisfy(out -> assertThat(out).contains("the new charter holds"));
    assertThat(said).anySatisfy(out -> assertThat(out).contains("north", "Shapley +0."));
    assertThat(said)
        .anySatisfy(out -> assertThat(out).contains("withdrawn before, at plugin south/tumour:1"));
    assertThat(Files.readString(folder.resolve("maintainer/item.html")))
        .contains("<svg", "north/tumour:1", "south/tumour:1");
    assertThat(folder.resolve("maintainer/release/adapter_config.json")).exists();
    assertThat(folder.resolve("maintainer/release/evidence")).isNotEmptyDirectory();
    withdrawingLeavesTheItemThatNeverSawIt();
    ordinaryGitShowsTheHistory();
  }

  private void withdrawingLeavesTheItemThatNeverSawIt() throws IOException {
    JsonNode before = show("1");
    JsonNode after = show("3");
    assertThat(after.path("item")).isEqualTo(before.path("item"));
    assertThat(after.path("result")).isEqualTo(before.path("result"));
    assertThat(after.path("findings").get(0).path("message").asText())
        .contains("copies already made of versions 2");
  }

  private JsonNode show(String version) throws IOException {
    CommandRun run =
        CommandRun.of("forge", "show", version, "--json", "-f", folder.resolve("maintainer/forge"));
    return new ObjectMapper().readTree(run.out());
  }

  private void ordinaryGitShowsTheHistory() throws Exception {
    try (Git git = Git.open(folder.resolve("shared.git").toFile())) {
      int merges = 0;
      for (RevCommit commit : git.log().add(git.getRepository().resolve("main")).call()) {
        merges += commit.getParentCount() > 1 ? 1 : 0;
      }
      assertThat(merges).isGreaterThanOrEqualTo(2);
      assertThat(git.branchList().call())
          .extracting(each -> each.getName().replace("refs/heads/", ""))
          .contains("main", "centre/north", "centre/south");
    }
  }

  private void run(String line) throws Exception {
    if (line.startsWith("git init")) {
      Git.init().setBare(true).setDirectory(folder.resolve("shared.git").toFile()).call().close();
      return;
    }
    if (line.startsWith("git ")) {
      return; // what it shows is asked through JGit
    }
    boolean refused = line.endsWith(REFUSED);
    List<Object> words = new ArrayList<>();
    Matcher word =
        WORD.matcher(refused ? line.substring(0, line.length() - REFUSED.length()) : line);
    while (word.find()) {
      words.add(word.group(1) != null ? word.group(1) : place(word.group(2)));
    }
    assertThat(words.remove(0)).isEqualTo("medforge");
    CommandRun run = CommandRun.of(words.toArray());
    assertThat(run.exitCode())
        .as("%s%n%s%n%s", line, run.out(), run.err())
        .isEqualTo(refused ? 1 : 0);
    said.add(run.out());
    if (words.get(1).equals("key")) {
      String name = Path.of(words.get(2).toString()).getFileName().toString();
      keys.put(name.replace(".key", ""), run.out().strip());
    }
  }

  /** Paths of the page lie in the test's folder; a plugin's id is no path. */
  private Object place(String word) {
    boolean path =
        word.matches(
            "(maintainer|north|south)/[^:]*|shared\\.git|charter\\.json|amended\\.json|base\\.onnx");
    return path ? folder.resolve(word) : word;
  }

  private void writeCharter(String json) throws IOException {
    String charter = json;
    for (var key : keys.entrySet()) {
      charter = charter.replace("KEY OF " + key.getKey(), key.getValue());
    }
    Files.writeString(folder.resolve("charter.json"), charter);
    Files.writeString(
        folder.resolve("amended.json"), charter.replace("\"delta\": 0.1", "\"delta\": 0.08"));
  }

  private static Path page() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(directory.resolve(".mvn"))) {
      directory = directory.resolve("..").normalize();
    }
    return directory.resolve("src/site/markdown/forge.md");
  }
}
