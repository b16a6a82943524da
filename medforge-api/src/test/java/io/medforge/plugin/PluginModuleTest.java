package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PluginModuleTest {
  private static final LabelSpace LABELS = LabelSpace.of("tumour", "benign", "malignant");

  private static Map<String, Update> updates() {
    Map<String, Update> updates = new TreeMap<>();
    updates.put("a.weight", Modules.lora(2, 3, 4, 0.25));
    updates.put("b.bias", new DenseUpdate(Modules.filled(1, 3)));
    updates.put("head", new Replacement(Modules.filled(2, 2, 3), LABELS));
    return updates;
  }

  private static Tensor withValue(int index, float value, long... dimensions) {
    float[] values = Modules.filled(0, dimensions).toFloats();
    values[index] = value;
    return Tensor.of(Shape.of(dimensions), values);
  }

  @Property(tries = 40)
  void aValueThatIsNotFiniteIsFoundWhereverItIs(
      @ForAll @IntRange(min = 0, max = 20_000) int index,
      @ForAll @IntRange(min = 0, max = 2) int which) {
    float bad = new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}[which];
    Tensor tensor = withValue(index, bad, 1, 20_001);
    Tensor good = Modules.filled(1, 20_001, 1);
    Map<String, Update> forms =
        Map.of(
            "A", new LowRankUpdate(tensor, Modules.filled(1, 2, 1), 1),
            "B", new LowRankUpdate(good, withValue(index % 2, bad, 2, 20_001), 1),
            "delta", new DenseUpdate(tensor),
            "replacement", new Replacement(tensor, LABELS));
    new TreeMap<>(forms)
        .forEach(
            (name, update) ->
                assertThatThrownBy(() -> Modules.of("st-anna/lung:1", Map.of("encoder.q", update)))
                    .isInstanceOf(MalformedPluginException.class)
                    .hasMessage(
                        "expected finite values, found %s, at plugin st-anna/lung:1, layer"
                            + " encoder.q, tensor %s, index %d",
                        Double.toString(bad), name, name.equals("B") ? index % 2 : index));
  }

  @Example
  void theDigestDependsOnContentOnly() {
    PluginModule module = Modules.of("st-anna/lung:1", updates());
    assertThat(Modules.of("charite/colon:2", updates()).digest()).isEqualTo(module.digest());
    PluginModule told =
        PluginModule.of(
            module.id(),
            module.base(),
            updates(),
            Provenance.unknown().with("trained-with", "medforge"));
    assertThat(told.digest()).isEqualTo(module.digest());
    List<Map.Entry<String, Update>> entries = new ArrayList<>(updates().entrySet());
    Collections.reverse(entries);
    Map<String, Update> reversed = new LinkedHashMap<>();
    entries.forEach(entry -> reversed.put(entry.getKey(), entry.getValue()));
    assertThat(Modules.of("a/b:1", reversed).digest()).isEqualTo(module.digest());
    Map<String, Update> backwards = new TreeMap<>(Comparator.reverseOrder());
    backwards.putAll(updates());
    assertThat(Modules.of("a/b:1", backwards).digest()).isEqualTo(module.digest());
    assertThat(Modules.of("a/b:1", backwards).updates().firstKey()).isEqualTo("a.weight");
  }

  @Property(tries = 200)
  void anyBitOfAnyTensorChangesTheDigest(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[24];
    random.nextBytes(bytes);
    Digest before = digestOfHead(bytes);
    int bit = random.nextInt(8 * bytes.length);
    bytes[bit / 8] ^= (byte) (1 << (bit % 8));
    assertThat(digestOfHead(bytes)).isNotEqualTo(before);
  }

  private static Digest digestOfHead(byte[] bytes) {
    Tensor head = Tensor.ofBytes(DType.I32, Shape.of(2, 3), bytes);
    return Modules.of("a/b:1", Map.of("head", new Replacement(head, LABELS))).digest();
  }

  @Example
  void everythingElseThatIsContentChangesTheDigest() {
    LowRankUpdate lora = Modules.lora(2, 3, 3, 0.25);
    List<PluginModule> different = new ArrayList<>();
    different.add(Modules.of("a/b:1", Map.of("x", lora)));
    different.add(Modules.of("a/b:1", Map.of("y", lora)));
    different.add(Modules.of("a/b:1", Map.of("x", lora, "y", lora)));
    different.add(
        Modules.of(
            "a/b:1",
            Map.of("x", new LowRankUpdate(lora.a(), lora.b(), Math.nextUp(lora.scaling())))));
    different.add(
        Modules.of(
            "a/b:1",
            Map.of(
                "x",
                new LowRankUpdate(
                    lora.a(), lora.b(), lora.scaling(), LowRankUpdate.Layout.IN_OUT))));
    different.add(Modules.of("a/b:1", Map.of("x", new DenseUpdate(lora.a()))));
    different.add(Modules.of("a/b:1", Map.of("x", new Replacement(lora.a(), LABELS))));
    different.add(
        Modules.of(
            "a/b:1",
            Map.of(
                "x", new Replacement(lora.a(), LabelSpace.of("tumour", "malignant", "benign")))));
    different.add(
        Modules.of(
            "a/b:1",
            Map.of(
                "x", new Replacement(lora.a(), LabelSpace.of("lesion", "benign", "malignant")))));
    different.add(Modules.on(BaseModel.named("other"), "a/b:1", Map.of("x", lora)));
    Digest base = Digest.of("base".getBytes(StandardCharsets.UTF_8));
    different.add(Modules.on(BaseModel.of("base", base), "a/b:1", Map.of("x", lora)));
    assertThat(different).extracting(PluginModule::digest).doesNotHaveDuplicates();
  }

  @Example
  void aModuleHasUpdatesAndTheirNamesAreOneLine() {
    assertThatThrownBy(() -> Modules.of("a/b:1", Map.of()))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("at least one update")
        .hasMessageContaining("a/b:1");
    for (String name : List.of("", " ", "x\ny", "x\u0000", "\tx")) {
      assertThatThrownBy(() -> Modules.of("a/b:1", Map.of(name, Modules.lora(1, 1, 1, 1))))
          .isInstanceOf(MalformedPluginException.class)
          .hasMessageContaining("layer's name")
          .message()
          .doesNotContainPattern("\\p{Cntrl}");
    }
  }

  @Example
  void isImmutable() {
    Map<String, Update> given = updates();
    PluginModule module = Modules.of("a/b:1", given);
    given.clear();
    assertThat(module.updates()).hasSize(3);
    assertThatThrownBy(() -> module.updates().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Example
  void factorsMustFit() {
    assertThatThrownBy(() -> new LowRankUpdate(Modules.filled(0, 2, 4), Modules.filled(0, 3, 3), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("A [2, 4]")
        .hasMessageContaining("B [3, 3]");
    assertThatThrownBy(
            () -> new LowRankUpdate(Modules.filled(0, 2, 4), Modules.filled(0, 3, 2, 2), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LowRankUpdate(Modules.filled(0, 4), Modules.filled(0, 3, 4), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LowRankUpdate(Modules.filled(0, 2, 0), Modules.filled(0, 3, 2), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1");
    assertThatThrownBy(
            () -> new LowRankUpdate(Modules.filled(0, 2, 4), Modules.filled(0, 3, 2), Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("finite scaling");
    Tensor integers = Tensor.ofBytes(DType.I8, Shape.of(2, 2), new byte[4]);
    assertThatThrownBy(() -> new LowRankUpdate(integers, Modules.filled(0, 3, 2), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("I8")
        .hasMessageContaining("factor A");
    assertThatThrownBy(() -> new DenseUpdate(integers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("I8");
    LowRankUpdate convolution =
        new LowRankUpdate(Modules.filled(0, 2, 4, 3, 3), Modules.filled(0, 5, 2, 1, 1), 1);
    assertThat(convolution.rank()).isEqualTo(2);
    assertThat(convolution.out()).isEqualTo(5);
    assertThat(convolution.in()).isEqualTo(36);
  }
}
