package io.medforge.benchmarks;

import io.medforge.plugin.branch.Distillation;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Distillation by distribution matching in steps per second: 2 x 10 synthetic rows against 2 x 64
 * patients, under the base and under a network with new random weights in each step, one PyTorch
 * thread. What is timed is a whole distillation of 40 steps. {@code peers/train_steps.py} does the
 * same in Python.
 *
 * <p>{@code java -Dai.djl.offline=true -cp benchmarks.jar:medforge.jar org.openjdk.jmh.Main
 * DistillationStep}, for PyTorch's natives are in medforge.jar only.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Dai.djl.offline=true")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class DistillationStepBenchmark {
  static final int STEPS = 40;
  static final int PATIENTS = 128;
  static final int PER_CLASS = 10;

  /** The base. */
  @Param({"MLP", "VIT"})
  public TrainedModel model = TrainedModel.MLP;

  private Distillation distillation = distillation(TrainedModel.MLP);
  private ModelInput inputs = TrainedModel.MLP.inputs(PATIENTS);

  /** Makes the base and the rows. */
  @Setup
  public void setUp() {
    TrainedModel.checkNatives(DistillationStepBenchmark.class.getClassLoader());
    distillation = distillation(model);
    inputs = model.inputs(PATIENTS);
  }

  private static Distillation distillation(TrainedModel model) {
    return Distillation.byDistributionMatching(model.network(), TrainedModel.LABELS, 1)
        .perClass(PER_CLASS)
        .steps(STEPS)
        .embeddings(STEPS)
        .build();
  }

  /**
   * One distillation.
   *
   * @return the set
   */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public DistilledSet distil() {
    return distillation.distil(inputs, TrainedModel.classes(PATIENTS));
  }
}
