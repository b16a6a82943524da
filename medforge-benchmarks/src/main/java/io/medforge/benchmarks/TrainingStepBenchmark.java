package io.medforge.benchmarks;

import io.medforge.plugin.PluginModule;
import io.medforge.plugin.branch.LoraTraining;
import io.medforge.plugin.branch.Trained;
import io.medforge.plugin.branch.TrainingControl;
import io.medforge.plugin.branch.TrainingData;
import io.medforge.plugin.branch.TrainingOptions;
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
 * LoRA training in steps per second: rank 8 on every linear layer, AdamW, batches of 32, one
 * PyTorch thread. What is timed is a whole training of 40 steps, with everything that its caller
 * waits for. {@code peers/train_steps.py} does the same in Python.
 *
 * <p>{@code java -Dai.djl.offline=true -cp benchmarks.jar:medforge.jar org.openjdk.jmh.Main
 * TrainingStep}, for PyTorch's natives are in medforge.jar only.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Dai.djl.offline=true")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class TrainingStepBenchmark {
  static final int STEPS = 40;
  static final int BATCH = 32;

  /** The base. */
  @Param({"MLP", "VIT"})
  public TrainedModel model = TrainedModel.MLP;

  private LoraTraining training = training(TrainedModel.MLP);
  private TrainingData data = TrainedModel.MLP.data(BATCH);

  /** Makes the base and the rows. */
  @Setup
  public void setUp() {
    TrainedModel.checkNatives(TrainingStepBenchmark.class.getClassLoader());
    training = training(model);
    data = model.data(STEPS * BATCH);
  }

  private static LoraTraining training(TrainedModel model) {
    TrainingOptions options =
        TrainingOptions.seeded(1).epochs(1).batchSize(BATCH).learningRate(1e-3).build();
    return LoraTraining.of(model.network(), TrainedModel.PLUGIN, TrainedModel.LABELS, options)
        .rank(8)
        .alpha(16)
        .build();
  }

  /**
   * One training.
   *
   * @return the module and the report
   */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public Trained<PluginModule> train() {
    return training.train(data, TrainingControl.none());
  }
}
