package io.medforge.plugin.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Files by their bytes, and tensors back to bytes. */
final class TestBytes {
  private TestBytes() {}

  /** A file with this header as it stands, and {@code dataBytes} zeros. */
  static byte[] file(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Long.BYTES + text.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  /** What the writer should write, made in memory. */
  static byte[] file(Map<String, Tensor> tensors, Map<String, String> metadata) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<TensorEntry> entries = DataLayout.of(new TreeMap<>(tensors));
    out.writeBytes(HeaderText.encode(new TreeMap<>(metadata), entries).array());
    entries.forEach(entry -> out.writeBytes(stored(tensors.get(entry.name()))));
    return out.toByteArray();
  }

  static Path write(Path folder, byte[] bytes) {
    try {
      return Files.write(Files.createTempFile(folder, "test", ".safetensors"), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All stored bytes, read in pieces of an odd size. */
  static byte[] stored(Tensor tensor) {
    long size = DataLayout.byteSize(tensor.dtype(), tensor.shape().elements());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] piece = new byte[37];
    for (long from = 0; from < size; from += piece.length) {
      int n = (int) Math.min(piece.length, size - from);
      tensor.readBytes(from, piece, 0, n);
      out.write(piece, 0, n);
    }
    return out.toByteArray();
  }

  static byte[] resource(String name) {
    try (InputStream in = TestBytes.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
