package io.medforge.plugin.checkpoint;

import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * An open model: its tensors stay in their files until they are read.
 *
 * <p>Either one {@code .safetensors} file; or a folder with exactly one; or a folder with an index
 * ({@code NAME.safetensors.index.json}) of several. With an index, every tensor must be in the file
 * that the index says, and the files may hold no others.
 *
 * <p>Safe for use by several threads. The files must not change while they are open.
 */
public final class Checkpoint implements AutoCloseable {
  static final String SUFFIX = ".safetensors";
  private static final String INDEX_SUFFIX = ".safetensors.index.json";

  /** Weights in other formats: what they hold would not be what was merged. */
  private static final List<String> OTHER_WEIGHTS =
      List.of(
          ".bin",
          ".pt",
          ".pth",
          ".ckpt",
          ".h5",
          ".msgpack",
          ".gguf",
          ".ggml",
          ".onnx",
          ".pkl",
          ".npz",
          ".tflite");

  private final Path path;
  private final SortedMap<String, SafetensorsFile> shards;
  private final SortedMap<String, Tensor> tensors;
  private final Optional<NamedIndex> index;
  private final List<Path> companions;
  private final List<Path> leftOut;

  private Checkpoint(
      Path path,
      SortedMap<String, SafetensorsFile> shards,
      Optional<NamedIndex> index,
      List<Path> companions,
      List<Path> leftOut) {
    this.path = path;
    this.shards = shards;
    this.index = index;
    this.companions = companions;
    this.leftOut = leftOut;
    SortedMap<String, Tensor> all = new TreeMap<>();
    shards.values().forEach(shard -> all.putAll(shard.tensors()));
    this.tensors = Collections.unmodifiableSortedMap(all);
  }

  /** An index and the name of its file. */
  record NamedIndex(String fileName, CheckpointIndex index) {}

  /**
   * Opens a model.
   *
   * @param path a {@code .safetensors} file, an index, or a folder with either
   * @return the open model
   * @throws MalformedPluginException if a file is malformed, or index and files do not agree
   * @throws UncheckedIOException if a file does not exist or cannot be read
   */
  public static Checkpoint open(Path path) {
    if (!Files.isDirectory(path)) {
      return nameOf(path).endsWith(INDEX_SUFFIX)
          ? openIndexed(path, folderOf(path), path)
          : openSingle(path, path, List.of(), List.of());
    }
    List<Path> indexes = filesEndingIn(path, INDEX_SUFFIX);
    if (indexes.size() == 1) {
      return openIndexed(path, path, indexes.get(0));
    }
    List<Path> single = filesEndingIn(path, SUFFIX);
    if (!indexes.isEmpty() || single.size() != 1) {
      throw new MalformedPluginException(
          "expected one *"
              + INDEX_SUFFIX
              + ", or one *"
              + SUFFIX
              + " file, found "
              + indexes.size()
              + " and "
              + single.size()
              + ", at "
              + path);
    }
    return openSingle(
        path, single.get(0), companionsIn(path, single, false), companionsIn(path, single, true));
  }

  private static Checkpoint openSingle(
      Path path, Path file, List<Path> companions, List<Path> leftOut) {
    SortedMap<String, SafetensorsFile> shards = new TreeMap<>();
    shards.put(nameOf(file), SafetensorsFile.open(file));
    return new Checkpoint(path, shards, Optional.empty(), companions, leftOut);
  }

  private static Checkpoint openIndexed(Path path, Path folder, Path indexFile) {
    CheckpointIndex index = CheckpointIndex.read(indexFile);
    SortedMap<String, SafetensorsFile> shards = new TreeMap<>();
    try {
      List<Path> own = new ArrayList<>(List.of(indexFile));
      for (String file : new TreeSet<>(index.files().values())) {
        own.add(folder.resolve(file));
        shards.put(file, SafetensorsFile.open(folder.resolve(file)));
      }
      checkAgree(index, shards, indexFile);
      return new Checkpoint(
          path,
          shards,
          Optional.of(new NamedIndex(nameOf(indexFile), index)),
          companionsIn(folder, own, false),
          companionsIn(folder, own, true));
    } catch (RuntimeException | Error e) {
      close(shards.values());
      throw e;
    }
  }

  private static void checkAgree(
      CheckpointIndex index, SortedMap<String, SafetensorsFile> shards, Path indexFile) {
    for (Map.Entry<String, String> entry : index.files().entrySet()) {
      SafetensorsFile shard = shards.get(entry.getValue());
      if (shard == null || !shard.tensors().containsKey(entry.getKey())) {
        throw new MalformedPluginException(
            "expected tensor "
                + CheckpointIndex.quote(entry.getKey())
                + " in file "
                + entry.getValue()
                + ", found none of that name, at "
                + indexFile);
      }
    }
    shards.forEach(
        (file, shard) -> {
          for (String tensor : shard.tensors().keySet()) {
            if (!file.equals(index.files().get(tensor))) {
              throw new MalformedPluginException(
                  "expected each tensor in the file that the index says, found "
                      + CheckpointIndex.quote(tensor)
                      + " in "
                      + file
                      + " and in the index "
                      + (index.files().containsKey(tensor)
                          ? index.files().get(tensor)
                          : "not at all")
                      + ", at "
                      + indexFile);
            }
          }
        });
  }

  /**
   * Where the model is.
   *
   * @return the path it was opened with
   */
  public Path path() {
    return path;
  }

  /**
   * The model's tensors, readable until this is closed.
   *
   * @return by name, unmodifiable
   */
  public SortedMap<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * What all tensors take.
   *
   * @return bytes
   */
  public long byteSize() {
    return tensors.values().stream().mapToLong(t -> t.dtype().byteSize(t.shape())).sum();
  }

  /**
   * Which files these are: a digest over their names, lengths, times of change, and what their
   * headers say of each tensor. The tensors' values are not read, so a file that was overwritten in
   * place, keeping length and time, has the same identity.
   *
   * @return the digest
   * @throws UncheckedIOException if a file is no longer there
   */
  public Digest identity() {
    Digest.Builder all = Digest.builder();
    shards.forEach(
        (name, shard) -> {
          try {
            all.add(name).add(Files.size(shard.path()));
            all.add(Files.getLastModifiedTime(shard.path()).toString());
          } catch (IOException e) {
            throw new UncheckedIOException("expected " + shard.path() + ", found " + e, e);
          }
          shard
              .tensors()
              .forEach((tensor, t) -> all.add(tensor).add(t.dtype() + t.shape().toString()));
        });
    return all.build();
  }

  /** By file name. */
  SortedMap<String, SafetensorsFile> shards() {
    return shards;
  }

  Optional<NamedIndex> index() {
    return index;
  }

  /**
   * Files beside the tensors that belong to the model: configuration, tokeniser, model card.
   *
   * @return sorted
   */
  public List<Path> companions() {
    return companions;
  }

  /**
   * What lies beside the tensors and is not taken along: weights in other formats, and folders.
   *
   * @return sorted
   */
  public List<Path> leftOut() {
    return leftOut;
  }

  /** Closes the model's files. Closing twice is harmless. */
  @Override
  public void close() {
    close(shards.values());
  }

  private static void close(Iterable<SafetensorsFile> files) {
    for (SafetensorsFile file : files) {
      file.close();
    }
  }

  /** The path, and how much there is. */
  @Override
  public String toString() {
    return path + " (" + tensors.size() + " tensors in " + shards.size() + " files)";
  }

  private static List<Path> filesEndingIn(Path folder, String suffix) {
    return entries(folder).stream()
        .filter(file -> nameOf(file).endsWith(suffix) && Files.isRegularFile(file))
        .toList();
  }

  private static List<Path> companionsIn(Path folder, List<Path> own, boolean leftOut) {
    return entries(folder).stream()
        .filter(entry -> !own.contains(entry))
        .filter(entry -> isLeftOut(entry) == leftOut)
        .toList();
  }

  private static boolean isLeftOut(Path entry) {
    String name = nameOf(entry).toLowerCase(Locale.ROOT);
    return !Files.isRegularFile(entry)
        || name.endsWith(SUFFIX)
        || name.endsWith(INDEX_SUFFIX)
        || name.endsWith(".index.json")
        || OTHER_WEIGHTS.stream().anyMatch(name::endsWith);
  }

  private static List<Path> entries(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("expected a readable folder, found " + e, e);
    }
  }

  private static Path folderOf(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file : parent;
  }

  static String nameOf(Path file) {
    Path name = file.getFileName();
    return name == null ? "" : name.toString();
  }
}
