package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.branch.InitialParameters;
import io.medforge.plugin.branch.LoraTraining;
import io.medforge.plugin.branch.TrainingControl;
import io.medforge.plugin.branch.TrainingData;
import io.medforge.plugin.branch.TrainingOptions;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.Network;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad patients' data: refused by name, and no message ever shows a value. */
class CentreBadInputTest {
  /** A patient's value: it must never be seen again. */
  private static final String MARKER = "31337.25";

  @TempDir private Path folder;
  private List<String> lines;

  @BeforeEach
  void makeLines() {
    lines = new ArrayList<>(CentreTable.lines(60, 3));
    // Every patient carries the marker, so that no message can get by with another row's value.
    for (int i = 1; i < lines.size(); i++) {
      String[] fields = lines.get(i).split(",", -1);
      if (i % 3 == 0) {
        fields[2] = MARKER;
      }
      lines.set(i, String.join(",", fields));
    }
  }

  @Test
  void missingAndUnreadableValues() throws IOException {
    for (String bad : List.of("", "?", "NA", " ")) {
      assertThat(refused(set(4, 1, bad)).err()).contains("missing value", "row 3", "pressure");
    }
    for (String bad : List.of("NaN", "Infinity", "1e99")) {
      assertThat(refused(set(4, 1, bad)).err()).contains("finite", "row 3", "pressure");
    }
    assertThat(refused(set(4, 1, MARKER + "x")).err()).contains("a number", "row 3", "pressure");
    assertThat(refused(set(4, 4, "")).err()).contains("missing value", "row 3", "finding");
    CommandRun skipped = run(set(4, 1, "?"), "--skip-missing");
    assertThat(skipped.exitCode()).as(skipped.err()).isZero();
    assertThat(skipped.out()).contains("left out 1 with missing values");
  }

  @Test
  void classes() throws IOException {
    List<String> one = new ArrayList<>(lines);
    one.replaceAll(line -> line.replace(",absent", ",present"));
    assertThat(refused(one).err()).contains("at least two classes");
    assertThat(refused(lines, "--classes", "absent,possible").err())
        .contains("a label among [absent, possible]", "row", "finding");
    assertThat(refused(lines.subList(0, 3), "--classes", "absent,present,a,b").err())
        .contains("as many rows as classes");
    // A column of measurements taken for the label.
    List<String> many = new ArrayList<>(CentreTable.lines(300, 4));
    many.set(5, "1,2," + MARKER + ",1,present");
    assertThat(refused(many, "--label-column", "noise", "--ignore", "finding").err())
        .contains("at most 100 classes");
    assertThat(refused(lines, "--label-column", "diagnosis", "--ignore", "finding").err())
        .contains("rows with a class");
  }

  @Test
  void parts() throws IOException {
    assertThat(refused(lines, "--validation", "0.001").err())
        .contains("at least one row, found none: --validation");
    assertThat(refused(lines, "--holdout", "0.001").err()).contains("--holdout");
    assertThat(refused(lines, "--validation", "0", "--patience", "3").err()).contains("patience 3");
    assertThat(refused(lines, "--holdout", "1").err()).contains("below 1");
    List<String> constant = new ArrayList<>(lines);
    for (int i = 1; i < constant.size(); i++) {
      String[] fields = constant.get(i).split(",", -1);
      fields[2] = MARKER;
      constant.set(i, String.join(",", fields));
    }
    assertThat(refused(constant).err()).contains("values differ", "column noise");
  }

  @Test
  void bases() throws IOException {
    assertThat(run(lines).exitCode()).isZero();
    Path base = folder.resolve("out0/base");
    List<String> narrower = new ArrayList<>(lines);
    narrower.replaceAll(line -> line.substring(line.indexOf(',') + 1));
    assertThat(refusedOn(base, narrower).err()).contains("4", "3");
    assertThat(refused(lines, "--rank-of", "fc9.weight=2").err()).contains("fc9.weight");
    assertThat(refused(lines, "--targets", "fc9.weight").err()).contains("fc9.weight");
    CommandRun images =
        CommandRun.of(
            "train",
            write(lines),
            "-o",
            folder.resolve("vit"),
            "--id",
            "a/b:1",
            "--new-base",
            "vit",
            "--label-column",
            "finding");
    assertThat(images.exitCode()).isEqualTo(1);
    assertThat(images.err()).contains("square images");
    Files.writeString(base.resolve("base.json"), "{\"name\": \"x\"}");
    assertThat(refusedOn(base, lines).err()).contains("base.json");
  }

  @Test
  void aCheckpointOfSomethingElse() throws IOException {
    assertThat(run(lines).exitCode()).isZero();
    Path base = folder.resolve("out0/base");
    Path checkpoint = folder.resolve("late.checkpoint.safetensors");
    Files.writeString(checkpoint, MARKER);
    Object[] words = {
      "train",
      write(lines),
      "-o",
      folder.resolve("late"),
      "--id",
      "a/b:1",
      "--base",
      base,
      "--label-column",
      "finding"
    };
    CommandRun found = CommandRun.of(words);
    assertThat(found.exitCode()).isEqualTo(1);
    assertThat(found.err()).contains("--resume", "checkpoint").doesNotContain(MARKER);
    List<Object> resuming = new ArrayList<>(List.of(words));
    resuming.add("--resume");
    CommandRun damaged = CommandRun.of(resuming.toArray());
    assertThat(damaged.exitCode()).isEqualTo(1);
    assertThat(damaged.err()).contains("checkpoint").doesNotContain(MARKER);
  }

  @Test
  void aCheckpointOfAnotherBase() throws IOException {
    assertThat(run(lines).exitCode()).isZero();
    LabelSpace labels = LabelSpace.of("b", "absent", "present");
    SortedMap<String, Tensor> parameters =
        InitialParameters.mlp(List.of("fc1", "fc2"), List.of(4, 8, 2), 1);
    Network another = Network.of("another", Architecture.mlp("fc1", "fc2"), parameters);
    Path checkpoint = folder.resolve("late.checkpoint.safetensors");
    LoraTraining.of(
            another,
            PluginId.parse("a/b:1"),
            labels,
            TrainingOptions.seeded(1).epochs(1).batchSize(2).build())
        .build()
        .train(
            TrainingData.of(
                new ModelInput(Tensor.of(Shape.of(2, 4), 1, 2, 3, 4, 5, 6, 7, 8)), 0, 1),
            TrainingControl.none().checkpoint(checkpoint));
    byte[] before = Files.readAllBytes(checkpoint);

    CommandRun run =
        CommandRun.of(
            "train",
            write(lines),
            "-o",
            folder.resolve("late"),
            "--id",
            "a/b:1",
            "--base",
            folder.resolve("out0/base"),
            "--label-column",
            "finding",
            "--resume");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("expected a checkpoint of base mlp", "found one of another", "late.checkpoint")
        .doesNotContain(MARKER);
    assertThat(folder.resolve("late")).doesNotExist();
    assertThat(checkpoint).hasBinaryContent(before);
  }

  @Test
  void otherRowsThanThoseThatWereSplit() throws IOException {
    assertThat(run(lines).exitCode()).isZero();
    Path branch = folder.resolve("out0");
    Path other = write(set(4, 1, "12.5"));
    CommandRun run = CommandRun.of("distil", branch, "--data", other);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("rows that were split", other.toString()).doesNotContain(MARKER);
    CommandRun none = CommandRun.of("audit", branch);
    assertThat(none.err()).contains("medforge distil");
  }

  @Test
  void imagesOfAnotherSize() throws IOException {
    Path images = folder.resolve("images");
    for (String name : List.of("no/a", "no/b", "yes/c", "yes/d")) {
      int size = name.equals("yes/d") ? 10 : 8;
      Path file = images.resolve(name + ".png");
      Files.createDirectories(file.resolveSibling(""));
      ImageIO.write(
          new BufferedImage(size, size, BufferedImage.TYPE_BYTE_GRAY), "png", file.toFile());
    }
    CommandRun run =
        CommandRun.of(
            "train", images, "-o", folder.resolve("o"), "--id", "a/b:1", "--new-base", "vit");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("1 x 8 x 8", "1 x 10 x 10", "d.png");
    Files.delete(images.resolve("yes/d.png"));
    CommandRun patches =
        CommandRun.of(
            "train",
            images,
            "-o",
            folder.resolve("o"),
            "--id",
            "a/b:1",
            "--new-base",
            "vit",
            "--patch-size",
            "3",
            "--holdout",
            "0",
            "--validation",
            "0");
    assertThat(patches.err()).contains("8", "3");
  }

  private int runs;

  private List<String> set(int line, int field, String value) {
    List<String> changed = new ArrayList<>(lines);
    String[] fields = changed.get(line).split(",", -1);
    fields[field] = value;
    changed.set(line, String.join(",", fields));
    return changed;
  }

  private Path write(List<String> table) throws IOException {
    return Files.write(folder.resolve("patients" + runs + ".csv"), table);
  }

  private CommandRun run(List<String> table, Object... more) throws IOException {
    return run(List.of("--new-base", "mlp"), table, more);
  }

  private CommandRun run(List<Object> base, List<String> table, Object... more) throws IOException {
    List<Object> words = new ArrayList<>();
    words.addAll(List.of("train", write(table), "-o", folder.resolve("out" + runs++)));
    words.addAll(List.of("--id", "a/b:1", "--epochs", "1", "--verbose"));
    if (!List.of(more).contains("--label-column")) {
      words.addAll(List.of("--label-column", "finding"));
    }
    words.addAll(base);
    words.addAll(List.of(more));
    CommandRun run = CommandRun.of(words.toArray());
    // With the stack trace.
    assertThat(run.out() + run.err()).doesNotContain(MARKER, "31337");
    return run;
  }

  private CommandRun refused(List<String> table, Object... more) throws IOException {
    return refused(run(table, more));
  }

  private CommandRun refusedOn(Path base, List<String> table) throws IOException {
    return refused(run(List.of("--base", base), table));
  }

  /** Nothing is left behind, not even a checkpoint. */
  private CommandRun refused(CommandRun run) throws IOException {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    try (Stream<Path> left = Files.list(folder)) {
      String out = "out" + (runs - 1);
      assertThat(left).noneMatch(file -> String.valueOf(file.getFileName()).startsWith(out));
    }
    return run;
  }
}
