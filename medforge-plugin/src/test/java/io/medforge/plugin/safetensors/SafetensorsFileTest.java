package io.medforge.plugin.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.DType;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
  @TempDir private Path folder;

  @Test
  void keysMayComeInAnyOrderAndDataUnaligned() {
    String header =
        "{\"z\":{\"data_offsets\":[0,1],\"shape\":[],\"dtype\":\"U8\"},"
            + "\"__metadata__\":{\"b\":\"2\\n\",\"a\":\"\"},"
            + "\"a\":{\"shape\":[1],\"dtype\":\"F32\",\"data_offsets\":[1,5]},"
            + "\"e\":{\"shape\":[3,0],\"dtype\":\"F32\",\"data_offsets\":[1,1]}}   ";
    byte[] bytes = TestBytes.file(header, 5);
    bytes[bytes.length - 5] = 7;
    bytes[bytes.length - 2] = (byte) 0x80;
    bytes[bytes.length - 1] = 0x3f;
    try (SafetensorsFile file = SafetensorsFile.open(TestBytes.write(folder, bytes))) {
      assertThat(file.tensors().keySet()).containsExactly("a", "e", "z");
      assertThat(file.metadata()).containsExactly(Map.entry("a", ""), Map.entry("b", "2\n"));
      assertThat(file.tensors().get("z").toDoubles()).containsExactly(7);
      assertThat(file.tensors().get("a").toFloats()).containsExactly(1f);
      assertThat(file.tensors().get("e").toFloats()).isEmpty();
    }
  }

  @Test
  void aHeaderThatStartsAsAPickleDoesIsNoPickle() {
    // 640 = 0x280: the file starts with 0x80 0x02, as a pickle of protocol 2 does.
    byte[] bytes = TestBytes.file("{}" + " ".repeat(638), 0);
    assertThat(bytes[0]).isEqualTo((byte) 0x80);
    assertThat(bytes[1]).isEqualTo((byte) 2);
    try (SafetensorsFile file = SafetensorsFile.open(TestBytes.write(folder, bytes))) {
      assertThat(file.tensors()).isEmpty();
    }
  }

  @Test
  void valuesOfRawTypesAreRefusedByName() {
    try (SafetensorsFile file = open("{\"t\":" + entry("F8_E4M3", "[4]", 0, 4) + "}", 4)) {
      Tensor tensor = file.tensors().get("t");
      assertThat(TestBytes.stored(tensor)).hasSize(4);
      assertThatIllegalStateException()
          .isThrownBy(tensor::toFloats)
          .withMessageContaining("F8_E4M3");
    }
  }

  @Test
  void nothingOutsideATensorIsRead() {
    String header =
        "{\"a\":" + entry("U8", "[4]", 0, 4) + ",\"b\":" + entry("U8", "[4]", 4, 8) + "}";
    try (SafetensorsFile file = open(header, 8)) {
      Tensor a = file.tensors().get("a");
      byte[] into = new byte[8];
      for (long from : new long[] {-1, 1, 4, 5, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
            .isThrownBy(() -> a.readBytes(from, into, 0, 4));
      }
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> a.readBytes(0, into, 5, 4));
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> a.readBytes(0, into, 0, -1));
      a.readBytes(4, into, 8, 0);
    }
  }

  @Test
  void whatIsGivenOutCannotBeChanged() {
    try (SafetensorsFile file = open("{\"t\":" + entry("U8", "[4]", 0, 4) + "}", 4)) {
      assertThatThrownBy(() -> file.tensors().clear())
          .isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(() -> file.metadata().put("a", "b"))
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void aClosedFileIsNotRead() {
    SafetensorsFile file = open("{\"t\":" + entry("U8", "[4]", 0, 4) + "}", 4);
    Tensor tensor = file.tensors().get("t");
    file.close();
    file.close();
    assertThatIllegalStateException()
        .isThrownBy(tensor::toFloats)
        .withMessageContaining("expected an open file, found it closed, at " + file.path());
    assertThat(file.tensors()).containsOnlyKeys("t");
  }

  @Test
  void aFileThatChangesItsLengthIsNoLongerRead() throws IOException {
    try (SafetensorsFile file = open("{\"t\":" + entry("U8", "[4]", 0, 4) + "}", 4);
        FileChannel other = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
      Tensor tensor = file.tensors().get("t");
      long length = other.size();
      other.truncate(length - 1);
      assertThatThrownBy(tensor::toFloats)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("expected the " + length + " bytes")
          .hasMessageContaining("it is " + (length - 1) + " bytes long, at " + file.path());
      other.write(ByteBuffer.wrap(new byte[2]), length - 1);
      assertThatThrownBy(tensor::toFloats)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("it is " + (length + 1) + " bytes long");
    }
  }

  @Test
  void aReplacedFileIsStillReadAsItWas() {
    Path path = folder.resolve("file");
    SafetensorsWriter.to(path).write(Map.of("t", Tensor.of(Shape.of(1), 1f)));
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      SafetensorsWriter.to(path)
          .replaceExisting()
          .write(Map.of("t", Tensor.encode(DType.F64, Shape.of(2), 2, 3)));
      assertThat(file.tensors().get("t").toFloats()).containsExactly(1f);
      // Even a file that is replaced by its own content.
      SafetensorsWriter.to(path).replaceExisting().write(file.tensors());
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.tensors().get("t").toFloats()).containsExactly(1f);
    }
  }

  @Test
  void anInterruptedReadSaysSoAndLosesNoInterrupt() throws InterruptedException {
    try (SafetensorsFile file = open("{\"t\":" + entry("U8", "[4]", 0, 4) + "}", 4)) {
      Tensor tensor = file.tensors().get("t");
      Thread.currentThread().interrupt();
      assertThatThrownBy(tensor::toFloats)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
      // Nobody called close(): the message must not say so.
      assertThatThrownBy(tensor::toFloats)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("interrupted");
    }
  }

  @Test
  void whatIsNoFileIsRefused() {
    assertThatThrownBy(() -> SafetensorsFile.open(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessage("expected a file, found a folder, at " + folder);
    Path none = folder.resolve("none");
    assertThatThrownBy(() -> SafetensorsFile.open(none))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("at " + none)
        .hasCauseInstanceOf(NoSuchFileException.class);
  }

  @Test
  void severalThreadsReadAtOnce() throws InterruptedException, ExecutionException {
    int elements = 300_000;
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = i;
    }
    Path path = folder.resolve("file");
    SafetensorsWriter.to(path).write(Map.of("t", Tensor.of(Shape.of(elements), values)));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      Tensor tensor = file.tensors().get("t");
      List<Future<?>> readers = new ArrayList<>();
      for (int seed = 0; seed < 4; seed++) {
        Random random = new Random(seed);
        readers.add(threads.submit(() -> readRandomRanges(tensor, elements, random)));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void readRandomRanges(Tensor tensor, int elements, Random random) {
    for (int i = 0; i < 100; i++) {
      int from = random.nextInt(elements);
      float[] read = new float[Math.min(elements - from, 1 + random.nextInt(100_000))];
      tensor.read(from, read, 0, read.length);
      for (int j = 0; j < read.length; j++) {
        assertThat(read[j]).isEqualTo(from + j);
      }
    }
  }

  private SafetensorsFile open(String header, int dataBytes) {
    return SafetensorsFile.open(TestBytes.write(folder, TestBytes.file(header, dataBytes)));
  }

  private static String entry(String dtype, String shape, int begin, int end) {
    return "{\"dtype\":\""
        + dtype
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":["
        + begin
        + ","
        + end
        + "]}";
  }
}
