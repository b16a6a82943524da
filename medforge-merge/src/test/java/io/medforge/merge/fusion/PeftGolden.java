package io.medforge.merge.fusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a release of PEFT answered to {@code add_weighted_adapter}; see golden/NOTES.md. */
final class PeftGolden {
  private static final ObjectMapper JSON = new ObjectMapper();

  final String release;
  private final JsonNode cases;
  private final JsonNode header;
  private final byte[] file;
  private final int dataStart;

  PeftGolden(String release) {
    this(release, "cases");
  }

  PeftGolden(String release, String stem) {
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

  Stream<Case> cases(String combination) {
    List<Case> found = new ArrayList<>();
    cases
        .properties()
        .forEach(
            entry -> {
              if (entry.getValue().get("combination_type").asText().equals(combination)) {
                found.add(new Case(entry.getKey(), entry.getValue()));
              }
            });
    return found.stream();
  }

  JsonNode json() {
    return cases;
  }

  Tensor tensor(String name) {
    JsonNode entry = header.get(name);
    int from = entry.get("data_offsets").get(0).asInt();
    int to = entry.get("data_offsets").get(1).asInt();
    byte[] bytes = new byte[to - from];
    System.arraycopy(file, dataStart + from, bytes, 0, bytes.length);
    JsonNode shape = entry.get("shape");
    return Tensor.ofBytes(
        DType.valueOf(entry.get("dtype").asText()),
        Shape.of(shape.get(0).asLong(), shape.get(1).asLong()),
        bytes);
  }

  private static byte[] bytes(String release, String name) throws IOException {
    try (InputStream in =
        PeftGolden.class.getResourceAsStream("golden/peft-" + release + "/" + name)) {
      return in.readAllBytes();
    }
  }

  /** One call. */
  final class Case {
    final String name;
    final JsonNode json;

    Case(String name, JsonNode json) {
      this.name = name;
      this.json = json;
    }

    PluginSet plugins() {
      List<PluginModule> modules = new ArrayList<>();
      for (JsonNode adapter : json.get("adapters")) {
        Map<String, Update> updates = new TreeMap<>();
        String adapterName = adapter.get("name").asText();
        adapter
            .get("layers")
            .properties()
            .forEach(
                layer ->
                    updates.put(
                        layer.getKey(),
                        new LowRankUpdate(
                            factor(adapterName, layer.getKey(), "A"),
                            factor(adapterName, layer.getKey(), "B"),
                            layer.getValue().get("scaling").asDouble())));
        modules.add(Plugins.module(adapterName, updates));
      }
      return PluginSet.allowingMissingLayers(modules);
    }

    List<PeftCompat.Adapter> adapters() {
      List<PeftCompat.Adapter> adapters = new ArrayList<>();
      for (int i = 0; i < json.get("adapters").size(); i++) {
        adapters.add(
            new PeftCompat.Adapter(
                Plugins.id(json.get("adapters").get(i).get("name").asText()),
                json.get("weights").get(i).asDouble()));
      }
      return adapters;
    }

    boolean rsLoraFirst() {
      return json.get("adapters").get(0).get("use_rslora").asBoolean();
    }

    boolean clamped() {
      return json.has("svd_clamp") && !json.get("svd_clamp").isNull();
    }

    List<String> layers() {
      List<String> names = new ArrayList<>();
      json.get("merged").get("layers").properties().forEach(entry -> names.add(entry.getKey()));
      return names;
    }

    double scaling(String layer) {
      return json.get("merged").get("layers").get(layer).get("scaling").asDouble();
    }

    String release() {
      return release;
    }

    Tensor tensorOfCase(String of) {
      return tensor(name + "/" + of);
    }

    Tensor factor(String adapter, String layer, String factor) {
      return tensor(name + "/" + adapter + "/" + layer + "." + factor);
    }

    double[][] mergedDelta(String layer) {
      Tensor delta = factor("merged", layer, "delta");
      double[] values = delta.toDoubles();
      int k = (int) delta.shape().dimension(1);
      double[][] rows = new double[(int) delta.shape().dimension(0)][k];
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(values, i * k, rows[i], 0, k);
      }
      return rows;
    }

    @Override
    public String toString() {
      return release + " " + name;
    }
  }
}
