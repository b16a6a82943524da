package io.medforge.plugin.safetensors;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.statistics.Statistics;

/** Any content survives a file, in the same bytes each time; any bytes are content or refused. */
class SafetensorsPropertyTest {
  private static Path folder;

  @BeforeContainer
  static void createFolder() throws IOException {
    folder = Files.createTempDirectory("safetensors");
  }

  @AfterContainer
  static void deleteFolder() throws IOException {
    for (String name : List.of("file", "shuffled", "again")) {
      Files.deleteIfExists(folder.resolve(name));
    }
    Files.delete(folder);
  }

  @Property(tries = 300)
  void whatIsWrittenIsRead(
      @ForAll("tensorMaps") Map<String, Tensor> tensors,
      @ForAll("metadata") Map<String, String> metadata) {
    Path path = folder.resolve("file");
    SafetensorsWriter.to(path).replaceExisting().metadata(metadata).write(tensors);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.metadata()).isEqualTo(metadata);
      assertThat(file.tensors().keySet()).isEqualTo(tensors.keySet());
      tensors.forEach(
          (name, tensor) -> {
            Tensor read = file.tensors().get(name);
            assertThat(read.dtype()).isEqualTo(tensor.dtype());
            assertThat(read.shape()).isEqualTo(tensor.shape());
            assertThat(TestBytes.stored(read)).isEqualTo(TestBytes.stored(tensor));
          });
    }
  }

  @Property(tries = 200)
  void anyOrderGivesTheSameBytes(
      @ForAll("tensorMaps") Map<String, Tensor> tensors,
      @ForAll("metadata") Map<String, String> metadata,
      @ForAll Random random)
      throws IOException {
    Path shuffled = folder.resolve("shuffled");
    SafetensorsWriter.to(shuffled)
        .replaceExisting()
        .metadata(shuffle(metadata, random))
        .write(shuffle(tensors, random));
    assertThat(Files.readAllBytes(shuffled)).isEqualTo(TestBytes.file(tensors, metadata));
  }

  @Property(tries = 1000)
  void arbitraryBytesOpenOrAreRefused(@ForAll byte[] bytes) {
    AnyBytes.opensOrIsRefused(folder.resolve("file"), bytes);
  }

  @Property(tries = 1000)
  void arbitraryHeadersOpenOrAreRefused(@ForAll("headers") String header, @ForAll Random random) {
    boolean valid =
        AnyBytes.opensOrIsRefused(
            folder.resolve("file"), TestBytes.file(header, 4 * random.nextInt(3)));
    Statistics.label("valid").collect(valid);
  }

  @Property(tries = 1000)
  void mutatedFilesOpenOrAreRefused(
      @ForAll("tensorMaps") Map<String, Tensor> tensors,
      @ForAll("metadata") Map<String, String> metadata,
      @ForAll Random random) {
    byte[] bytes = TestBytes.file(tensors, metadata);
    boolean valid = AnyBytes.opensOrIsRefused(folder.resolve("file"), mutate(bytes, random));
    Statistics.label("valid").collect(valid);
  }

  /** One to three edits, mostly in the header; the length usually follows, so that some survive. */
  private static byte[] mutate(byte[] bytes, Random random) {
    int headerLength = Math.toIntExact(ByteBuffer.wrap(bytes).order(LITTLE_ENDIAN).getLong());
    byte[] header = Arrays.copyOfRange(bytes, 8, 8 + headerLength);
    byte[] data = Arrays.copyOfRange(bytes, 8 + headerLength, bytes.length);
    for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
      if (random.nextInt(4) == 0) {
        data = edit(data, random);
      } else {
        header = edit(header, random);
      }
    }
    long stated = random.nextInt(10) == 0 ? random.nextInt(1000) : header.length;
    return ByteBuffer.allocate(8 + header.length + data.length)
        .order(LITTLE_ENDIAN)
        .putLong(stated)
        .put(header)
        .put(data)
        .array();
  }

  private static byte[] edit(byte[] bytes, Random random) {
    String interesting = "{}[]\",:0123456789 \\u-.eFIU";
    int at = random.nextInt(bytes.length + 1);
    byte value =
        random.nextInt(3) == 0
            ? (byte) random.nextInt(256)
            : (byte) interesting.charAt(random.nextInt(interesting.length()));
    int kind = random.nextInt(3);
    int removed = kind == 0 || at == bytes.length ? 0 : 1;
    int added = kind == 1 && removed == 1 ? 0 : 1;
    byte[] edited = Arrays.copyOf(bytes, bytes.length - removed + added);
    if (added == 1) {
      edited[at] = value;
    }
    System.arraycopy(bytes, at + removed, edited, at + added, bytes.length - at - removed);
    return edited;
  }

  private static <V> Map<String, V> shuffle(Map<String, V> map, Random random) {
    List<String> keys = new ArrayList<>(map.keySet());
    Collections.shuffle(keys, random);
    Map<String, V> shuffled = new LinkedHashMap<>();
    keys.forEach(key -> shuffled.put(key, map.get(key)));
    return shuffled;
  }

  /** JSON that is often nearly right: entries whose parts come from right and wrong ones. */
  @Provide
  Arbitrary<String> headers() {
    Arbitrary<String> name = Arbitraries.of("\"a\"", "\"b\"", "\"__metadata__\"", "\"\\ud83d\"");
    Arbitrary<String> dtype =
        Arbitraries.of("\"F32\"", "\"F32\"", "\"U8\"", "\"F4\"", "\"C64\"", "\"x\"", "7");
    Arbitrary<String> shape =
        Arbitraries.of("[1]", "[]", "[0]", "[2,1]", "[1.0]", "[-1]", "[4294967296,4294967296]");
    Arbitrary<String> offsets =
        Arbitraries.of("[0,4]", "[0,4]", "[0,0]", "[4,8]", "[4,4]", "[0,8]", "[8,0]", "[0]");
    Arbitrary<String> entry =
        Combinators.combine(name, dtype, shape, offsets)
            .as(
                (n, d, s, o) ->
                    n + ":{\"data_offsets\":" + o + ",\"shape\":" + s + ",\"dtype\":" + d + "}");
    return entry.list().ofMaxSize(2).map(entries -> "{" + String.join(",", entries) + "} ");
  }

  @Provide
  Arbitrary<Map<String, Tensor>> tensorMaps() {
    return Arbitraries.maps(names().filter(n -> TensorNames.fault(n) == null), tensors())
        .ofMaxSize(8);
  }

  @Provide
  Arbitrary<Map<String, String>> metadata() {
    return Arbitraries.maps(names(), names()).ofMaxSize(4);
  }

  private static Arbitrary<String> names() {
    return Arbitraries.oneOf(
        Arbitraries.of("base_model.model.fc.lora_A.weight", "a", "", "\"", "\\", "\ud83d\ude00"),
        Arbitraries.strings().ofMaxLength(12).filter(text -> !JsonText.hasLoneSurrogate(text)));
  }

  private static Arbitrary<Tensor> tensors() {
    Arbitrary<long[]> shapes = Arbitraries.longs().between(0, 5).array(long[].class).ofMaxSize(4);
    return Combinators.combine(Arbitraries.of(DType.class), shapes, Arbitraries.randoms())
        .as(
            (dtype, dimensions, random) -> {
              // Eight elements are whole bytes in every type.
              Shape shape =
                  dtype.bits() % 8 == 0 ? Shape.of(dimensions) : Shape.of(8, dimensions.length);
              byte[] bytes = new byte[Math.toIntExact(shape.elements() * dtype.bits() / 8)];
              random.nextBytes(bytes);
              return Tensor.ofBytes(dtype, shape, bytes);
            });
  }
}
