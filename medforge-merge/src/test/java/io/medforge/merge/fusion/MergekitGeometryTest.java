package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.merge.alignment.Golden;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SLERP, Karcher mean and model stock against mergekit, in F32; see golden/NOTES-mergekit.md. */
class MergekitGeometryTest {
  private final byte[] file = bytes("cases.safetensors");
  private final int dataStart =
      8 + (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
  private final JsonNode header = new ObjectMapper().readTree(file, 8, dataStart - 8);

  MergekitGeometryTest() throws IOException {}

  @ParameterizedTest
  @CsvSource({
    "nuslerp_base, 4e-6",
    "nuslerp_base_unequal, 4e-6",
    // mergekit stops after 10 steps or at 1e-5.
    "karcher_two, 1e-4",
    "karcher_three, 1e-4",
    "karcher_five, 1e-4",
    "karcher_converged, 4e-6",
    "model_stock_two, 4e-6",
    "model_stock_three, 4e-6",
    "model_stock_five, 4e-6"
  })
  void agrees(String name, double tolerance) throws IOException {
    JsonNode golden = new ObjectMapper().readTree(bytes("cases.json")).get("cases").get(name);
    int n = golden.get("n").asInt();
    for (String tensor : List.of("delta", "matrix", "cube", "vector", "wide")) {
      double[] base = values("inputs/" + tensor + "/base");
      if (golden.get("base").isNull()) {
        Arrays.fill(base, 0);
      }
      double[][] deltas = new double[n][];
      for (int i = 0; i < n; i++) {
        deltas[i] = values("inputs/" + tensor + "/x" + i);
        for (int t = 0; t < base.length; t++) {
          deltas[i][t] -= base[t];
        }
      }
      List<Double> shares = Points.uniform(n);
      if (golden.get("parameters").has("weight")) {
        double[] weights = Golden.vector(golden.get("parameters").get("weight"));
        double sum = Arrays.stream(weights).sum();
        shares = Arrays.stream(weights).mapToObj(w -> w / sum).toList();
      }
      double[] found =
          Points.combined(
              deltas,
              rule(golden.get("method").asText()).coefficients(Points.gram(deltas), shares));
      double[] expected = values(name + "/" + tensor);
      for (int t = 0; t < base.length; t++) {
        assertThat(base[t] + found[t]).as(tensor).isCloseTo(expected[t], within(tolerance));
      }
    }
  }

  private static GramRule rule(String method) {
    return switch (method) {
      case "nuslerp" -> GramRule.slerp();
      case "karcher" -> GramRule.karcher();
      case "model_stock" -> GramRule.modelStock();
      default -> throw new IllegalArgumentException(method);
    };
  }

  private double[] values(String name) {
    JsonNode entry = header.get(name);
    int from = dataStart + entry.get("data_offsets").get(0).asInt();
    int to = dataStart + entry.get("data_offsets").get(1).asInt();
    long[] shape = new long[entry.get("shape").size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = entry.get("shape").get(i).asLong();
    }
    return Tensor.ofBytes(
            DType.valueOf(entry.get("dtype").asText()),
            Shape.of(shape),
            Arrays.copyOfRange(file, from, to))
        .toDoubles();
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in =
        MergekitGeometryTest.class.getResourceAsStream("golden/mergekit-0.1.5/" + name)) {
      return in.readAllBytes();
    }
  }
}
