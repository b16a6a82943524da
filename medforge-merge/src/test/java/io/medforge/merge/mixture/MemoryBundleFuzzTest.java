package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.TensorBundle;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Law 7 for saved memories: any edit of a valid bundle is read whole or refused by type. */
class MemoryBundleFuzzTest {
  private static final Tasks TASKS = new Tasks(3, 4, Tasks.BREAST, Tasks.LUNG, Tasks.BREAST);
  private static final OutputMemory MEMORY = TASKS.memory(new Tasks.TaskRuntime());
  private static final TensorBundle VALID = MEMORY.toBundle();

  static Stream<byte[]> seeds() {
    return DamagedBundles.seeds("memory");
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void anyEditIsReadWholeOrRefused(byte[] edits) {
    TensorBundle damaged = DamagedBundles.damage(VALID, edits);
    try {
      OutputMemory read = OutputMemory.ofBundle(damaged, MEMORY.plugins());
      assertThat(read.digest())
          .isEqualTo(OutputMemory.ofBundle(read.toBundle(), MEMORY.plugins()).digest());
    } catch (MalformedPluginException | IncompatiblePluginsException e) {
      assertThat(e).hasMessageContaining("expected");
    }
  }
}
