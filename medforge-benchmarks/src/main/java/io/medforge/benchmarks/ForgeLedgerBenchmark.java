package io.medforge.benchmarks;

import io.medforge.forge.Contribution;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.repository.FolderRepository;
import io.medforge.forge.repository.RecordedRepository;
import io.medforge.forge.repository.Verification;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
 * A forge in a folder with 999 admitted contributions of rank 4: opening it and reading every
 * entry, checking all of it, and appending one more entry, forced to the disk. Run with {@code
 * -jvmArgs -Xmx512m} to hold the heap to its bound.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar ForgeLedger}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class ForgeLedgerBenchmark {
  private static final BaseModel BASE = BaseModel.named("base");
  private static final LabelSpace LABELS = LabelSpace.of("task", "ill", "well");
  private static final int RANK = 4;
  private static final int WIDTH = 64;

  /** How many contributions are admitted. */
  @Param("999")
  public int entries;

  private Path folder = Path.of("");

  /**
   * Fills a folder.
   *
   * @throws IOException if there is no room for it
   */
  @Setup(Level.Trial)
  public void setUp() throws IOException {
    folder = Files.createTempDirectory("medforge-ledger");
    RecordedRepository repository = FolderRepository.open(folder);
    for (int i = 0; i < entries; i++) {
      repository.append(i, new LedgerEntry.Admit(contribution(i)));
    }
  }

  /**
   * Takes the folder away.
   *
   * @throws IOException if it cannot be
   */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Contribution contribution(int number) {
    Random random = new Random(number);
    Tensor a = Tensor.of(Shape.of(RANK, WIDTH), gaussian(random, RANK * WIDTH));
    Tensor b = Tensor.of(Shape.of(WIDTH, RANK), gaussian(random, RANK * WIDTH));
    PluginModule module =
        PluginModule.of(
            new PluginId("centre-" + number % 20, "task", "1." + number),
            BASE,
            Map.of("layer", new LowRankUpdate(a, b, 1)),
            Provenance.unknown());
    float[][] rows = {gaussian(random, WIDTH), gaussian(random, WIDTH)};
    return new Contribution(module, DistilledSet.of(LABELS, ModelInput.ofRows(rows), 0, 1));
  }

  private static float[] gaussian(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /**
   * Opens the repository and reads what is in it.
   *
   * @return every entry
   */
  @Benchmark
  public List<LedgerEntry> open() {
    return FolderRepository.open(folder).entries();
  }

  /**
   * Checks everything that is stored, from its bytes.
   *
   * @return what was found
   */
  @Benchmark
  public Verification.Report verify() {
    return FolderRepository.open(folder).verify();
  }

  /**
   * Appends one entry, beside the reading that opening takes.
   *
   * @return whether it was appended
   */
  @Benchmark
  public boolean append() {
    RecordedRepository repository = FolderRepository.open(folder);
    int size = repository.entries().size();
    return repository.append(size, new LedgerEntry.Admit(contribution(size)));
  }
}
