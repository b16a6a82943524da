package io.medforge.spark;

import io.medforge.merge.checkpoint.CheckpointFusion;
import io.medforge.merge.checkpoint.MergedModel;
import io.medforge.merge.checkpoint.ModelTensors;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.checkpoint.Checkpoint;
import io.medforge.plugin.checkpoint.CheckpointShards;
import io.medforge.plugin.checkpoint.CheckpointWriter;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One file of a merged model, as any executor computes it: only names travel. Running it twice, as
 * Spark does when an executor is lost, does no harm: a file that is there is whole.
 *
 * @param method {@code linear}, or {@code ties} with the base first
 * @param models where they are, on a file system that all executors see
 * @param file which of the first model's files the output is like
 * @param parts where outputs go, each to a folder of its file's name
 */
public record ShardTask(String method, List<String> models, String file, String parts)
    implements Serializable {
  private static final double DENSITY = 0.5;

  /**
   * Copies the list.
   *
   * @param method how
   * @param models where they are
   * @param file which file
   * @param parts where outputs go
   */
  public ShardTask {
    models = List.copyOf(models);
  }

  /**
   * Computes and writes the file.
   *
   * @return its name
   */
  public String run() {
    Path out = Path.of(parts).resolve(file);
    if (Files.exists(out)) {
      return file;
    }
    List<Checkpoint> open = new ArrayList<>();
    try {
      models.forEach(model -> open.add(Checkpoint.open(Path.of(model))));
      Path own = CheckpointShards.of(open.get(0)).get(file);
      try (Checkpoint part = Checkpoint.open(own)) {
        MergedModel merged = merge(open, part);
        Digest.Builder what = Digest.builder().add(merged.description());
        open.forEach(model -> what.add(model.identity()));
        CheckpointWriter.like(part)
            .to(out)
            .tensors(merged.tensors())
            .identity(what.build())
            .workingBytes(merged.workingBytes())
            .resume()
            .build()
            .write();
      }
      return file;
    } finally {
      open.forEach(Checkpoint::close);
    }
  }

  /** The models may be cut into files in different ways, so tensors are found by name. */
  private MergedModel merge(List<Checkpoint> open, Checkpoint part) {
    List<ModelTensors> tensors = new ArrayList<>();
    for (Checkpoint model : open) {
      SortedMap<String, Tensor> own = new TreeMap<>(model.tensors());
      own.keySet().retainAll(part.tensors().keySet());
      tensors.add(new ModelTensors(model.path().toString(), own));
    }
    return method.equals("ties")
        ? CheckpointFusion.ties()
            .density(DENSITY)
            .build()
            .merge(tensors.get(0), tensors.subList(1, tensors.size()))
        : CheckpointFusion.linear().build().merge(tensors);
  }
}
