package io.medforge.benchmarks;

import io.medforge.merge.PluginSet;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.onnx.OnnxMlp;
import io.medforge.runtime.onnx.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a process holds while a mixture of n plugins answers from one base: resident memory before
 * the base is opened and after an answer in which every plugin spoke. A base held once gives base +
 * n adapters.
 *
 * <p>{@code java -cp medforge-benchmarks/target/benchmarks.jar io.medforge.benchmarks.MixtureMemory
 * 32}, once per n and process, so that no run sees what another has left. Linux only.
 */
public final class MixtureMemory {
  private static final List<String> LAYERS = List.of("fc1", "fc2", "fc3", "fc4");
  private static final int RANK = 8;
  private static final Path STATM = Path.of("/proc/self/statm");
  private static final long PAGE = 4096;

  /**
   * One measurement, in bytes.
   *
   * @param plugins n
   * @param base the base's parameters
   * @param adapters the plugins' factors, all together
   * @param before resident memory without the base
   * @param after resident memory when every plugin has answered
   */
  public record Reading(int plugins, long base, long adapters, long before, long after) {
    /**
     * What answering with n plugins has added.
     *
     * @return bytes
     */
    public long added() {
      return after - before;
    }
  }

  private MixtureMemory() {}

  /**
   * Prints one measurement as a line.
   *
   * @param args n, 8 by default
   * @throws IOException if the base cannot be written or memory not be read
   */
  public static void main(String[] args) throws IOException {
    Reading reading = measure(args.length == 0 ? 8 : Integer.parseInt(args[0]), 2048);
    System.out.printf(
        "plugins %d, base %.1f MiB, adapters %.1f MiB, added %.1f MiB%n",
        reading.plugins(),
        mebibytes(reading.base()),
        mebibytes(reading.adapters()),
        mebibytes(reading.added()));
  }

  private static double mebibytes(long bytes) {
    return bytes / (double) (1 << 20);
  }

  /**
   * Measures in this process.
   *
   * @param plugins n, at least 1
   * @param width of the base's four square layers
   * @return the reading
   * @throws IOException if the base cannot be written or memory not be read
   */
  static Reading measure(int plugins, int width) throws IOException {
    Path file = Files.createTempFile("medforge-memory", ".onnx");
    try {
      BaseModel base = writeBase(file, width);
      List<PluginModule> modules = new ArrayList<>();
      for (int j = 0; j < plugins; j++) {
        modules.add(plugin(base, j, width));
      }
      MixtureModel mixture =
          Mixture.gatedBy(Gate.uniform()).build().merge(PluginSet.of(modules)).value();
      ModelInput input = new ModelInput(gaussian(1, 1, width));
      long before = resident();
      try (ModelRuntime runtime = OnnxRuntime.open(file, base)) {
        mixture.predict(runtime, input);
        long adapters = (long) plugins * LAYERS.size() * 2 * RANK * width * Float.BYTES;
        long parameters = (long) LAYERS.size() * width * width * Float.BYTES;
        return new Reading(plugins, parameters, adapters, before, resident());
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static BaseModel writeBase(Path file, int width) {
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    for (String layer : LAYERS) {
      parameters.put(layer + ".weight", gaussian(layer.hashCode(), width, width));
    }
    OnnxMlp.write(LAYERS, parameters, file);
    return BaseModel.of("memory", BaseModel.digestOf(parameters));
  }

  private static PluginModule plugin(BaseModel base, int index, int width) {
    SortedMap<String, Update> updates = new TreeMap<>();
    for (String layer : LAYERS) {
      Tensor a = gaussian(2L * index, RANK, width);
      Tensor b = gaussian(2L * index + 1, width, RANK);
      updates.put(layer + ".weight", new LowRankUpdate(a, b, 1));
    }
    PluginId id = new PluginId("centre", "plugin" + index, "1");
    return PluginModule.of(id, base, updates, Provenance.unknown());
  }

  private static Tensor gaussian(long seed, int rows, int columns) {
    Random random = new Random(seed);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() / Math.sqrt(columns));
    }
    return Tensor.of(Shape.of(rows, columns), values);
  }

  /** In bytes, when the heap has been collected. */
  private static long resident() throws IOException {
    System.gc();
    return PAGE * Long.parseLong(Files.readString(STATM).split(" ", -1)[1]);
  }
}
