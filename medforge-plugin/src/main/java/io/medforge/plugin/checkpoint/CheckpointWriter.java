package io.medforge.plugin.checkpoint;

import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.FileLayout;
import io.medforge.plugin.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a model of computed tensors as another model is written: in files of the same names with
 * the same tensors, with an index if that has one, and with that model's configuration beside them.
 *
 * <pre>{@code
 * CheckpointWriter.like(base).to(target).tensors(merged).identity(what).build().write();
 * }</pre>
 *
 * <p>Each tensor is read once, in tiles, and each byte of the output written once, to files that
 * have their final length from the start. A thread of the writer's own forces to the disk what is
 * written while the rest is computed, and the others wait for it when they are too far ahead. The
 * output is in a hidden folder beside the target until all of it is on the disk; then the folder
 * gets its name. Failing or cancelling leaves nothing. A killed process leaves the folder and a
 * journal; with {@link Builder#resume} the next run of the same keeps what the journal lists and
 * computes the rest. What the journal lists was on the disk; it is not read again. A kill costs at
 * most 512 MiB, and 8 MiB for each thread, that are computed again. The bytes are the same for any
 * number of threads, and however often a run was killed.
 *
 * <p>Immutable; {@link #write} may run once at a time.
 */
public final class CheckpointWriter {
  /**
   * Computed and written in one call: file systems are hardly faster with more, and what a tile is
   * computed from stays beside it in the second-level cache.
   */
  private static final int LARGEST_TILE = 64 * 1024;

  private static final int SMALLEST_TILE = 4 * 1024;

  private final Builder settings;
  private final Path target;
  private final SortedMap<String, FileLayout> layouts = new TreeMap<>();
  private final List<OutputTensor> outputs = new ArrayList<>();
  private final int parallelism;
  private final int tileBytes;

  private CheckpointWriter(Builder settings) {
    this.settings = settings;
    this.target = required(settings.target, "to").toAbsolutePath().normalize();
    layOut();
    long budget = settings.memoryBytes == null ? Long.MAX_VALUE : settings.memoryBytes;
    int tile = LARGEST_TILE;
    while (tile > SMALLEST_TILE && tile + working() > budget) {
      tile /= 2;
    }
    if (tile + working() > budget) {
      throw new IllegalArgumentException(
          "expected a memory budget of at least "
              + (tile + working())
              + " bytes, found "
              + budget
              + ", at "
              + target);
    }
    this.tileBytes = tile;
    int wanted = settings.parallelism == null ? 1 : settings.parallelism;
    this.parallelism = (int) Math.max(1, Math.min(wanted, budget / (tile + working())));
  }

  private long working() {
    return settings.workingBytes == null ? 0 : settings.workingBytes;
  }

  private void layOut() {
    SortedMap<String, Tensor> tensors = required(settings.tensors, "tensors");
    Checkpoint like = settings.like;
    if (!tensors.keySet().equals(like.tensors().keySet())) {
      throw new IllegalArgumentException(
          "expected the tensors of "
              + like.path()
              + ", found others: "
              + difference(like.tensors(), tensors));
    }
    int file = 0;
    for (Map.Entry<String, SafetensorsFile> shard : like.shards().entrySet()) {
      SortedMap<String, Tensor> own = new TreeMap<>(tensors);
      own.keySet().retainAll(shard.getValue().tensors().keySet());
      FileLayout layout = FileLayout.of(own, shard.getValue().metadata());
      layouts.put(shard.getKey(), layout);
      List<OutputTensor> inFile = new ArrayList<>();
      for (Map.Entry<String, Tensor> entry : own.entrySet()) {
        Tensor tensor = entry.getValue();
        long position = Objects.requireNonNull(layout.positions().get(entry.getKey()));
        long bytes = tensor.dtype().byteSize(tensor.shape());
        inFile.add(new OutputTensor(entry.getKey(), tensor, file, position, bytes));
      }
      inFile.sort((a, b) -> Long.compare(a.position(), b.position()));
      outputs.addAll(inFile);
      file++;
    }
  }

  private static String difference(Map<String, ?> expected, Map<String, ?> found) {
    for (String name : expected.keySet()) {
      if (!found.containsKey(name)) {
        return CheckpointIndex.quote(name) + " is missing";
      }
    }
    for (String name : found.keySet()) {
      if (!expected.containsKey(name)) {
        return CheckpointIndex.quote(name) + " is not among them";
      }
    }
    return "none";
  }

  /**
   * A writer's settings.
   *
   * @param model whose files, index, text and configuration the output takes over; it stays open
   *     until the output is written
   * @return a builder; {@link Builder#to}, {@link Builder#tensors} and {@link Builder#identity} are
   *     needed
   */
  public static Builder like(Checkpoint model) {
    return new Builder(model);
  }

  /**
   * What it will take.
   *
   * @return the plan
   */
  public WritePlan plan() {
    long bytes = layouts.values().stream().mapToLong(FileLayout::length).sum();
    return new WritePlan(
        target,
        layouts.size(),
        outputs.size(),
        bytes,
        tensorBytes(),
        parallelism,
        tileBytes,
        parallelism * (tileBytes + working()),
        settings.beside.others(settings.like.companions()),
        settings.like.leftOut());
  }

  private long tensorBytes() {
    return outputs.stream().mapToLong(OutputTensor::bytes).sum();
  }

  /**
   * Writes the model.
   *
   * @throws IllegalArgumentException if the target exists, or a killed run has left a partial model
   *     and it may not be resumed or is of something else
   * @throws IllegalStateException if another run is writing the same target
   * @throws CancellationException if it was cancelled; nothing is left behind
   * @throws UncheckedIOException if a file cannot be written, or there is too little space, which
   *     is seen before anything is written; nothing is left behind
   * @throws RuntimeException whatever reading one of the tensors throws; nothing is left behind
   */
  public void write() {
    try {
      checkPlace();
      Files.createDirectories(parent());
      try (PartialCheckpoint partial = PartialCheckpoint.open(target)) {
        PieceQueue queue = prepare(partial);
        try {
          WriteRun run =
              new WriteRun(partial, queue, tileBytes, settings.listener, settings.cancelled);
          run.on(settings.executor, parallelism, settings.mostBehind);
          Checkpoint.NamedIndex index = settings.like.index().orElse(null);
          partial.addFiles(settings.beside.madeOf(partial.finishTensors(layouts.keySet())));
          partial.publish(
              settings.beside.others(settings.like.companions()),
              index == null ? null : index.fileName(),
              index == null ? null : index.index().toJson(tensorBytes()));
        } catch (IOException | RuntimeException | Error e) {
          discard(partial, e);
          throw e;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("expected to write " + target + ", found " + e, e);
    }
  }

  private PieceQueue prepare(PartialCheckpoint partial) throws IOException {
    List<PieceQueue.Part> parts = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      parts.add(new PieceQueue.Part(i, outputs.get(i)));
    }
    PieceQueue queue = new PieceQueue(parts);
    Digest what = what();
    if (PartialCheckpoint.exists(target)) {
      List<Journal.Written> written = partial.resume(what, layouts);
      if (written == null) {
        throw new IllegalArgumentException(
            "expected a partial run of the same merge to resume, found one of another, at "
                + PartialCheckpoint.folderOf(target)
                + " (delete it to begin anew)");
      }
      for (Journal.Written piece : written) {
        if (piece.tensor() < parts.size() && piece.piece() < outputs.get(piece.tensor()).pieces()) {
          parts.get(piece.tensor()).skip(piece.piece());
        }
      }
      checkSpace(queue.remainingBytes());
    } else {
      try {
        checkSpace(plan().bytes());
        partial.begin(what, layouts);
      } catch (IOException | RuntimeException e) {
        discard(partial, e);
        throw e;
      }
    }
    return queue;
  }

  /** What is being written: the caller's word for it, and every tensor's place. */
  private Digest what() {
    Digest.Builder all = Digest.builder().add(required(settings.identity, "identity"));
    layouts.keySet().forEach(all::add);
    for (OutputTensor output : outputs) {
      all.add(output.name()).add((long) output.file()).add(output.position()).add(output.bytes());
    }
    return all.build();
  }

  private void checkPlace() {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new IllegalArgumentException("expected no output yet, found one, at " + target);
    }
    if (PartialCheckpoint.exists(target) && !settings.resuming) {
      throw new IllegalArgumentException(
          "expected no partial output, found that of a killed run, at "
              + PartialCheckpoint.folderOf(target)
              + " (resume it, or delete it to begin anew)");
    }
  }

  private void checkSpace(long needed) throws IOException {
    long companions = 0;
    for (Path companion : settings.beside.others(settings.like.companions())) {
      companions += Files.size(companion);
    }
    long usable = settings.space.usable(parent());
    if (usable < needed + companions) {
      throw new IOException(
          "expected " + (needed + companions) + " bytes of free space, found " + usable);
    }
  }

  private Path parent() {
    Path parent = target.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("expected a folder's name, found a root: " + target);
    }
    return parent;
  }

  private static void discard(PartialCheckpoint partial, Throwable cause) {
    try {
      partial.discard();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static <T> T required(@Nullable T value, String setting) {
    if (value == null) {
      throw new IllegalStateException("expected " + setting + "(...), found it not set");
    }
    return value;
  }

  /** How much space a folder's disk has. */
  @FunctionalInterface
  interface FreeSpace {
    long usable(Path folder) throws IOException;
  }

  /** Settings of a writer, each set at most once. Not thread-safe. */
  public static final class Builder {
    private final Checkpoint like;
    private FreeSpace space = folder -> Files.getFileStore(folder).getUsableSpace();
    private long mostBehind = WriteBehind.MOST_BYTES;
    private boolean resuming;
    private @Nullable Path target;
    private @Nullable SortedMap<String, Tensor> tensors;
    private BesideTensors beside = BesideTensors.NONE;
    private @Nullable Digest identity;
    private @Nullable Long workingBytes;
    private @Nullable Long memoryBytes;
    private @Nullable ExecutorService executor;
    private @Nullable Integer parallelism;
    private @Nullable Consumer<WriteProgress> listener;
    private @Nullable BooleanSupplier cancelled;

    private Builder(Checkpoint like) {
      this.like = Objects.requireNonNull(like, "like");
    }

    /**
     * Where the model goes; needed.
     *
     * @param folder a folder that does not exist; missing parents are made
     * @return this builder
     */
    public Builder to(Path folder) {
      target = once(target, folder, "to");
      return this;
    }

    /**
     * What is written; needed.
     *
     * @param computed exactly the names of the model that the output is like; types and shapes may
     *     differ. Safe for use by several threads
     * @return this builder
     */
    public Builder tensors(Map<String, ? extends Tensor> computed) {
      tensors = once(tensors, new TreeMap<>(computed), "tensors");
      return this;
    }

    /**
     * What the tensors are a function of; needed. Only a run of the same identity is resumed.
     *
     * @param digest of the sources and what is done with them
     * @return this builder
     */
    public Builder identity(Digest digest) {
      identity = once(identity, digest, "identity");
      return this;
    }

    /**
     * How much memory it may take. Without this, as much as is fastest, a few megabytes a thread.
     *
     * @param bytes for everything that grows with tiles and threads
     * @return this builder
     */
    public Builder memory(long bytes) {
      memoryBytes = once(memoryBytes, bytes, "memory");
      return this;
    }

    /**
     * How much memory reading a tile of the tensors takes beside the tile. Default: 0.
     *
     * @param perThread bytes, at least 0
     * @return this builder
     * @throws IllegalArgumentException if it is negative
     */
    public Builder workingBytes(long perThread) {
      if (perThread < 0) {
        throw new IllegalArgumentException("expected at least 0 bytes, found " + perThread);
      }
      workingBytes = once(workingBytes, perThread, "workingBytes");
      return this;
    }

    /**
     * Lets several tiles be computed at a time. Without this, one, on the caller's thread.
     *
     * @param on where; not shut down
     * @param atATime how many, at least 1; fewer if the memory does not suffice
     * @return this builder
     * @throws IllegalArgumentException if it is less than 1
     */
    public Builder executor(ExecutorService on, int atATime) {
      if (atATime < 1) {
        throw new IllegalArgumentException("expected at least 1 at a time, found " + atATime);
      }
      executor = once(executor, on, "executor");
      parallelism = atATime;
      return this;
    }

    /**
     * Hears how far it is, after every few megabytes.
     *
     * @param hears called by one thread at a time
     * @return this builder
     */
    public Builder listener(Consumer<WriteProgress> hears) {
      listener = once(listener, hears, "listener");
      return this;
    }

    /**
     * Lets it be cancelled.
     *
     * @param wanted asked for every tile; safe for use by several threads
     * @return this builder
     */
    public Builder cancelWhen(BooleanSupplier wanted) {
      cancelled = once(cancelled, wanted, "cancelWhen");
      return this;
    }

    /**
     * Goes on where a killed run stopped, if there is one. What its journal lists was on the disk;
     * it is not read again.
     *
     * @return this builder
     */
    public Builder resume() {
      if (resuming) {
        throw new IllegalStateException("expected resume() once, found it twice");
      }
      resuming = true;
      return this;
    }

    /**
     * Writes files beside the tensors that are made of what was written, in place of those of the
     * same names that the model has; they appear with the rest or not at all.
     *
     * @param names all that may be written: letters, digits, '.', '_' and '-'; a name that is not
     *     written is not copied from the model either
     * @param made makes them, after the tensors are on the disk
     * @return this builder
     * @throws IllegalArgumentException if a name has another form or is that of a file of tensors
     */
    public Builder beside(Set<String> names, FilesBeside made) {
      beside =
          once(
              beside.equals(BesideTensors.NONE) ? null : beside,
              new BesideTensors(names, made),
              "beside");
      return this;
    }

    /** For tests of full disks. */
    Builder freeSpace(FreeSpace measured) {
      space = measured;
      return this;
    }

    /** For tests of kills: how many bytes may be written and not on the disk. */
    Builder mostBehind(long bytes) {
      mostBehind = bytes;
      return this;
    }

    /**
     * The writer.
     *
     * @return a new one; nothing is written yet
     * @throws IllegalStateException if a needed setting is missing
     * @throws IllegalArgumentException if the tensors are not those of the model that the output is
     *     like, or the memory does not suffice; the message says how much does
     */
    public CheckpointWriter build() {
      required(identity, "identity");
      return new CheckpointWriter(this);
    }

    private static <T> T once(@Nullable T old, T value, String setting) {
      if (old != null) {
        throw new IllegalStateException("expected " + setting + "(...) once, found it twice");
      }
      return Objects.requireNonNull(value, setting);
    }
  }
}
