package io.medforge.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Modules;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PluginSetTest {
  private static final LabelSpace LABELS = LabelSpace.of("tumour", "benign", "malignant");

  private static PluginModule with(String id, Update update) {
    return Modules.of(id, Map.of("encoder.q", update));
  }

  private static void assertIncompatible(PluginModule one, PluginModule other, String... parts) {
    for (List<PluginModule> order : List.of(List.of(one, other), List.of(other, one))) {
      assertThatThrownBy(() -> PluginSet.of(order))
          .isInstanceOf(IncompatiblePluginsException.class)
          .hasMessageStartingWith("expected ")
          .hasMessageContainingAll(parts);
    }
  }

  @Property(tries = 60)
  void theOrderIsByDigestHoweverPluginsAreGiven(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 7) int n) {
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      // Some are renamed copies, so that ids have to break ties.
      modules.add(with("centre-" + i + "/lung:1", Modules.lora(1 + i % 2, 3, 4, i % 3)));
    }
    Collections.shuffle(modules, new Random(seed));
    PluginSet set = PluginSet.of(modules);
    for (int i = 1; i < n; i++) {
      PluginModule before = set.plugins().get(i - 1);
      PluginModule after = set.plugins().get(i);
      int byDigest = before.digest().compareTo(after.digest());
      assertThat(byDigest < 0 || (byDigest == 0 && before.id().compareTo(after.id()) < 0)).isTrue();
    }
    assertThat(set.plugins()).containsExactlyInAnyOrderElementsOf(modules);
    Collections.shuffle(modules, new Random(~seed));
    assertThat(PluginSet.of(modules.toArray(new PluginModule[0])).plugins())
        .isEqualTo(set.plugins());
  }

  @Example
  void ranksMayDiffer() {
    PluginSet set =
        PluginSet.of(
            with("a/b:1", Modules.lora(2, 3, 4, 1)), with("a/b:2", Modules.lora(4, 3, 4, 1)));
    assertThat(set.size()).isEqualTo(2);
    assertThat(set.layers()).containsExactly("encoder.q");
  }

  @Example
  void noPluginIsNoSet() {
    assertThatThrownBy(PluginSet::of)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one plugin");
  }

  @Example
  void oneIdMeansOnePlugin() {
    assertIncompatible(
        with("a/b:1", Modules.lora(1, 3, 4, 1)),
        with("a/b:1", Modules.lora(1, 3, 4, 2)),
        "distinct plugin ids",
        "a/b:1 twice");
    PluginModule same = with("a/b:1", Modules.lora(1, 3, 4, 1));
    assertIncompatible(same, same, "a/b:1 twice");
  }

  @Example
  void basesMustMatchPairByPair() {
    Map<String, Update> updates = Map.of("q", Modules.lora(1, 3, 4, 1));
    PluginModule one = Modules.on(BaseModel.of("clip", digest(1)), "a/b:1", updates);
    PluginModule two = Modules.on(BaseModel.of("clip", digest(2)), "a/b:2", updates);
    PluginModule named = Modules.on(BaseModel.named("clip"), "a/b:3", updates);
    PluginModule other = Modules.on(BaseModel.named("bert"), "a/b:4", updates);
    assertIncompatible(one, two, "base clip", "a/b:1", "a/b:2", digest(1).toString());
    assertIncompatible(one, other, "clip", "bert", "a/b:4");
    assertThatThrownBy(() -> PluginSet.of(one, named, two))
        .isInstanceOf(IncompatiblePluginsException.class);
    PluginSet weak = PluginSet.of(one, named);
    assertThat(weak.basesMatchByDigest()).isFalse();
    assertThat(weak.base()).isEqualTo(one.base());
    assertThat(PluginSet.of(one).basesMatchByDigest()).isTrue();
  }

  private static Digest digest(int i) {
    return Digest.of(new byte[] {(byte) i});
  }

  @Example
  void layersMustAgreeInKindShapeAndLayout() {
    LowRankUpdate lora = Modules.lora(2, 3, 3, 1);
    PluginModule one = with("a/b:1", lora);
    assertIncompatible(
        one, with("a/b:2", Modules.lora(2, 3, 4, 1)), "[3, 3]", "[3, 4]", "layer encoder.q");
    assertIncompatible(
        one, with("a/b:2", Modules.lora(2, 4, 3, 1)), "[3, 3]", "[4, 3]", "a/b:1", "a/b:2");
    assertIncompatible(
        one,
        with("a/b:2", new LowRankUpdate(lora.a(), lora.b(), 0.5, LowRankUpdate.Layout.IN_OUT)),
        "OUT_IN",
        "IN_OUT");
    assertIncompatible(
        one, with("a/b:2", new DenseUpdate(Modules.filled(0, 3, 3))), "low-rank", "dense");
    assertIncompatible(
        one,
        with("a/b:2", new Replacement(Modules.filled(0, 3, 3), LABELS)),
        "low-rank",
        "replacement");
    assertIncompatible(
        with("a/b:1", new DenseUpdate(Modules.filled(0, 3))),
        with("a/b:2", new DenseUpdate(Modules.filled(0, 4))),
        "dense update of [3]",
        "[4]");
    assertIncompatible(
        with(
            "a/b:1",
            new LowRankUpdate(Modules.filled(0, 2, 4, 3, 3), Modules.filled(0, 5, 2, 1, 1), 1)),
        with("a/b:2", new LowRankUpdate(Modules.filled(0, 2, 36), Modules.filled(0, 5, 2), 1)),
        "[5, 4, 3, 3]",
        "[5, 36]");
  }

  @Example
  void headsAgreeWithinALabelSpaceOnly() {
    PluginModule one = with("a/b:1", new Replacement(Modules.filled(0, 2, 3), LABELS));
    PluginModule larger = with("a/b:2", new Replacement(Modules.filled(0, 2, 4), LABELS));
    PluginModule another =
        with("a/b:3", new Replacement(Modules.filled(0, 3, 3), LabelSpace.of("x", "a", "b", "c")));
    assertIncompatible(one, larger, "head of [2, 3]", "[2, 4]", "tumour", "layer encoder.q");
    assertThat(PluginSet.of(one, another).size()).isEqualTo(2);
    // The bad pair is found although the first of three is of another space.
    assertThatThrownBy(() -> PluginSet.of(another, one, larger))
        .isInstanceOf(IncompatiblePluginsException.class);
  }

  @Example
  void missingLayersAreRefusedUnlessAllowed() {
    PluginModule both =
        Modules.of("a/b:1", Map.of("q", Modules.lora(1, 3, 4, 1), "v", Modules.lora(1, 3, 4, 1)));
    PluginModule lacking = Modules.of("a/b:2", Map.of("q", Modules.lora(1, 3, 4, 2)));
    assertIncompatible(both, lacking, "layer v", "found none", "at plugin a/b:2", "a/b:1");
    PluginSet allowed = PluginSet.allowingMissingLayers(List.of(both, lacking));
    assertThat(allowed.layers()).containsExactly("q", "v");
    assertThat(allowed.missingLayersAllowed()).isTrue();
    assertThat(PluginSet.of(both).missingLayersAllowed()).isFalse();
    PluginModule wrong = Modules.of("a/b:3", Map.of("v", Modules.lora(1, 3, 5, 2)));
    assertThatThrownBy(() -> PluginSet.allowingMissingLayers(List.of(both, lacking, wrong)))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("[3, 5]");
  }
}
