package io.medforge.plugin.safetensors;

import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes safetensors files: whole or not at all, and always the same bytes for the same content.
 *
 * <pre>{@code
 * SafetensorsWriter.to(file).metadata(Map.of("format", "pt")).write(tensors);
 * }</pre>
 *
 * <p>The order of tensors, in header and data alike, is that of the reference writer: by element
 * type from wide to narrow ({@code U64, I64, F64, C64, F32, U32, I32, BF16, F16, U16, I16}, then
 * the types of at most 8 bits), then by name. Sorted names alone would be simpler to say, but one
 * odd-sized F16 tensor would put every F32 after it off its alignment; from wide to narrow, every
 * tensor starts at a multiple of its element's width, and the file is byte for byte the one that
 * the Python library writes (but for metadata of several keys, which are sorted here). The header
 * is padded with blanks to a multiple of 8 bytes.
 *
 * <p>A file is written under a temporary name in the same folder, forced to the disk, and renamed;
 * the folder is forced too where the operating system allows it. Whatever fails, no partial file is
 * left and an existing file is untouched. Tensors are copied in pieces, so they may be larger than
 * memory.
 *
 * <p>Not safe for use by several threads; several writers may write the same path.
 */
public final class SafetensorsWriter {
  private static final int PIECE_BYTES = 256 * 1024;

  private final Path file;
  private @Nullable SortedMap<String, String> metadata;
  private boolean replacing;

  private SafetensorsWriter(Path file) {
    this.file = file;
  }

  /**
   * A writer for a new file.
   *
   * @param file the file to write; its folder exists
   * @return the writer
   */
  public static SafetensorsWriter to(Path file) {
    return new SafetensorsWriter(Objects.requireNonNull(file, "file"));
  }

  /**
   * Adds text that travels with the tensors; without it there is none.
   *
   * @param text by key; copied
   * @return this writer
   * @throws IllegalStateException if called twice
   * @throws IllegalArgumentException if a key or value is no Unicode text (half a surrogate pair)
   */
  public SafetensorsWriter metadata(Map<String, String> text) {
    if (metadata != null) {
      throw new IllegalStateException("expected metadata once, found it set to " + metadata);
    }
    checkText(text);
    metadata = new TreeMap<>(text);
    return this;
  }

  /**
   * Lets the file replace one of the same name; without this, an existing file is an error.
   *
   * @return this writer
   * @throws IllegalStateException if called twice
   */
  public SafetensorsWriter replaceExisting() {
    if (replacing) {
      throw new IllegalStateException("expected replaceExisting() once, found it twice");
    }
    replacing = true;
    return this;
  }

  /**
   * Writes the file.
   *
   * @param tensors by name, in any order
   * @throws IllegalArgumentException if a name is {@code __metadata__} or has a control character
   *     or half a surrogate pair, if a tensor takes no whole number of bytes or has more than 64
   *     dimensions, or if the header would be longer than 100 000 000 bytes
   * @throws UncheckedIOException if the file exists and may not be replaced, or cannot be written
   * @throws RuntimeException whatever reading one of the tensors throws
   */
  public void write(Map<String, ? extends Tensor> tensors) {
    SortedMap<String, Tensor> byName = new TreeMap<>(tensors);
    byName.forEach(SafetensorsWriter::check);
    List<TensorEntry> entries = DataLayout.of(byName);
    ByteBuffer header = HeaderText.encode(metadata == null ? new TreeMap<>() : metadata, entries);
    try {
      AtomicFile.write(
          file,
          replacing,
          out -> {
            writeFully(header, out);
            for (TensorEntry entry : entries) {
              copy(
                  Objects.requireNonNull(byName.get(entry.name())),
                  entry.end() - entry.begin(),
                  out);
            }
          });
    } catch (FileAlreadyExistsException e) {
      throw new UncheckedIOException("expected no file yet, found one, at " + file, e);
    } catch (IOException e) {
      throw new UncheckedIOException("expected to write, found " + e + ", at " + file, e);
    }
  }

  static void checkText(Map<String, String> text) {
    text.forEach(
        (key, value) -> {
          if (JsonText.hasLoneSurrogate(key) || JsonText.hasLoneSurrogate(value)) {
            throw new IllegalArgumentException(
                "expected Unicode text, found half a surrogate pair, at metadata key "
                    + JsonText.quote(key));
          }
        });
  }

  static void check(String name, Tensor tensor) {
    String fault = TensorNames.fault(name);
    if (fault != null) {
      throw new IllegalArgumentException(
          "expected a printable name, found " + fault + ", at tensor " + JsonText.quote(name));
    }
    if (tensor.shape().dimensions() > Header.MAX_DIMENSIONS) {
      throw new IllegalArgumentException(
          "expected at most "
              + Header.MAX_DIMENSIONS
              + " dimensions, found "
              + tensor.shape().dimensions()
              + ", at tensor "
              + JsonText.quote(name));
    }
  }

  private static void copy(Tensor tensor, long bytes, WritableByteChannel out) throws IOException {
    byte[] piece = new byte[(int) Math.min(PIECE_BYTES, bytes)];
    for (long done = 0; done < bytes; ) {
      int n = (int) Math.min(piece.length, bytes - done);
      tensor.readBytes(done, piece, 0, n);
      writeFully(ByteBuffer.wrap(piece, 0, n), out);
      done += n;
    }
  }

  private static void writeFully(ByteBuffer bytes, WritableByteChannel out) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
