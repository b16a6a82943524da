package io.medforge.benchmarks;

import io.medforge.merge.checkpoint.CheckpointFusion;
import io.medforge.merge.checkpoint.MergedModel;
import io.medforge.merge.checkpoint.ModelTensors;
import io.medforge.plugin.DType;
import io.medforge.plugin.Digest;
import io.medforge.plugin.checkpoint.Checkpoint;
import io.medforge.plugin.checkpoint.CheckpointWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
 * Whole models from file to file: three in, one out, from the page cache to the disk. {@code copy}
 * moves as many bytes, two files read and two written, and forces them to the disk as the merge
 * does; {@code copyUnforced} is {@code Files.copy} and nothing else.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar ModelFiles}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx256m")
@Warmup(iterations = 2)
@Measurement(iterations = 5)
public class ModelFilesBenchmark {
  private static final int MODELS = 3;
  private static final Digest WHAT = Digest.of(new byte[] {1});

  /** Megabytes (10^6 bytes) per model. */
  @Param("2000")
  public int megabytes;

  /** The models' type. */
  @Param({"F32", "BF16", "F16"})
  public DType type = DType.F32;

  /** Tiles at a time. */
  @Param({"1", "2"})
  public int threads;

  Path folder = Path.of("");
  private final List<Checkpoint> models = new ArrayList<>();
  private final List<ModelTensors> tensors = new ArrayList<>();
  private ExecutorService executor = Executors.newFixedThreadPool(1);

  /**
   * Draws the models, each a file of some dozens of tensors.
   *
   * @throws IOException if the disk is full
   */
  @Setup
  public void setUp() throws IOException {
    folder = Files.createTempDirectory("medforge-models");
    executor.shutdown();
    executor = Executors.newFixedThreadPool(threads);
    for (int i = 0; i < MODELS; i++) {
      Path file = folder.resolve("model-" + i + ".safetensors");
      DrawnModel.write(file, type, 1_000_000L * megabytes, i);
      models.add(Checkpoint.open(file));
      tensors.add(new ModelTensors("model " + i, models.get(i).tensors()));
    }
  }

  /**
   * Removes what a call wrote.
   *
   * @throws IOException if it cannot
   */
  @TearDown(Level.Iteration)
  public void removeOutput() throws IOException {
    for (String name : List.of("copy-0", "copy-1", "out/model-0.safetensors", "out")) {
      Files.deleteIfExists(folder.resolve(name));
    }
  }

  /**
   * Closes and removes the models.
   *
   * @throws IOException if it cannot
   */
  @TearDown
  public void tearDown() throws IOException {
    executor.shutdown();
    for (Checkpoint model : models) {
      model.close();
      Files.deleteIfExists(model.path());
    }
    models.clear();
    tensors.clear();
    Files.deleteIfExists(folder);
  }

  /**
   * The weighted mean.
   *
   * @return where it is
   */
  @Benchmark
  public Path linear() {
    return write(CheckpointFusion.linear().weights(0.5, 0.3, 0.2).build().merge(tensors));
  }

  /**
   * TIES of two models against the third.
   *
   * @return where it is
   */
  @Benchmark
  public Path ties() {
    return write(
        CheckpointFusion.ties()
            .density(0.5)
            .build()
            .merge(tensors.get(0), tensors.subList(1, MODELS)));
  }

  private Path write(MergedModel merged) {
    Path out = folder.resolve("out");
    CheckpointWriter.like(models.get(0))
        .to(out)
        .tensors(merged.tensors())
        .identity(WHAT)
        .workingBytes(merged.workingBytes())
        .executor(executor, threads)
        .build()
        .write();
    return out;
  }

  /**
   * Copies two of the files and forces the copies to the disk.
   *
   * @return where the last is
   * @throws IOException if it cannot
   */
  @Benchmark
  public Path copy() throws IOException {
    for (int i = 0; i < 2; i++) {
      copyUnforced(i);
      try (FileChannel file =
          FileChannel.open(folder.resolve("copy-" + i), StandardOpenOption.WRITE)) {
        file.force(true);
      }
    }
    return folder.resolve("copy-1");
  }

  /**
   * Copies two of the files into the page cache.
   *
   * @return where the last is
   * @throws IOException if it cannot
   */
  @Benchmark
  public Path copyUnforced() throws IOException {
    copyUnforced(0);
    return copyUnforced(1);
  }

  private Path copyUnforced(int i) throws IOException {
    return Files.copy(models.get(i).path(), folder.resolve("copy-" + i));
  }
}
