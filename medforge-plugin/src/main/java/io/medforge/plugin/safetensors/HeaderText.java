package io.medforge.plugin.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Writes headers as the reference writer does, byte for byte (for one or no metadata key). */
final class HeaderText {
  private static final int ALIGNMENT = 8;

  private HeaderText() {}

  /**
   * The header's length and the header, padded with blanks so that the data starts at a multiple of
   * 8 bytes.
   *
   * @throws IllegalArgumentException if it is longer than readers accept
   */
  static ByteBuffer encode(SortedMap<String, String> metadata, List<TensorEntry> entries) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      JsonText.append(json, Header.METADATA);
      json.append(':');
      appendMetadata(json, metadata);
    }
    for (TensorEntry entry : entries) {
      separate(json);
      append(json, entry);
    }
    byte[] text = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (padded > Header.MAX_BYTES) {
      throw new IllegalArgumentException(
          "expected a header of at most " + Header.MAX_BYTES + " bytes, found " + padded);
    }
    ByteBuffer header = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(padded).put(text);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.flip();
  }

  private static void appendMetadata(StringBuilder json, SortedMap<String, String> metadata) {
    json.append('{');
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      separate(json);
      JsonText.append(json, entry.getKey());
      json.append(':');
      JsonText.append(json, entry.getValue());
    }
    json.append('}');
  }

  private static void append(StringBuilder json, TensorEntry entry) {
    JsonText.append(json, entry.name());
    json.append(":{\"dtype\":\"").append(entry.dtype().name()).append("\",\"shape\":[");
    long[] dimensions = entry.shape().toArray();
    for (int i = 0; i < dimensions.length; i++) {
      json.append(i == 0 ? "" : ",").append(dimensions[i]);
    }
    json.append("],\"data_offsets\":[").append(entry.begin());
    json.append(',').append(entry.end()).append("]}");
  }

  private static void separate(StringBuilder json) {
    if (json.charAt(json.length() - 1) != '{') {
      json.append(',');
    }
  }
}
