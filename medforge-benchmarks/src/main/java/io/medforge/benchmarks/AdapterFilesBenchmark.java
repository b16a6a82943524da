package io.medforge.benchmarks;

import com.google.common.util.concurrent.Futures;
import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.FusionSpace;
import io.medforge.merge.fusion.PeftCompat;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.OpenAdapter;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Whole adapters, file to file: three PEFT folders are opened, checked, digested, merged and
 * written as a fourth. {@code small} has 4 blocks of width 256, {@code large} 32 of width 4096,
 * each with 4 projections of rank 16, in F32.
 *
 * <p>{@code peers/measure_peers.py --work DIR} times PEFT on the same folders: {@code java -jar
 * medforge-benchmarks/target/benchmarks.jar AdapterFiles -p work=DIR}. Without a folder, adapters
 * of the same shapes are drawn.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
public class AdapterFilesBenchmark {
  static final double[] WEIGHTS = {0.5, 0.3, 0.2};

  /** Which adapters. */
  @Param({"small", "large"})
  public String size = "small";

  /** How many adapters are opened, and layers merged, at the same time. */
  @Param({"1", "2"})
  public int threads = 1;

  /** The folder that {@code measure_peers.py} keeps, or nothing. */
  @Param("")
  public String work = "";

  private final List<Path> folders = new ArrayList<>();
  private Path scratch = Path.of("");
  private ExecutorService executor = Executors.newFixedThreadPool(1);

  /**
   * Finds or draws the adapters.
   *
   * @throws IOException if they cannot be written
   */
  @Setup
  public void setUp() throws IOException {
    scratch =
        work.isEmpty()
            ? Files.createTempDirectory("medforge-benchmark")
            : Files.createTempDirectory(Path.of(work), "medforge-benchmark");
    for (int i = 0; i < WEIGHTS.length; i++) {
      Path folder =
          work.isEmpty()
              ? DrawnAdapters.write(scratch.resolve("a" + i), size.equals("large"), i)
              : Path.of(work, "adapters-" + size, "a" + i);
      folders.add(folder);
    }
    executor.shutdown();
    executor = Executors.newFixedThreadPool(threads);
  }

  /**
   * Removes what was written.
   *
   * @throws IOException if it cannot be removed
   */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    executor.shutdown();
    DrawnAdapters.delete(scratch);
  }

  List<Path> folders() {
    return folders;
  }

  /**
   * The mean of the factors.
   *
   * @return the merged folder
   */
  @Benchmark
  public Path factorSpace() {
    return fuse(modules -> average(modules).space(FusionSpace.FACTORS).build());
  }

  /**
   * The exact sum of the products, at full rank.
   *
   * @return the merged folder
   */
  @Benchmark
  public Path fullRank() {
    return fuse(modules -> average(modules).build());
  }

  /**
   * The best sum of rank 16.
   *
   * @return the merged folder
   */
  @Benchmark
  public Path rank16() {
    return fuse(modules -> average(modules).rank(16).build());
  }

  /**
   * What PEFT's "linear" does.
   *
   * @return the merged folder
   */
  @Benchmark
  public Path peftLinear() {
    return fuse(modules -> PeftCompat.linear(inOrder(modules)).executor(executor).build());
  }

  /**
   * What PEFT's "cat" does.
   *
   * @return the merged folder
   */
  @Benchmark
  public Path peftCat() {
    return fuse(modules -> PeftCompat.cat(inOrder(modules)).executor(executor).build());
  }

  private Fusion.AverageBuilder average(List<PluginModule> modules) {
    Map<PluginId, Double> weights = new TreeMap<>();
    for (int i = 0; i < WEIGHTS.length; i++) {
      weights.put(modules.get(i).id(), WEIGHTS[i]);
    }
    return Fusion.average().coefficients(Coefficients.perPlugin(weights)).executor(executor);
  }

  private static List<PeftCompat.Adapter> inOrder(List<PluginModule> modules) {
    List<PeftCompat.Adapter> adapters = new ArrayList<>();
    for (int i = 0; i < WEIGHTS.length; i++) {
      adapters.add(new PeftCompat.Adapter(modules.get(i).id(), WEIGHTS[i]));
    }
    return adapters;
  }

  /** Says how, once the modules are known. */
  @FunctionalInterface
  private interface Strategies {
    MergeStrategy<PluginModule> of(List<PluginModule> modules);
  }

  private Path fuse(Strategies strategies) {
    Path out = scratch.resolve("merged");
    List<Future<OpenAdapter>> opening = new ArrayList<>();
    for (int i = 0; i < folders.size(); i++) {
      Path folder = folders.get(i);
      PluginId id = new PluginId("centre-" + i, "task", "1");
      opening.add(executor.submit(() -> PeftAdapter.reader(folder).id(id).open()));
    }
    List<OpenAdapter> open = opening.stream().map(Futures::getUnchecked).toList();
    try {
      List<PluginModule> modules = open.stream().map(OpenAdapter::module).toList();
      PluginModule merged = strategies.of(modules).merge(PluginSet.of(modules)).value();
      PeftAdapter.writer(merged, out).overwrite().write();
      return out;
    } finally {
      open.forEach(OpenAdapter::close);
    }
  }
}
