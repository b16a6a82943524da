package io.medforge.plugin.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointShardsTest {
  @TempDir private Path folder;
  private Path source;
  private Path parts;
  private Path target;
  private Checkpoint model;

  @BeforeEach
  void writeParts() throws IOException {
    source = folder.resolve("source");
    parts = folder.resolve("parts");
    target = folder.resolve("target");
    TinyModel.write(source);
    model = Checkpoint.open(source);
    for (Map.Entry<String, Path> file : CheckpointShards.of(model).entrySet()) {
      try (Checkpoint part = Checkpoint.open(file.getValue())) {
        SortedMap<String, Tensor> tensors = new TreeMap<>(model.tensors());
        tensors.keySet().retainAll(part.tensors().keySet());
        CheckpointWriter.like(part)
            .to(parts.resolve(file.getKey()))
            .tensors(tensors)
            .identity(TinyModel.IDENTITY)
            .build()
            .write();
      }
    }
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void givesTheBytesOfOneWriter() throws IOException {
    Path whole = folder.resolve("whole");
    CheckpointWriter.like(model)
        .to(whole)
        .tensors(model.tensors())
        .identity(TinyModel.IDENTITY)
        .build()
        .write();
    CheckpointShards.join(model, parts, target);
    assertSame(whole);
  }

  private void assertSame(Path whole) throws IOException {
    try (Stream<Path> files = Files.list(whole)) {
      for (Path file : files.toList()) {
        assertThat(target.resolve(Checkpoint.nameOf(file))).hasSameBinaryContentAs(file);
      }
    }
    try (Stream<Path> beside = Files.list(folder)) {
      assertThat(beside.map(Checkpoint::nameOf).filter(name -> name.startsWith("."))).isEmpty();
    }
  }

  @Test
  void goesOnAfterAKill() throws IOException {
    Path inside = Files.createDirectory(PartialCheckpoint.joiningFolderOf(target));
    Files.move(parts.resolve("m-1.safetensors/m-1.safetensors"), inside.resolve("m-1.safetensors"));
    CheckpointShards.join(model, parts, target);
    for (String file : CheckpointShards.of(model).keySet()) {
      assertThat(target.resolve(file)).hasSameBinaryContentAs(source.resolve(file));
    }
  }

  @Test
  void aFailureLeavesThePartsWhereTheyWere() throws IOException {
    Files.delete(source.resolve("config.json"));
    assertThatThrownBy(() -> CheckpointShards.join(model, parts, target))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("config.json");
    assertThat(target).doesNotExist();
    for (String file : CheckpointShards.of(model).keySet()) {
      assertThat(parts.resolve(file).resolve(file)).hasSameBinaryContentAs(source.resolve(file));
    }
    assertThat(PartialCheckpoint.joiningFolderOf(target)).doesNotExist();
    assertThat(PartialCheckpoint.journalOf(target)).doesNotExist();
  }

  @Test
  void refusesWhatIsNoPart() throws IOException {
    Path part = parts.resolve("m-2.safetensors/m-2.safetensors");
    Files.delete(part);
    assertRefused("expected a file of tensors, found none, at " + part);
    Files.copy(source.resolve("m-1.safetensors"), part);
    assertRefused("found others, at " + part);
    Files.writeString(part, "{}");
    assertRefused(part.toString());
    Files.createDirectory(PartialCheckpoint.folderOf(target));
    assertThatThrownBy(() -> CheckpointShards.join(model, parts, target))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected no partial output");
    Files.createDirectory(target);
    assertThatThrownBy(() -> CheckpointShards.join(model, parts, target))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected no output yet");
  }

  private void assertRefused(String why) {
    assertThatThrownBy(() -> CheckpointShards.join(model, parts, target))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining(why);
    assertThat(target).doesNotExist();
  }
}
