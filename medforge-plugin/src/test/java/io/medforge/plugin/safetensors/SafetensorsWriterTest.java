package io.medforge.plugin.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsWriterTest {
  private static final Tensor ONE = Tensor.of(Shape.of(1), 1f);
  private static final byte[] OLD = {1, 2, 3};

  @TempDir private Path folder;

  @Test
  void sameContentGivesSameBytesWhateverTheOrder() throws IOException {
    Map<String, Tensor> forwards = new TreeMap<>();
    for (int i = 0; i < 20; i++) {
      forwards.put("t" + i, Tensor.encode(DType.F16, Shape.of(3), i, 2 * i, 3 * i));
    }
    Map<String, Tensor> backwards = new LinkedHashMap<>();
    new TreeMap<>(forwards).descendingMap().forEach(backwards::put);

    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    SafetensorsWriter.to(first).metadata(Map.of("a", "1", "b", "2", "c", "3")).write(forwards);
    SafetensorsWriter.to(second)
        .metadata(new TreeMap<>(Map.of("c", "3", "b", "2", "a", "1")).descendingMap())
        .write(backwards);

    assertThat(Files.readAllBytes(first)).isEqualTo(Files.readAllBytes(second));
  }

  @Test
  void everyTensorStartsAtAMultipleOfItsWidth() throws IOException {
    Path path = folder.resolve("aligned");
    Map<String, Tensor> tensors = new TreeMap<>();
    for (DType dtype : DType.values()) {
      // Four elements are whole bytes in every type; three are odd in every other.
      int elements = dtype.bits() < 8 ? 4 : 3;
      tensors.put(
          "z" + dtype,
          Tensor.ofBytes(dtype, Shape.of(elements), new byte[elements * dtype.bits() / 8]));
    }
    SafetensorsWriter.to(path).metadata(Map.of("odd", "x")).write(tensors);

    try (FileSource source = FileSource.open(path)) {
      Header header = HeaderReader.read(source);
      assertThat(header.dataStart() % 8).isZero();
      assertThat(header.entries()).hasSize(DType.values().length);
      for (TensorEntry entry : header.entries()) {
        assertThat(entry.begin() % Math.max(1, entry.dtype().bits() / 8)).as(entry.name()).isZero();
      }
    }
  }

  @Test
  void anExistingFileIsNotReplacedUnlessTold() throws IOException {
    Path path = Files.write(folder.resolve("old"), OLD);
    assertThatThrownBy(() -> SafetensorsWriter.to(path).write(Map.of("a", ONE)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("expected no file yet, found one, at " + path)
        .hasCauseInstanceOf(FileAlreadyExistsException.class);
    assertThat(path).hasBinaryContent(OLD);
    assertOnly(path);

    SafetensorsWriter.to(path).replaceExisting().write(Map.of("a", ONE));
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.tensors().get("a").toFloats()).containsExactly(1f);
    }
    assertOnly(path);
  }

  @Test
  void aFileThatAppearsWhileWritingIsNotReplaced() throws IOException {
    Path path = folder.resolve("late");
    Tensor slow =
        failing(
            () -> {
              try {
                Files.write(path, OLD);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertThatThrownBy(() -> SafetensorsWriter.to(path).write(Map.of("a", slow)))
        .hasCauseInstanceOf(FileAlreadyExistsException.class);
    assertThat(path).hasBinaryContent(OLD);
    assertOnly(path);
  }

  @Test
  void aTensorThatFailsMidwayLeavesNothing() throws IOException {
    Path path = folder.resolve("new");
    IllegalStateException failure = new IllegalStateException("midway");
    Tensor tensor =
        failing(
            () -> {
              throw failure;
            });
    assertThatThrownBy(() -> SafetensorsWriter.to(path).write(Map.of("a", ONE, "b", tensor)))
        .isSameAs(failure);
    assertOnly();

    Files.write(path, OLD);
    assertThatThrownBy(
            () -> SafetensorsWriter.to(path).replaceExisting().write(Map.of("b", tensor)))
        .isSameAs(failure);
    assertThat(path).hasBinaryContent(OLD);
    assertOnly(path);
  }

  @Test
  void aFullDiskLeavesNothing() throws IOException {
    Path path = Files.write(folder.resolve("old"), OLD);
    IOException full = new IOException("No space left on device");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    path,
                    true,
                    out -> {
                      out.write(ByteBuffer.wrap(new byte[100]));
                      throw full;
                    }))
        .isSameAs(full);
    assertThat(path).hasBinaryContent(OLD);
    assertOnly(path);
  }

  @Test
  void aTargetThatCannotBeReplacedLeavesNothing() throws IOException {
    Path path = Files.createDirectory(folder.resolve("folder"));
    Files.write(path.resolve("inside"), OLD);
    assertThatThrownBy(() -> SafetensorsWriter.to(path).replaceExisting().write(Map.of("a", ONE)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(path.toString());
    assertOnly(path);
  }

  @Test
  void aFolderThatDoesNotExistIsNamed() {
    Path path = folder.resolve("none").resolve("file");
    assertThatThrownBy(() -> SafetensorsWriter.to(path).write(Map.of()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(path.toString())
        .hasCauseInstanceOf(NoSuchFileException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"__metadata__", "a\nb", "\0", "\u007f", "\u0085", "\ud800", "\udc00x"})
  void namesThatNoReaderAcceptsAreRefused(String name) throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SafetensorsWriter.to(folder.resolve("f")).write(Map.of(name, ONE)))
        .withMessageContaining("tensor " + JsonText.quote(name));
    assertOnly();
  }

  @Test
  void whatNoReaderAcceptsIsRefused() throws IOException {
    SafetensorsWriter writer = SafetensorsWriter.to(folder.resolve("f"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.metadata(Map.of("key", "\udc00")))
        .withMessageContaining("\"key\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.write(Map.of("a", sized(DType.F4, Shape.of(3)))))
        .withMessageContaining("F4[3]")
        .withMessageContaining("\"a\"");
    // Eight of these fit a long, the ninth does not.
    Map<String, Tensor> nine = new TreeMap<>();
    for (int i = 0; i < 9; i++) {
      nine.put("t" + i, sized(DType.U8, Shape.of((1L << 60) - 1)));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.write(nine))
        .withMessageContaining("\"t8\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.write(Map.of("a", sized(DType.U8, Shape.of(new long[65])))))
        .withMessageContaining("at most 64 dimensions, found 65");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> writer.metadata(Map.of("m", "x".repeat(Header.MAX_BYTES))).write(Map.of()))
        .withMessageContaining("a header of at most 100000000 bytes");
    assertOnly();
  }

  @Test
  void optionsAreSetOnce() {
    SafetensorsWriter writer =
        SafetensorsWriter.to(folder.resolve("f")).metadata(Map.of("a", "b")).replaceExisting();
    assertThatIllegalStateException()
        .isThrownBy(() -> writer.metadata(Map.of()))
        .withMessageContaining("{a=b}");
    assertThatIllegalStateException().isThrownBy(writer::replaceExisting);
  }

  /** Two megabytes whose second half runs {@code event} first. */
  private static Tensor failing(Runnable event) {
    Shape shape = Shape.of(2_000_000);
    return new VirtualTensor(
        DType.U8,
        shape,
        from -> {
          if (from >= 1_000_000) {
            event.run();
          }
        });
  }

  private static Tensor sized(DType dtype, Shape shape) {
    return new VirtualTensor(dtype, shape, from -> {});
  }

  private void assertOnly(Path... expected) throws IOException {
    try (Stream<Path> found = Files.list(folder)) {
      assertThat(found).containsExactlyInAnyOrder(expected);
    }
  }
}
