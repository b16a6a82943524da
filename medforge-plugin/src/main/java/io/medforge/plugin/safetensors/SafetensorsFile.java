package io.medforge.plugin.safetensors;

import io.medforge.plugin.Tensor;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An open safetensors file: its header is read and checked, its tensors stay in the file until they
 * are read.
 *
 * <p>A file that opens is valid: the header lies within the file and is at most 100 000 000 bytes
 * of UTF-8 JSON without duplicate or unknown keys; every tensor's type is known, its size is that
 * of its type and shape, and the tensors cover the data exactly, without gap, overlap or trailing
 * bytes. Keys may come in any order, tensors may be empty or scalars, data need not be aligned, and
 * blanks may follow the header. Values are not looked at: a NaN is a value.
 *
 * <p>Beyond the specification, names with control characters, tensors of more than 64 dimensions,
 * and a {@code __metadata__} of {@code null} are refused by name.
 *
 * <p>Opening takes memory for what the header lists, reading takes none beyond the caller's buffer
 * and a constant; a tensor may be larger than memory.
 *
 * <p>Safe for use by several threads. A file must not change while it is open: one whose length
 * changes is noticed and no longer read; one overwritten in place at the same length is not, so
 * replace files by renaming, as {@link SafetensorsWriter} does. An interrupt of a thread that is
 * reading closes the file for all threads, as Java's file channels do.
 *
 * <p>Format: Hugging Face, safetensors, {@code README.md}, section "Format".
 */
public final class SafetensorsFile implements AutoCloseable {
  private final FileSource source;
  private final SortedMap<String, String> metadata;
  private final SortedMap<String, Tensor> tensors;

  private SafetensorsFile(FileSource source, Header header) {
    this.source = source;
    this.metadata = header.metadata();
    SortedMap<String, Tensor> byName = new TreeMap<>();
    for (TensorEntry entry : header.entries()) {
      byName.put(entry.name(), new FileTensor(source, header.dataStart(), entry));
    }
    this.tensors = Collections.unmodifiableSortedMap(byName);
  }

  /**
   * Opens a file and reads its header.
   *
   * @param path the file
   * @return the open file
   * @throws io.medforge.plugin.MalformedPluginException if it is no valid safetensors file; the
   *     message names file, tensor, expected and found
   * @throws java.io.UncheckedIOException if it does not exist or cannot be read
   */
  public static SafetensorsFile open(Path path) {
    FileSource source = FileSource.open(path);
    try {
      return new SafetensorsFile(source, HeaderReader.read(source));
    } catch (RuntimeException | Error e) {
      source.close();
      throw e;
    }
  }

  /**
   * Where the file is.
   *
   * @return the path it was opened with
   */
  public Path path() {
    return source.path();
  }

  /**
   * The text that travels with the tensors ({@code __metadata__}).
   *
   * @return by key, unmodifiable; empty if there is none
   */
  public SortedMap<String, String> metadata() {
    return metadata;
  }

  /**
   * The tensors, which can be read until this file is closed; from then on reading one throws
   * {@link IllegalStateException}. If the file's length changes, reading throws {@link
   * java.io.UncheckedIOException}.
   *
   * @return by name, unmodifiable
   */
  public SortedMap<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * Closes the file. Closing twice is harmless.
   *
   * @throws java.io.UncheckedIOException if the operating system refuses
   */
  @Override
  public void close() {
    source.close();
  }

  /** The path and how many tensors there are. */
  @Override
  public String toString() {
    return path() + " (" + tensors.size() + " tensors)";
  }
}
