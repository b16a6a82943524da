package io.medforge.cli;

import io.medforge.cli.FusionRecipe.Source;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.checkpoint.ModelTensors;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.DigestingTensors;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Whole models that are open together, and what each is called. */
final class OpenModels implements AutoCloseable {
  private final List<Checkpoint> open = new ArrayList<>();
  private final List<PluginId> ids = new ArrayList<>();
  private final Map<Path, DigestingTensors> tensors = new HashMap<>();
  private final Map<Path, Digest> digests = new HashMap<>();
  private final boolean digested;

  /**
   * None yet.
   *
   * @param digested whether models are hashed as they are read, for {@link #digest}
   */
  OpenModels(boolean digested) {
    this.digested = digested;
  }

  ModelTensors add(Path path) {
    Checkpoint model = Checkpoint.open(path);
    open.add(model);
    ids.add(freeId(path));
    return new ModelTensors(
        path.toString(),
        digested
            ? tensors.computeIfAbsent(path, p -> DigestingTensors.of(model.tensors())).tensors()
            : model.tensors());
  }

  /** {@code local/NAME:0}; where that is taken, the version is a number. */
  private PluginId freeId(Path path) {
    String name = nameOf(path);
    int version = 0;
    PluginId id = new PluginId("local", name, "0");
    while (ids.contains(id)) {
      version++;
      id = new PluginId("local", name, Integer.toString(version));
    }
    return id;
  }

  /** A folder's or file's name as an id's part has it. */
  static String nameOf(Path path) {
    Path name = path.toAbsolutePath().normalize().getFileName();
    String part =
        (name == null ? "" : name.toString())
            .replaceAll("\\.safetensors(\\.index\\.json)?$", "")
            .replaceAll("[^A-Za-z0-9_-]", "-")
            .replaceFirst("^[_-]+", "");
    String cut = part.substring(0, Math.min(part.length(), 128));
    return cut.isEmpty() ? "model" : cut;
  }

  /** The base, or the first model: what the output is written like. */
  Checkpoint first() {
    return open.get(0);
  }

  List<Checkpoint> all() {
    return open;
  }

  long byteSize() {
    return open.stream().mapToLong(Checkpoint::byteSize).sum();
  }

  Digest identity(String description) {
    Digest.Builder all = Digest.builder().add(description);
    open.forEach(model -> all.add(model.identity()));
    return all.build();
  }

  /**
   * Finds the digest of every model's tensors; what has not been read of them is read now.
   *
   * @param executor where
   */
  void digest(ExecutorService executor) {
    Map<Path, Future<Digest>> running = new HashMap<>();
    tensors.forEach((path, model) -> running.put(path, executor.submit(() -> model.digest())));
    running.forEach((path, digest) -> digests.put(path, result(digest)));
  }

  private static Digest result(Future<Digest> digest) {
    try {
      return digest.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
  }

  boolean areDigested() {
    return !digests.isEmpty();
  }

  /** What a model is called in a record. */
  MergeRecord.Parent parent(int model) {
    return new MergeRecord.Parent(ids.get(model), digest(model));
  }

  /** A model as a base. */
  BaseModel base(int model, String name) {
    return areDigested() ? BaseModel.of(name, digest(model)) : BaseModel.named(name);
  }

  private Digest digest(int model) {
    Digest digest = digests.get(open.get(model).path());
    if (digest == null) {
      throw new IllegalStateException("expected the models' digests, found none");
    }
    return digest;
  }

  /**
   * Checks what is pinned and pins the rest.
   *
   * @throws IllegalArgumentException if a model is not what the recipe pinned
   */
  Source pinned(Source source, int model) {
    return areDigested() ? pinned(source, digest(model), "model") : source;
  }

  /** The same for anything with a digest. */
  static Source pinned(Source source, Digest found, String what) {
    source
        .digest()
        .filter(digest -> !digest.equals(found))
        .ifPresent(
            digest -> {
              throw new IllegalArgumentException(
                  "expected what the recipe pins, "
                      + digest
                      + ", found "
                      + found
                      + ", at "
                      + what
                      + " "
                      + source.path());
            });
    return new Source(source.path(), source.weight(), Optional.of(found));
  }

  @Override
  public void close() {
    open.forEach(Checkpoint::close);
  }
}
