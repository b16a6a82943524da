package io.medforge.benchmarks;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.admission.AdmissionPolicy;
import io.medforge.forge.admission.BaseCheck;
import io.medforge.forge.admission.ConcentrationCheck;
import io.medforge.forge.admission.NearCopyCheck;
import io.medforge.forge.admission.NormCheck;
import io.medforge.forge.admission.OutlierCheck;
import io.medforge.forge.admission.SizeCheck;
import io.medforge.forge.mainline.Mainline;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.PluginModule;
import java.io.IOException;
import java.util.ArrayList;
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
 * The 1,000th offer and its followers, with every check that asks no model, against the pure merge
 * of as many modules. Both are warmed by one of their kind. The offer includes the entry, forced to
 * the disk.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar ForgeOffer}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 0)
@Measurement(iterations = 5)
public class ForgeOfferBenchmark {
  /** Where the ledger is. */
  @Param({"folder", "git"})
  public String kind;

  /** How many contributions are admitted before. */
  @Param("999")
  public int entries;

  private final MergeStrategy<PluginModule> strategy = Fusion.average().rank(4).build();
  private final List<PluginModule> modules = new ArrayList<>();
  private DrawnLedger ledger;
  private Mainline<PluginModule> mainline;
  private Contribution next;

  /** Made by JMH, which sets the fields. */
  @SuppressWarnings("NullAway.Init")
  public ForgeOfferBenchmark() {}

  /**
   * Fills a ledger up to the last two, opens it, offers one and merges one.
   *
   * @throws IOException if there is no room for it
   */
  @Setup(Level.Trial)
  public void setUp() throws IOException {
    ledger = DrawnLedger.filled(kind, entries - 1);
    AdmissionPolicy<PluginModule> policy =
        AdmissionPolicy.<PluginModule>builder()
            .check(new BaseCheck(BaseModel.named("base")))
            .check(new SizeCheck(1 << 20, 16, 100))
            .check(new NormCheck(1000, 10))
            .check(NearCopyCheck.above(0.99))
            .check(OutlierCheck.beyond(10))
            .check(ConcentrationCheck.beyond(10))
            .build();
    mainline = Mainline.of(strategy).repository(ledger.open()).policy(policy).build();
    for (int i = 0; i < entries; i++) {
      modules.add(DrawnLedger.contribution(i).module());
    }
    mainline.offer(DrawnLedger.contribution(entries - 1));
    merge();
  }

  /** Draws the next newcomer. */
  @Setup(Level.Iteration)
  public void draw() {
    next = DrawnLedger.contribution(modules.size());
    modules.add(next.module());
  }

  /**
   * Takes the ledger away.
   *
   * @throws IOException if it cannot be
   */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    ledger.delete();
  }

  /**
   * Offers to the main branch.
   *
   * @return admitted
   */
  @Benchmark
  public Admission<PluginModule> offer() {
    return mainline.offer(next);
  }

  /**
   * Merges as many modules and nothing else.
   *
   * @return the model
   */
  @Benchmark
  public Merged<PluginModule> merge() {
    return strategy.merge(PluginSet.of(modules));
  }
}
