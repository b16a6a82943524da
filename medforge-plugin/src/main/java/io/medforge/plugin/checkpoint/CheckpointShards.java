package io.medforge.plugin.checkpoint;

import io.medforge.plugin.DType;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A model written file by file, by several processes or machines that share a file system, and put
 * together at the end: with the same bytes as if {@link CheckpointWriter} had written it whole.
 *
 * <p>A worker opens one of the {@link #of files} as a model of its own and writes what is like it
 * to a folder of that file's name; {@link #join} makes the model of these folders.
 *
 * <pre>{@code
 * // Each worker, for one of the names:
 * try (Checkpoint part = Checkpoint.open(CheckpointShards.of(base).get(name))) {
 *   CheckpointWriter.like(part).to(parts.resolve(name)).tensors(merged).identity(what).build().write();
 * }
 * // When all are done:
 * CheckpointShards.join(base, parts, target);
 * }</pre>
 */
public final class CheckpointShards {
  private CheckpointShards() {}

  /**
   * The files of tensors that a model consists of.
   *
   * @param model an open model
   * @return their places by name, at least one, unmodifiable; each opens as a model by itself
   */
  public static SortedMap<String, Path> of(Checkpoint model) {
    SortedMap<String, Path> files = new TreeMap<>();
    model.shards().forEach((name, shard) -> files.put(name, shard.path()));
    return Collections.unmodifiableSortedMap(files);
  }

  /**
   * Moves files that were written apart into one model, with the index and the configuration of the
   * model that it is like. All files are looked at first. If it fails, the files are where they
   * were; when the process was killed meanwhile, the same call goes on.
   *
   * @param like whose files, index and configuration the output takes over
   * @param parts a folder on the target's file system with a folder for each file, of the file's
   *     name, in which the file is; empty folders remain
   * @param target the folder to be made, which must not exist
   * @throws IllegalArgumentException if the target exists, or a killed writer left a partial one
   * @throws MalformedPluginException if a file is missing, malformed, or holds other tensors than
   *     the model that it is like
   * @throws IllegalStateException if another run is writing the same target
   * @throws UncheckedIOException if a file cannot be moved or written
   */
  public static void join(Checkpoint like, Path parts, Path target) {
    Path place = target.toAbsolutePath().normalize();
    if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      throw new IllegalArgumentException("expected no output yet, found one, at " + place);
    }
    if (PartialCheckpoint.exists(place)) {
      throw new IllegalArgumentException(
          "expected no partial output, found that of a killed run, at "
              + PartialCheckpoint.folderOf(place)
              + " (resume it, or delete it to begin anew)");
    }
    Path inside = PartialCheckpoint.joiningFolderOf(place);
    SortedMap<String, Path> files = new TreeMap<>();
    long bytes = 0;
    for (Map.Entry<String, SafetensorsFile> shard : like.shards().entrySet()) {
      String name = shard.getKey();
      Path moved = inside.resolve(name);
      Path apart = parts.resolve(name).resolve(name);
      bytes += check(shard.getValue(), Files.exists(moved) ? moved : apart);
      files.put(name, apart);
    }
    try (PartialCheckpoint partial = PartialCheckpoint.openJoining(place)) {
      try {
        Files.createDirectories(inside);
        move(files, inside, true);
        Checkpoint.@Nullable NamedIndex index = like.index().orElse(null);
        partial.publish(
            like.companions(),
            index == null ? null : index.fileName(),
            index == null ? null : index.index().toJson(bytes));
      } catch (IOException | RuntimeException e) {
        move(files, inside, false);
        partial.discard();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("expected to write " + place + ", found " + e, e);
    }
  }

  /** Into the folder, or back; what is there already stays. */
  private static void move(Map<String, Path> files, Path inside, boolean in) throws IOException {
    for (Map.Entry<String, Path> file : files.entrySet()) {
      Path moved = inside.resolve(file.getKey());
      Path from = in ? file.getValue() : moved;
      if (Files.exists(from)) {
        Files.move(from, in ? moved : file.getValue(), StandardCopyOption.ATOMIC_MOVE);
      }
    }
  }

  /** Gives the bytes of its tensors. */
  private static long check(SafetensorsFile like, Path file) {
    if (!Files.isRegularFile(file)) {
      throw new MalformedPluginException("expected a file of tensors, found none, at " + file);
    }
    try (SafetensorsFile found = SafetensorsFile.open(file)) {
      if (!found.tensors().keySet().equals(like.tensors().keySet())) {
        throw new MalformedPluginException(
            "expected the tensors of " + like.path() + ", found others, at " + file);
      }
      long bytes = 0;
      for (Tensor tensor : found.tensors().values()) {
        DType type = tensor.dtype();
        bytes += type.byteSize(tensor.shape());
      }
      return bytes;
    }
  }
}
