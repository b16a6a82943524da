package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.TensorBundle;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Law 7 for saved mixtures: any edit of a valid bundle is read whole or refused by type. */
class MixtureBundleFuzzTest {
  private static final Tasks TASKS = new Tasks(3, 4, Tasks.BREAST, Tasks.LUNG, Tasks.BREAST);
  private static final OutputMemory MEMORY = TASKS.memory(new Tasks.TaskRuntime());
  private static final MixtureModel MODEL =
      Mixture.gatedBy(
              Gate.memory(MEMORY)
                  .then(Gate.topK(2))
                  .then(Gate.confidence())
                  .then(Gate.abstain(ConformalThreshold.ofMemory(MEMORY, 0.2))))
          .build()
          .merge(MEMORY.plugins())
          .value();
  private static final TensorBundle VALID = MODEL.toBundle();

  static Stream<byte[]> seeds() {
    return DamagedBundles.seeds("mixture");
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void anyEditIsReadWholeOrRefused(byte[] edits) {
    TensorBundle damaged = DamagedBundles.damage(VALID, edits);
    try {
      MixtureModel read = MixtureModel.ofBundle(damaged, MEMORY.plugins());
      assertThat(read.digest()).isEqualTo(MODEL.digest());
    } catch (MalformedPluginException | IncompatiblePluginsException e) {
      assertThat(e).hasMessageContaining("expected");
    }
  }
}
