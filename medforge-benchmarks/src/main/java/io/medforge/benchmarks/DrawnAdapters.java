package io.medforge.benchmarks;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Adapters of the shapes that the peers are measured on, of seeded Gaussians. */
final class DrawnAdapters {
  static final int RANK = 16;
  private static final List<String> PROJECTIONS = List.of("q_proj", "k_proj", "v_proj", "o_proj");

  private DrawnAdapters() {}

  /** Writes 4 blocks of width 256, or 32 of width 4096. */
  static Path write(Path folder, boolean large, long seed) {
    PluginModule module =
        large ? module(32, 4096, DType.F32, seed) : module(4, 256, DType.F32, seed);
    PeftAdapter.write(module, folder);
    return folder;
  }

  /** Blocks of four square projections, of rank {@value #RANK}, scaling 2. */
  static PluginModule module(int blocks, int width, DType type, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    // Drawing is slower than everything measured here, so blocks take different windows of one
    // pool.
    double[] pool = new double[width * RANK + 64 * blocks];
    for (int i = 0; i < pool.length; i++) {
      pool[i] = 0.02 * random.nextGaussian();
    }
    SortedMap<String, Update> updates = new TreeMap<>();
    for (int block = 0; block < blocks; block++) {
      for (int p = 0; p < PROJECTIONS.size(); p++) {
        int from = 64 * block + 8 * p;
        Update update =
            new LowRankUpdate(
                window(pool, from, type, Shape.of(RANK, width)),
                window(pool, from + 4, type, Shape.of(width, RANK)),
                2);
        updates.put("layers." + block + ".self_attn." + PROJECTIONS.get(p) + ".weight", update);
      }
    }
    return PluginModule.of(
        new PluginId("centre-" + seed, "task", "1"),
        BaseModel.named("base"),
        updates,
        Provenance.unknown());
  }

  /** Removes a folder and what is in it. */
  static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static Tensor window(double[] pool, int from, DType type, Shape shape) {
    double[] values = new double[(int) shape.elements()];
    System.arraycopy(pool, from, values, 0, values.length);
    return Tensor.encode(type, shape, values);
  }
}
