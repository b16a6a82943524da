package io.medforge.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.merge.MergeRecord;
import io.medforge.merge.checkpoint.CheckpointFusion;
import io.medforge.merge.checkpoint.MergedModel;
import io.medforge.merge.checkpoint.ModelTensors;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.DigestingTensors;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.checkpoint.Checkpoint;
import io.medforge.plugin.checkpoint.CheckpointWriter;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snippets of the page on speed, word for word. */
class SpeedSnippetsTest {
  @TempDir private Path folder;

  private Path model(String name, float value) throws Exception {
    Path model = Files.createDirectory(folder.resolve(name));
    SafetensorsWriter.to(model.resolve("model.safetensors"))
        .write(Map.of("w", Tensor.of(Shape.of(2), value, -value)));
    return model;
  }

  @Test
  void mergesModels() throws Exception {
    Path baseDir = model("base", 0);
    Path lungDir = model("lung", 1);
    Path colonDir = model("colon", 3);
    Path target = folder.resolve("merged");
    ExecutorService executor = Executors.newFixedThreadPool(2);

    try (Checkpoint base = Checkpoint.open(baseDir);
        Checkpoint lung = Checkpoint.open(lungDir);
        Checkpoint colon = Checkpoint.open(colonDir)) {
      MergedModel merged =
          CheckpointFusion.taskArithmetic()
              .weights(0.5, 0.5)
              .build()
              .merge(
                  new ModelTensors("base", base.tensors()),
                  List.of(
                      new ModelTensors("lung", lung.tensors()),
                      new ModelTensors("colon", colon.tensors())));
      Digest.Builder what = Digest.builder().add(merged.description());
      List.of(base, lung, colon).forEach(model -> what.add(model.identity()));
      CheckpointWriter writer =
          CheckpointWriter.like(base)
              .to(target)
              .tensors(merged.tensors())
              .identity(what.build())
              .workingBytes(merged.workingBytes())
              .memory(64 << 20)
              .executor(executor, 2)
              .resume()
              .build();
      writer.plan(); // How much is read, written and held; nothing is done yet.
      writer.write();
    }

    executor.shutdownNow();
    try (Checkpoint merged = Checkpoint.open(target)) {
      assertThat(merged.tensors().get("w").toFloats()).containsExactly(2f, -2f);
    }
  }

  @Test
  void digestsComeAlong() throws Exception {
    Path lungDir = model("lung", 1);
    Path target = folder.resolve("merged");
    Digest[] found = new Digest[2];

    try (Checkpoint lung = Checkpoint.open(lungDir);
        Checkpoint colon = Checkpoint.open(model("colon", 3))) {
      DigestingTensors lungRead = DigestingTensors.of(lung.tensors());
      DigestingTensors colonRead = DigestingTensors.of(colon.tensors());
      MergedModel merged =
          CheckpointFusion.linear()
              .weights(0.5, 0.5)
              .build()
              .merge(
                  List.of(
                      new ModelTensors("lung", lungRead.tensors()),
                      new ModelTensors("colon", colonRead.tensors())));
      DigestingTensors result = DigestingTensors.of(merged.tensors());
      CheckpointWriter.like(lung)
          .to(target)
          .tensors(result.tensors())
          .identity(Digest.builder().add("lung and colon").build())
          .build()
          .write();
      MergeRecord record =
          merged.record(
              BaseModel.of("lung", lungRead.digest()),
              List.of(
                  new MergeRecord.Parent(new PluginId("tumour", "lung", "1"), lungRead.digest()),
                  new MergeRecord.Parent(new PluginId("tumour", "colon", "1"), colonRead.digest())),
              result.digest());

      found[0] = record.parents().get(0).digest();
      found[1] = record.result();
    }

    try (Checkpoint lung = Checkpoint.open(lungDir);
        Checkpoint merged = Checkpoint.open(target)) {
      assertThat(merged.tensors().get("w").toFloats()).containsExactly(2f, -2f);
      assertThat(found)
          .containsExactly(
              BaseModel.digestOf(lung.tensors()), BaseModel.digestOf(merged.tensors()));
    }
  }
}
