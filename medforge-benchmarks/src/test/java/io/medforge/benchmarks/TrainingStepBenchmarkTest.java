package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.PluginModule;
import io.medforge.plugin.branch.Trained;
import io.medforge.runtime.DistilledSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingStepBenchmarkTest {
  @ParameterizedTest
  @EnumSource
  void trainsAsManyStepsAsItCounts(TrainedModel model) {
    TrainingStepBenchmark benchmark = new TrainingStepBenchmark();
    benchmark.model = model;
    benchmark.setUp();
    Trained<PluginModule> trained = benchmark.train();
    assertThat(trained.report().steps()).isEqualTo(TrainingStepBenchmark.STEPS);
    assertThat(trained.value().base()).isEqualTo(model.network().base());
    assertThat(trained.value().updates().keySet())
        .isEqualTo(
            new TreeSet<>(
                model.network().parameters().keySet().stream()
                    .filter(name -> name.endsWith(".weight"))
                    .filter(name -> !name.contains("norm") && !name.contains("patch"))
                    .toList()));
    assertThat(benchmark.train().value().digest()).isEqualTo(trained.value().digest());
  }

  /** As benchmarks.jar alone is. */
  @Test
  void saysWhichJarBringsPyTorch() {
    TrainedModel.checkNatives(TrainedModel.class.getClassLoader());
    assertThatThrownBy(() -> TrainedModel.checkNatives(ClassLoader.getPlatformClassLoader()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("native libraries", "-cp benchmarks.jar:medforge.jar");
  }

  @ParameterizedTest
  @EnumSource
  void distilsTheSameSetEachTime(TrainedModel model) {
    DistillationStepBenchmark benchmark = new DistillationStepBenchmark();
    benchmark.model = model;
    benchmark.setUp();
    DistilledSet set = benchmark.distil();
    assertThat(set.size()).isEqualTo(2 * DistillationStepBenchmark.PER_CLASS);
    assertThat(benchmark.distil().digest()).isEqualTo(set.digest());
  }
}
