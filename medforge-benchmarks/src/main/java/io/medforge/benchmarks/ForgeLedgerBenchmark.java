package io.medforge.benchmarks;

import io.medforge.forge.LedgerEntry;
import io.medforge.forge.repository.RecordedRepository;
import io.medforge.forge.repository.Verification;
import java.io.IOException;
import java.util.List;
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
 * A ledger of 999 admitted contributions in a heap of 512 MB: opening it and reading every entry,
 * checking all of it without replay, and appending one more entry, forced to the disk. The first of
 * five shots is a cold one.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar ForgeLedger}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgs = "-Xmx512m")
@Warmup(iterations = 0)
@Measurement(iterations = 5)
public class ForgeLedgerBenchmark {
  /** Where the ledger is. */
  @Param({"folder", "git"})
  public String kind;

  /** How many contributions are admitted. */
  @Param("999")
  public int entries;

  private DrawnLedger ledger;

  /** Made by JMH, which sets the fields. */
  @SuppressWarnings("NullAway.Init")
  public ForgeLedgerBenchmark() {}

  /**
   * Fills a ledger.
   *
   * @throws IOException if there is no room for it
   */
  @Setup(Level.Trial)
  public void setUp() throws IOException {
    ledger = DrawnLedger.filled(kind, entries);
  }

  /**
   * Takes it away.
   *
   * @throws IOException if it cannot be
   */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    ledger.delete();
  }

  /**
   * Opens the repository and reads what is in it.
   *
   * @return every entry
   */
  @Benchmark
  public List<LedgerEntry> open() {
    return ledger.open().entries();
  }

  /**
   * Checks everything that is stored, from its bytes.
   *
   * @return what was found
   */
  @Benchmark
  public Verification.Report verify() {
    return ledger.open().verify();
  }

  /**
   * Appends one entry, beside the reading that opening takes.
   *
   * @return whether it was appended
   */
  @Benchmark
  public boolean append() {
    RecordedRepository repository = ledger.open();
    int size = repository.entries().size();
    return repository.append(size, new LedgerEntry.Admit(DrawnLedger.contribution(size)));
  }
}
