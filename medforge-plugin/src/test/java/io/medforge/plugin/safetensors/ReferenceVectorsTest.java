package io.medforge.plugin.safetensors;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.DType;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The byte vectors of the reference implementation's own tests (Hugging Face safetensors, {@code
 * safetensors/src/tensor.rs}, module {@code tests}, version 0.8), each with the name it has there.
 */
class ReferenceVectorsTest {
  private static final String HEADER =
      "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}";
  private static final String LENGTH_60 = "<\0\0\0\0\0\0\0";

  @TempDir private Path folder;

  @Test
  void emptyShapesAllowed() {
    String header = "{\"test\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]}}";
    try (SafetensorsFile file = open("8\0\0\0\0\0\0\0" + header + zeros(4))) {
      Tensor tensor = file.tensors().get("test");
      assertThat(tensor.shape()).isEqualTo(Shape.of());
      assertThat(tensor.dtype()).isEqualTo(DType.I32);
      assertThat(TestBytes.stored(tensor)).containsExactly(0, 0, 0, 0);
    }
  }

  @Test
  void deserialization() {
    try (SafetensorsFile file = open(LENGTH_60 + HEADER + zeros(16))) {
      assertThat(file.tensors()).containsOnlyKeys("test");
      Tensor tensor = file.tensors().get("test");
      assertThat(tensor.shape()).isEqualTo(Shape.of(2, 2));
      assertThat(tensor.dtype()).isEqualTo(DType.I32);
      assertThat(TestBytes.stored(tensor)).isEqualTo(new byte[16]);
    }
  }

  @Test
  void jsonAttack() {
    String header =
        IntStream.range(0, 10)
            .mapToObj(
                i ->
                    "\"weight_"
                        + i
                        + "\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}")
            .collect(Collectors.joining(",", "{", "}"));
    refused(
        new String(TestBytes.file(header, 16), ISO_8859_1),
        "tensor \"weight_1\"",
        "data_offsets to start at 16, where tensor \"weight_0\" ends",
        "found 0 (overlap)");
  }

  @Test
  void metadataIncompleteBuffer() {
    refused(
        LENGTH_60 + HEADER + zeros(16) + "extra_bogus_data_for_polyglot_file",
        "expected 16 bytes of tensor data after the header, found 50 (trailing bytes)");
    refused(
        LENGTH_60 + HEADER + zeros(14),
        "data_offsets within the 14 bytes after the header, found [0, 16] (truncated file)");
  }

  @Test
  void headerTooLarge() {
    refused(
        "<\0\0\0\0\u00ff\u00ff\u00ff" + HEADER + zeros(16),
        "a header of at most 100000000 bytes, found 18446742974197923900");
  }

  @Test
  void headerTooSmall() {
    refused("", "at least 8 bytes, found 0");
  }

  @Test
  void invalidHeaderLength() {
    refused(LENGTH_60, "a header within the file's 8 bytes, found 60 bytes of header");
  }

  @Test
  void invalidHeaderNonUtf8() {
    refused("\1\0\0\0\0\0\0\0\u00ff", "a header that starts with '{', found byte 255");
    // The vector as it is never reaches its decoder here; these do.
    refused("\2\0\0\0\0\0\0\0{\u00ff", "expected UTF-8");
    refused("\3\0\0\0\0\0\0\0{\"\u00c3", "expected UTF-8");
  }

  @Test
  void invalidHeaderNotJson() {
    refused("\1\0\0\0\0\0\0\0{", "expected JSON", "Unexpected end-of-input");
  }

  @Test
  void whitespacePaddedHeader() {
    try (SafetensorsFile file = open("\6\0\0\0\0\0\0\0{}\r \t\n")) {
      assertThat(file.tensors()).isEmpty();
    }
  }

  /** Reserved there for later, though the specification says it already: the header starts so. */
  @Test
  void whitespaceStartPaddedHeaderIsNotAllowed() {
    refused("\6\0\0\0\0\0\0\0\t\n{}\r ", "a header that starts with '{', found byte 9");
  }

  @Test
  void zeroSizedTensor() {
    String header = "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,0],\"data_offsets\":[0, 0]}}";
    try (SafetensorsFile file = open(LENGTH_60 + header)) {
      Tensor tensor = file.tensors().get("test");
      assertThat(tensor.shape()).isEqualTo(Shape.of(2, 0));
      assertThat(tensor.dtype()).isEqualTo(DType.I32);
      assertThat(TestBytes.stored(tensor)).isEmpty();
    }
  }

  @Test
  void invalidInfo() {
    refused(
        LENGTH_60 + "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0, 4]}}",
        "tensor \"test\"",
        "data_offsets 16 bytes apart for I32[2, 2], found [0, 4]");
  }

  @Test
  void validationOverflow() {
    refused(
        "O\0\0\0\0\0\0\0"
            + "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,18446744073709551614],"
            + "\"data_offsets\":[0,16]}}"
            + zeros(16),
        "tensor \"test\", shape",
        "found 18446744073709551614");
    refused(
        "N\0\0\0\0\0\0\0"
            + "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,9223372036854775807],"
            + "\"data_offsets\":[0,16]}}"
            + zeros(16),
        "tensor \"test\", shape",
        "(overflow)");
  }

  private SafetensorsFile open(String bytes) {
    return SafetensorsFile.open(TestBytes.write(folder, bytes.getBytes(ISO_8859_1)));
  }

  private void refused(String bytes, String... fragments) {
    Path path = TestBytes.write(folder, bytes.getBytes(ISO_8859_1));
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContainingAll(fragments);
  }

  private static String zeros(int count) {
    return "\0".repeat(count);
  }
}
