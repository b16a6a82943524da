package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.cli.data.TestNpz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A centre's day: the page's commands, run on fewer patients for fewer steps. */
class CentrePageTest {
  private static final Pattern BLOCK = Pattern.compile("```(sh|json)\n(.*?)```", Pattern.DOTALL);
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
  private static final Pattern EXIT = Pattern.compile(" # exit ([0-9])$");
  private static final List<String> JSON = List.of("policy.json", "scaling.json");
  private static final int IMAGES = 60;
  private static final int SIDE = 14;

  @TempDir private Path folder;
  private final List<String> said = new ArrayList<>();
  private int jsonBlocks;
  private String key = "";

  @BeforeEach
  void prepareThePatients() throws IOException {
    List<String> lines = new ArrayList<>(List.of("age,pressure,sex,finding"));
    for (String line : CentreTable.lines(300, 5)) {
      String[] fields = line.split(",", -1);
      if (!fields[0].equals("age")) {
        lines.add(String.join(",", fields[0], fields[1], fields[3], fields[4]));
      }
    }
    Files.write(folder.resolve("patients.csv"), lines);
    Random random = new Random(6);
    byte[] pixels = new byte[IMAGES * SIDE * SIDE];
    byte[] labels = new byte[IMAGES];
    for (int i = 0; i < pixels.length; i++) {
      int image = i / (SIDE * SIDE);
      labels[image] = (byte) (image % 2);
      pixels[i] = (byte) (100 + 60 * (image % 2) + random.nextInt(60));
    }
    TestNpz.write(
        folder.resolve("pneumonia.npz"),
        Map.of(
            "train_images",
            TestNpz.npy("|u1", "(" + IMAGES + ", " + SIDE + ", " + SIDE + ")", pixels),
            "train_labels",
            TestNpz.npy("|u1", "(" + IMAGES + ", 1)", labels)));
  }

  @Test
  void theCommandsOfThePageDoWhatItSays() throws IOException {
    Matcher block = BLOCK.matcher(Files.readString(page()));
    while (block.find()) {
      if (block.group(1).equals("json")) {
        Files.writeString(folder.resolve(JSON.get(jsonBlocks++)), block.group(2));
      } else {
        for (String line : block.group(2).lines().toList()) {
          run(line);
        }
      }
    }
    assertThat(said).anySatisfy(out -> assertThat(out).contains("certificate level L3"));
    assertThat(said).anySatisfy(out -> assertThat(out).contains("admitted st-anna/heart:1"));
    for (String packed : List.of("heart-leaves", "lung-leaves", "private-leaves")) {
      assertThat(folder.resolve(packed).resolve("MANIFEST.md")).exists();
    }
    assertThat(folder.resolve("lung/audit.html")).content().contains("<svg");
  }

  private void run(String line) throws IOException {
    Matcher exit = EXIT.matcher(line);
    boolean stated = exit.find();
    List<Object> words = new ArrayList<>();
    Matcher word = WORD.matcher(reduced(stated ? line.substring(0, exit.start()) : line));
    while (word.find()) {
      // The first words are commands: forge is one, and a folder behind -f.
      boolean command = words.size() < 2;
      words.add(
          word.group(1) != null ? word.group(1) : command ? word.group(2) : place(word.group(2)));
    }
    assertThat(words.remove(0)).isEqualTo("medforge");
    if (line.contains("forge offer")) {
      foundTheForge();
    }
    CommandRun run = CommandRun.of(words.toArray());
    // So few images support no claim; the page speaks of thousands.
    boolean images = words.get(0).equals("audit") && line.contains("lung");
    assertThat(run.exitCode())
        .as("%s%n%s%n%s", line, run.out(), run.err())
        .isEqualTo(images ? 4 : stated ? Integer.parseInt(exit.group(1)) : 0);
    said.add(run.out());
    if (line.contains("forge key")) {
      key = run.out().strip();
    }
  }

  /** Fewer steps, epochs and shadows. */
  private static String reduced(String line) {
    String shorter =
        line.replaceAll("--steps [0-9]+", "").replaceAll("--(epochs|shadows) [0-9]+", "");
    if (line.contains("medforge train")) {
      return shorter + " --epochs 4";
    }
    if (line.contains("medforge distil")) {
      return shorter + " --steps 6";
    }
    return line.contains("medforge audit") ? shorter + " --shadows 4" : shorter;
  }

  private void foundTheForge() throws IOException {
    JsonNode training =
        new ObjectMapper().readTree(Files.readString(folder.resolve("heart/training.json")));
    Path charter = folder.resolve("charter.json");
    Files.writeString(
        charter,
        """
        {"base": {"name": "mlp", "digest": "%s"},
         "strategy": {"name": "fusion.average", "rank": 4},
         "members": [{"name": "st-anna", "key": "%s", "roles": ["contributor", "maintainer"]}],
         "quorums": {"admission": {"approvals": 1}, "release": {"approvals": 1}}}
        """
            .formatted(training.at("/base/digest").asText(), key));
    CommandRun run = CommandRun.of("forge", "init", folder.resolve("forge"), "--charter", charter);
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  /** Paths of the page lie in the test's folder. */
  private Object place(String word) {
    boolean path =
        word.matches(
            "(patients|pneumonia|policy|scaling|ledger|st-anna)\\.(csv|npz|jsonl?|key)"
                + "|(heart|lung|private)(-leaves|/base)?|forge");
    return path ? folder.resolve(word) : word;
  }

  private static Path page() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(directory.resolve(".mvn"))) {
      directory = directory.resolve("..").normalize();
    }
    return directory.resolve("src/site/markdown/centre.md");
  }
}
