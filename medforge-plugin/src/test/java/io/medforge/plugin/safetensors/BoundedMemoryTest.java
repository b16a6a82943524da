package io.medforge.plugin.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.medforge.plugin.DType;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is allocated follows what is asked for, never what a file claims or holds. */
class BoundedMemoryTest {
  private static final long MEBIBYTE = 1 << 20;
  private static final long GIBIBYTE = 1L << 30;

  @TempDir private Path folder;

  @Test
  void aTensorOfFiveGibibytesIsReadAtBothEnds() throws IOException {
    long elements = 5 * GIBIBYTE / Float.BYTES;
    Path path = folder.resolve("sparse");
    String header =
        "{\"small\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":["
            + (5 * GIBIBYTE)
            + ","
            + (5 * GIBIBYTE + 1)
            + "]},\"t\":{\"dtype\":\"F32\",\"shape\":["
            + elements
            + "],\"data_offsets\":[0,"
            + (5 * GIBIBYTE)
            + "]}}";
    byte[] start = TestBytes.file(header, 0);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(start);
      file.setLength(start.length + 5 * GIBIBYTE + 1);
      // 1f around where 32-bit counts of bytes wrap, at the end, and 7 behind it.
      for (long at : new long[] {0, GIBIBYTE / 2, GIBIBYTE, elements - 1}) {
        file.seek(start.length + at * Float.BYTES);
        file.write(new byte[] {0, 0, (byte) 0x80, 0x3f});
      }
      file.write(7);
    }
    long allocated =
        allocatedBy(
            () -> {
              try (SafetensorsFile file = SafetensorsFile.open(path)) {
                Tensor tensor = file.tensors().get("t");
                assertThat(tensor.shape()).isEqualTo(Shape.of(elements));
                float[] two = new float[2];
                for (long at : new long[] {GIBIBYTE / 2, GIBIBYTE, elements - 1}) {
                  tensor.read(at - 1, two, 0, 2);
                  assertThat(two).as("at %d", at).containsExactly(0f, 1f);
                }
                assertThat(file.tensors().get("small").toDoubles()).containsExactly(7);
              }
            });
    assertThat(allocated).isLessThan(8 * MEBIBYTE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "length-at-limit.safetensors",
        "length-negative.safetensors",
        "length-2-31.safetensors",
        "offsets-huge.safetensors",
        "claims-exabytes.safetensors",
        "shape-overflow.safetensors",
        "shape-long-number.safetensors",
        "shape-many-dimensions.safetensors",
        "nested.safetensors"
      })
  void whatAFileClaimsIsNotAllocated(String name) {
    Path path = HostileFilesTest.corpus().resolve(name);
    assertThat(allocatedBy(() -> refused(path))).isLessThan(MEBIBYTE);
  }

  @Test
  void aLargeHeaderThatGoesWrongEarlyIsNotRead() throws IOException {
    Path path = folder.resolve("sparse");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      // 100 000 000 in little-endian order, then a brace and a hundred million zeros.
      file.write(new byte[] {0x00, (byte) 0xe1, (byte) 0xf5, 0x05, 0, 0, 0, 0, '{'});
      file.setLength(200_000_000);
    }
    assertThat(allocatedBy(() -> refused(path))).isLessThan(MEBIBYTE);
  }

  @Test
  void manyTensorsCostInProportion() {
    int tensors = 200_000;
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < tensors; i++) {
      header.append(i == 0 ? "" : ",").append("\"base_model.model.layers.").append(i);
      header.append("\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
    }
    byte[] bytes = TestBytes.file(header.append('}').toString(), 0);
    Path path = TestBytes.write(folder, bytes);
    long allocated =
        allocatedBy(
            () -> {
              try (SafetensorsFile file = SafetensorsFile.open(path)) {
                assertThat(file.tensors().size()).isEqualTo(tensors);
              }
            });
    assertThat(allocated).isLessThan(30L * bytes.length);
  }

  @Test
  void namesThatCollideAndLongTextCostInProportion() {
    StringBuilder header = new StringBuilder("{\"__metadata__\":{\"long\":\"");
    header.append("x".repeat(4_000_000)).append('"');
    // "Aa" and "BB" have one hash code, and so has every string made of them.
    for (int i = 0; i < 1 << 14; i++) {
      header.append(",\"");
      for (int bit = 0; bit < 14; bit++) {
        header.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      header.append("\":\"\"");
    }
    byte[] bytes = TestBytes.file(header.append("}}").toString(), 0);
    Path path = TestBytes.write(folder, bytes);
    long allocated =
        allocatedBy(
            () -> {
              try (SafetensorsFile file = SafetensorsFile.open(path)) {
                assertThat(file.metadata().size()).isEqualTo(1 + (1 << 14));
                assertThat(file.metadata().get("long").length()).isEqualTo(4_000_000);
              }
            });
    assertThat(allocated).isLessThan(30L * bytes.length);
  }

  @Test
  void aTensorIsWrittenInPieces() {
    Tensor tensor = new VirtualTensor(DType.F32, Shape.of(16, MEBIBYTE), from -> {});
    long allocated =
        allocatedBy(
            () ->
                SafetensorsWriter.to(folder.resolve("written"))
                    .replaceExisting()
                    .write(Map.of("t", tensor)));
    assertThat(allocated).isLessThan(2 * MEBIBYTE);
    assertThat(folder.resolve("written")).hasSize(64 * MEBIBYTE + 8 + 72);
  }

  private static void refused(Path path) {
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(MalformedPluginException.class);
  }

  /** Bytes this thread allocates on the heap in the second run, when classes are loaded. */
  private static long allocatedBy(Runnable run) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    run.run();
    long before = threads.getCurrentThreadAllocatedBytes();
    run.run();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }
}
