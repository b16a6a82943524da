package io.medforge.forge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Modules;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ForgeItemTest {
  private static final PluginModule MODULE =
      Modules.of("st-anna/lung:1", Map.of("q", Modules.lora(1, 2, 2, 1)));
  private static final DistilledSet SET =
      DistilledSet.of(
          LabelSpace.of("tumour", "benign", "malignant"), ModelInput.ofRows(new float[] {1}), 1);

  private static Optional<Merged<String>> model() {
    return Optional.of(
        new Merged<>("model", MergeRecord.of("none", PluginSet.of(MODULE)).build(MODULE.digest())));
  }

  @Test
  void aModelIsThereExactlyWhereContributionsAre() {
    SortedMap<PluginId, Digest> one = new TreeMap<>(Map.of(MODULE.id(), MODULE.digest()));
    assertThat(new ForgeItem<>(1, model(), one, "admitted").value()).isEqualTo("model");
    ForgeItem<String> empty =
        new ForgeItem<>(0, Optional.empty(), Collections.emptySortedMap(), "empty");
    assertThatThrownBy(empty::value)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("version 0");
    assertThatThrownBy(() -> new ForgeItem<>(1, Optional.empty(), one, "admitted"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 contributions");
    assertThatThrownBy(() -> new ForgeItem<>(1, model(), Collections.emptySortedMap(), "admitted"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ForgeItem<>(-1, model(), one, "admitted"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }

  @Test
  void copiesAndSortsItsContributions() {
    SortedMap<PluginId, Digest> given = new TreeMap<>(Comparator.reverseOrder());
    given.put(MODULE.id(), MODULE.digest());
    given.put(PluginId.parse("a/b:1"), SET.digest());
    ForgeItem<String> item = new ForgeItem<>(1, model(), given, "admitted");
    given.clear();
    assertThat(item.contributions()).hasSize(2);
    assertThat(item.contributions().firstKey()).isEqualTo(PluginId.parse("a/b:1"));
    assertThatThrownBy(() -> item.contributions().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aContributionIsItsContent() {
    Digest digest = new Contribution(MODULE, SET).digest();
    PluginModule renamed = Modules.of("charite/lung:9", MODULE.updates());
    assertThat(new Contribution(renamed, SET).digest()).isEqualTo(digest);
    DistilledSet other = DistilledSet.of(SET.labels(), SET.inputs(), 0);
    assertThat(new Contribution(MODULE, other).digest()).isNotEqualTo(digest);
  }
}
