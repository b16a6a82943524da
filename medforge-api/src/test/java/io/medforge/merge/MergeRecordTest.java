package io.medforge.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Modules;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MergeRecordTest {
  private static final Map<String, Update> UPDATES = Map.of("q", Modules.lora(1, 2, 2, 1));
  private static final Digest DIGEST = Digest.of(new byte[] {1});

  @Test
  void notesWhatWasMergedInCanonicalOrder() {
    PluginSet set =
        PluginSet.of(
            Modules.of("a/b:1", UPDATES),
            Modules.of("a/b:2", Map.of("q", Modules.lora(1, 2, 2, 2))));
    MergeRecord record =
        MergeRecord.of("mean", set)
            .parameter("rank", "full")
            .coefficients(Coefficients.uniform(set))
            .layer("q", new MergeRecord.Layer(2, 1.5, 0))
            .seed(7)
            .build(DIGEST);
    assertThat(record.parents())
        .extracting(MergeRecord.Parent::digest)
        .isEqualTo(set.plugins().stream().map(PluginModule::digest).toList());
    assertThat(record.parameters()).containsEntry("rank", "full");
    assertThat(record.seed()).hasValue(7);
    assertThat(record.result()).isEqualTo(DIGEST);
    assertThat(record.environment().jvm()).isNotBlank();
    assertThatThrownBy(() -> record.parameters().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void remarksOnABaseMatchedByName() {
    PluginModule known = Modules.on(BaseModel.of("base", DIGEST), "a/b:1", UPDATES);
    PluginModule named = Modules.of("a/b:2", UPDATES);
    assertThat(MergeRecord.of("mean", PluginSet.of(known, named)).build(DIGEST).remarks())
        .singleElement()
        .asString()
        .contains("by name");
    assertThat(MergeRecord.of("mean", PluginSet.of(known)).build(DIGEST).remarks()).isEmpty();
  }

  @Test
  void aLayersNumbersHaveRanges() {
    for (double[] bad :
        new double[][] {{-1, 1, 0}, {1, -1, 0}, {1, Double.NaN, 0}, {1, 1, 1.5}, {1, 1, -0.1}}) {
      assertThatThrownBy(() -> new MergeRecord.Layer((long) bad[0], bad[1], bad[2]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
