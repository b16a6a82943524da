package io.medforge.merge.fusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What a release of mergekit answered; see golden/NOTES-mergekit.md. */
final class MergekitGolden {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String release;
  private final JsonNode cases;
  private final JsonNode header;
  private final byte[] file;
  private final int dataStart;

  MergekitGolden(String release, String stem) {
    this.release = release;
    try {
      this.cases = JSON.readTree(bytes(release, stem + ".json")).get("cases");
      this.file = bytes(release, stem + ".safetensors");
      int headerLength = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
      this.dataStart = 8 + headerLength;
      this.header = JSON.readTree(file, 8, headerLength);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Stream<Case> cases() {
    List<Case> found = new ArrayList<>();
    cases.properties().forEach(entry -> found.add(new Case(entry.getKey(), entry.getValue())));
    return found.stream();
  }

  Tensor tensor(String name) {
    JsonNode entry = header.get(name);
    int from = dataStart + entry.get("data_offsets").get(0).asInt();
    int to = dataStart + entry.get("data_offsets").get(1).asInt();
    List<Long> dimensions = new ArrayList<>();
    entry.get("shape").forEach(dimension -> dimensions.add(dimension.asLong()));
    return Tensor.ofBytes(
        DType.valueOf(entry.get("dtype").asText()),
        Shape.of(dimensions.stream().mapToLong(Long::longValue).toArray()),
        Arrays.copyOfRange(file, from, to));
  }

  private static byte[] bytes(String release, String name) throws IOException {
    try (InputStream in =
        MergekitGolden.class.getResourceAsStream("golden/mergekit-" + release + "/" + name)) {
      return in.readAllBytes();
    }
  }

  /** One call, for every tensor. */
  final class Case {
    final String name;
    final JsonNode json;

    Case(String name, JsonNode json) {
      this.name = name;
      this.json = json;
    }

    String release() {
      return release;
    }

    String method() {
      return json.get("method").asText();
    }

    int models() {
      return json.get("n").asInt();
    }

    List<String> tensors() {
      List<String> names = new ArrayList<>();
      header
          .fieldNames()
          .forEachRemaining(
              key -> {
                if (key.startsWith("inputs/") && key.endsWith("/base")) {
                  names.add(key.substring(7, key.length() - 5));
                }
              });
      return names;
    }

    boolean failsAt(String tensor) {
      return json.path("errors").has(tensor);
    }

    boolean isNonFiniteAt(String tensor) {
      for (JsonNode name : json.path("non_finite")) {
        if (name.asText().equals(tensor)) {
          return true;
        }
      }
      return false;
    }

    Tensor input(String tensor, String model) {
      return MergekitGolden.this.tensor("inputs/" + tensor + "/" + model);
    }

    Tensor merged(String tensor) {
      return MergekitGolden.this.tensor(name + "/" + tensor);
    }

    @Override
    public String toString() {
      return release + " " + name;
    }
  }
}
