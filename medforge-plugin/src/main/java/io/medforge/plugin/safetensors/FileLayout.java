package io.medforge.plugin.safetensors;

import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where everything lies in a safetensors file that is yet to be written: for those who write its
 * tensors in any order, or from several threads. The bytes are those that {@link SafetensorsWriter}
 * would write. Immutable.
 */
public final class FileLayout {
  private final ByteBuffer header;
  private final SortedMap<String, Long> positions;
  private final long length;

  private FileLayout(ByteBuffer header, SortedMap<String, Long> positions, long length) {
    this.header = header;
    this.positions = positions;
    this.length = length;
  }

  /**
   * Lays out a file.
   *
   * @param tensors by name; only their types and shapes are looked at
   * @param metadata text that travels with them; may be empty
   * @return the layout
   * @throws IllegalArgumentException if a name, text, shape or size is none that a file can hold
   */
  public static FileLayout of(Map<String, ? extends Tensor> tensors, Map<String, String> metadata) {
    SortedMap<String, Tensor> byName = new TreeMap<>(tensors);
    byName.forEach(SafetensorsWriter::check);
    SafetensorsWriter.checkText(metadata);
    var entries = DataLayout.of(byName);
    ByteBuffer header = HeaderText.encode(new TreeMap<>(metadata), entries);
    long start = header.remaining();
    SortedMap<String, Long> positions = new TreeMap<>();
    long end = start;
    for (TensorEntry entry : entries) {
      positions.put(entry.name(), start + entry.begin());
      end = start + entry.end();
    }
    return new FileLayout(header, Collections.unmodifiableSortedMap(positions), end);
  }

  /**
   * What the file begins with.
   *
   * @return the header's length and the header; a new read-only view
   */
  public ByteBuffer header() {
    return header.asReadOnlyBuffer();
  }

  /**
   * Where each tensor's first byte goes.
   *
   * @return positions in the file by name, unmodifiable
   */
  public SortedMap<String, Long> positions() {
    return positions;
  }

  /**
   * The file's length.
   *
   * @return bytes
   */
  public long length() {
    return length;
  }
}
