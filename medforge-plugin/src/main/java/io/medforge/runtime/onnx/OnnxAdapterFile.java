package io.medforge.runtime.onnx;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Writes {@code .onnx_adapter} files, which ONNX Runtime (1.20 and newer, in any language) loads
 * beside a model and switches between runs: named parameters that stand in for inputs of the graph
 * that have a default. Stateless; the same parameters give the same bytes.
 *
 * <p>Values are stored as F32. A file is at most 2 GiB, as its format, a flatbuffer, demands.
 *
 * <p>Format: onnxruntime, {@code core/session/lora_adapters.h} and {@code adapter_schema.fbs},
 * format version 1.
 */
public final class OnnxAdapterFile {
  private static final long MAX_BYTES = Integer.MAX_VALUE - (1L << 20);

  private OnnxAdapterFile() {}

  /**
   * Which parameters of a graph take a layer's factors. The graph computes {@code x W + (x A') B'}
   * with A' of {@code [k, r]} and B' of {@code [r, d]}, as exporters of LoRA models write it.
   *
   * @param down the name of A' for a layer
   * @param up the name of B' for a layer
   */
  public record Naming(UnaryOperator<String> down, UnaryOperator<String> up) {
    /**
     * Names as PEFT has them: for layer {@code fc.weight}, {@code fc.lora_A.weight} and {@code
     * fc.lora_B.weight}.
     *
     * @param prefix what stands before each name, such as {@code base_model.model.}; may be empty
     * @return the naming
     */
    public static Naming peft(String prefix) {
      return new Naming(
          layer -> prefix + withoutWeight(layer) + ".lora_A.weight",
          layer -> prefix + withoutWeight(layer) + ".lora_B.weight");
    }

    private static String withoutWeight(String layer) {
      String suffix = ".weight";
      return layer.endsWith(suffix) ? layer.substring(0, layer.length() - suffix.length()) : layer;
    }
  }

  /**
   * Writes a module: A' and s B' of each low-rank layer, and each replaced tensor under its own
   * name.
   *
   * @param plugin the module
   * @param naming the graph's names
   * @param file replaced if it exists; whole or not at all
   * @throws IncompatiblePluginsException if an update is dense, which has no factors, or of a
   *     convolution; if two parameters get one name; or if the file would be larger than 2 GiB
   * @throws java.io.UncheckedIOException if the file cannot be written
   */
  public static void write(PluginModule plugin, Naming naming, Path file) {
    SortedMap<String, Parameter> parameters = new TreeMap<>();
    for (Map.Entry<String, Update> entry : plugin.updates().entrySet()) {
      String layer = entry.getKey();
      if (entry.getValue() instanceof LowRankUpdate update) {
        if (update.a().shape().dimensions() != 2 || update.b().shape().dimensions() != 2) {
          throw IncompatiblePluginsException.at(
              plugin.id(), layer, "factors that are matrices", update.a().shape());
        }
        put(parameters, naming.down().apply(layer), Parameter.down(update), plugin, layer);
        put(parameters, naming.up().apply(layer), Parameter.up(update), plugin, layer);
      } else if (entry.getValue() instanceof Replacement replacement) {
        put(parameters, layer, Parameter.of(replacement.tensor()), plugin, layer);
      } else {
        throw IncompatiblePluginsException.at(
            plugin.id(), layer, "a low-rank update or a replacement", "a dense update");
      }
    }
    long bytes = parameters.values().stream().mapToLong(Parameter::bytes).sum();
    if (bytes > MAX_BYTES) {
      throw new IncompatiblePluginsException(
          "expected at most "
              + MAX_BYTES
              + " bytes in F32, found "
              + bytes
              + ", at plugin "
              + plugin.id());
    }
    ModelFile.replace(file, encode(parameters));
  }

  /**
   * Writes parameters as they are.
   *
   * @param parameters by the graph's names; floating-point
   * @param file replaced if it exists; whole or not at all
   * @throws IllegalArgumentException if a tensor is not floating-point, or the file would be larger
   *     than 2 GiB
   * @throws java.io.UncheckedIOException if the file cannot be written
   */
  public static void write(Map<String, Tensor> parameters, Path file) {
    SortedMap<String, Parameter> all = new TreeMap<>();
    long bytes = 0;
    for (Map.Entry<String, Tensor> entry : parameters.entrySet()) {
      if (!entry.getValue().dtype().isFloatingPoint() || !entry.getValue().dtype().hasValues()) {
        throw new IllegalArgumentException(
            "expected floating-point values, found "
                + entry.getValue().dtype()
                + ", at parameter "
                + entry.getKey());
      }
      Parameter parameter = Parameter.of(entry.getValue());
      bytes += parameter.bytes();
      all.put(entry.getKey(), parameter);
    }
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "expected at most " + MAX_BYTES + " bytes in F32, found " + bytes);
    }
    ModelFile.replace(file, encode(all));
  }

  private static byte[] encode(SortedMap<String, Parameter> parameters) {
    AdapterBytes adapter = new AdapterBytes();
    parameters.forEach((name, p) -> adapter.add(name, p.shape().toArray(), p.values()));
    return adapter.build();
  }

  private static void put(
      SortedMap<String, Parameter> parameters,
      String name,
      Parameter parameter,
      PluginModule plugin,
      String layer) {
    if (parameters.put(name, parameter) != null) {
      throw IncompatiblePluginsException.at(
          plugin.id(), layer, "a name of its own for each parameter", name + " twice");
    }
  }

  /** What a file says of one parameter. */
  private record Parameter(Shape shape, AdapterBytes.Values values) {
    long bytes() {
      return Float.BYTES * shape.elements();
    }

    static Parameter of(Tensor tensor) {
      return new Parameter(tensor.shape(), into -> FactorBytes.put(into, tensor));
    }

    static Parameter down(LowRankUpdate update) {
      int r = Math.toIntExact(update.rank());
      return new Parameter(
          Shape.of(update.in(), r), into -> FactorBytes.putTransposed(into, update.a(), r, 1.0));
    }

    static Parameter up(LowRankUpdate update) {
      int d = Math.toIntExact(update.out());
      return new Parameter(
          Shape.of(update.rank(), d),
          into -> FactorBytes.putTransposed(into, update.b(), d, update.scaling()));
    }
  }
}
