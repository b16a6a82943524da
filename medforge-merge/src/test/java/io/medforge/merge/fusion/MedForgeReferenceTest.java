package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Update;
import io.medforge.runtime.ModelRuntime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.Example;

class MedForgeReferenceTest {
  private final Hospitals hospitals = Hospitals.trained(21, 3);
  private final ModelRuntime runtime = Hospitals.runtime();

  @Example
  void foldsFactorsApartWithTheRecordedWeights() {
    Merged<PluginModule> merged = reference(hospitals.order()).merge(hospitals.plugins());
    LowRankUpdate expected = update(hospitals.modules().get(0));
    float[] a = expected.a().toFloats();
    float[] b = expected.b().toFloats();
    for (int step = 1; step < 3; step++) {
      String[] weights = merged.record().parameters().get("weights-step-" + step).split(" ", -1);
      float old = (float) Double.parseDouble(weights[0]);
      float next = (float) Double.parseDouble(weights[1]);
      LowRankUpdate added = update(hospitals.modules().get(step));
      add(old, a, next, added.a().toFloats());
      add(old, b, next, added.b().toFloats());
    }
    assertThat(update(merged.value()).a().toFloats()).isEqualTo(a);
    assertThat(update(merged.value()).b().toFloats()).isEqualTo(b);
    assertThat(merged.record().parameters())
        .containsEntry("search-budget", "40 per step")
        .containsEntry("search-bounds", "-1.5 1.5")
        .containsEntry("search-lambda", "0.05")
        .containsEntry("weights-returned", merged.record().parameters().get("weights-step-2"));
  }

  /** One evaluation leaves the published start: the oldest plugin counts 0.5^2 at every step. */
  @Example
  void theOldestFades() {
    PluginModule merged =
        MedForgeReference.inOrder(hospitals.order(), hospitals.sets(), runtime, 1)
            .merge(hospitals.plugins())
            .value();
    float[] first = update(hospitals.modules().get(0)).a().toFloats();
    float[] second = update(hospitals.modules().get(1)).a().toFloats();
    float[] third = update(hospitals.modules().get(2)).a().toFloats();
    float[] a = update(merged).a().toFloats();
    for (int i = 0; i < a.length; i++) {
      assertThat(a[i]).isEqualTo(0.5f * (0.5f * first[i] + 0.5f * second[i]) + 0.5f * third[i]);
    }
  }

  @Example
  void onlyTheOrderNamedCounts() {
    List<PluginId> reversed = new ArrayList<>(hospitals.order());
    Collections.reverse(reversed);
    List<PluginModule> shuffled = new ArrayList<>(hospitals.modules());
    Collections.reverse(shuffled);
    Merged<PluginModule> one = reference(hospitals.order()).merge(hospitals.plugins());
    Merged<PluginModule> same = reference(hospitals.order()).merge(PluginSet.of(shuffled));
    Merged<PluginModule> other = reference(reversed).merge(hospitals.plugins());
    assertThat(same.value().digest()).isEqualTo(one.value().digest());
    assertThat(same.record()).isEqualTo(one.record());
    assertThat(other.value().digest()).isNotEqualTo(one.value().digest());
  }

  @Example
  void refusesWhatTheReferenceLeavesUndefined() {
    PluginId first = hospitals.order().get(0);
    assertThatThrownBy(() -> reference(List.of(first)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two or more distinct plugins");
    assertThatThrownBy(() -> reference(List.of(first, first)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> reference(hospitals.order().subList(0, 2)).merge(hospitals.plugins()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hospital-2");
    SplittableRandom random = new SplittableRandom(1);
    refused(
        Plugins.lowRank(random, DType.F32, Hospitals.CLASSES, Hospitals.FEATURES, 1),
        "expected rank 2");
    LowRankUpdate own = update(hospitals.modules().get(0));
    refused(new LowRankUpdate(own.a(), own.b(), 2), "scaling 2.0");
  }

  private void refused(Update update, String message) {
    List<PluginModule> modules = new ArrayList<>(hospitals.modules());
    PluginModule last = modules.remove(2);
    modules.add(
        PluginModule.of(
            last.id(), last.base(), Map.of(Hospitals.LAYER, update), Provenance.unknown()));
    assertThatThrownBy(() -> reference(hospitals.order()).merge(PluginSet.of(modules)))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("hospital-2");
  }

  private MedForgeReference reference(List<PluginId> order) {
    return MedForgeReference.inOrder(order, hospitals.sets(), runtime);
  }

  private static LowRankUpdate update(PluginModule module) {
    return (LowRankUpdate) module.updates().get(Hospitals.LAYER);
  }

  private static void add(float old, float[] into, float next, float[] values) {
    for (int i = 0; i < into.length; i++) {
      into[i] = old * into[i] + next * values[i];
    }
  }
}
