package io.medforge.plugin.light;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.TensorBundle;
import io.medforge.plugin.Update;
import io.medforge.plugin.safetensors.TensorBundleFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageTest {
  static final PluginId ID = PluginId.parse("st-anna/lung:1");

  @TempDir private Path folder;

  static Tensor random(long seed, double scale, long... shape) {
    Random random = new Random(seed);
    double[] values = new double[Math.toIntExact(Shape.of(shape).elements())];
    Arrays.setAll(values, i -> (float) (scale * random.nextGaussian()));
    return Tensor.encode(DType.F32, Shape.of(shape), values);
  }

  static PluginModule module(long seed, double scale) {
    Map<String, Update> updates =
        Map.of(
            "fc1.weight",
            new LowRankUpdate(
                random(seed, scale, 5, 30),
                random(seed + 1, scale, 40, 5),
                1.7,
                LowRankUpdate.Layout.IN_OUT),
            "fc2.bias",
            new DenseUpdate(random(seed + 2, scale, 3)),
            "head.weight",
            new Replacement(random(seed + 3, scale, 2, 100), LabelSpace.of("ill", "no", "yes")),
            "head.steps",
            new Replacement(
                Tensor.ofBytes(DType.I8, Shape.of(2), new byte[] {1, -1}),
                LabelSpace.unstated(ID)));
    return PluginModule.of(ID, BaseModel.named("mlp"), updates, Provenance.unknown());
  }

  static SortedMap<String, Tensor> tensors(PluginModule module) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    module
        .updates()
        .forEach(
            (layer, update) -> {
              if (update instanceof LowRankUpdate lowRank) {
                tensors.put(layer + ", A", lowRank.a());
                tensors.put(layer + ", B", lowRank.b());
              } else if (update instanceof DenseUpdate dense) {
                tensors.put(layer + ", delta", dense.delta());
              } else if (update instanceof Replacement replacement) {
                tensors.put(layer + ", replacement", replacement.tensor());
              }
            });
    return tensors;
  }

  @Property(tries = 60)
  void noValueIsFartherOffThanStated(
      @ForAll long seed,
      @ForAll @IntRange(min = -46, max = 4) int exponent,
      @ForAll Storage storage) {
    PluginModule module = module(seed, StrictMath.pow(10, exponent));
    StoredModule stored = storage.store(module);
    SortedMap<String, Tensor> after = tensors(stored.module());
    tensors(module)
        .forEach(
            (name, tensor) -> {
              double[] values = tensor.toDoubles();
              double[] back = after.get(name).toDoubles();
              double off = 0;
              for (int i = 0; i < values.length; i++) {
                off = Math.max(off, Math.abs(values[i] - back[i]));
              }
              assertThat(off)
                  .as(storage + " " + name)
                  .isLessThanOrEqualTo(stored.errorBounds().getOrDefault(name, 0.0));
            });
  }

  @Property(tries = 20)
  void storingTwiceIsStoringOnce(@ForAll long seed, @ForAll Storage storage) {
    PluginModule once = storage.store(module(seed, 1)).module();
    StoredModule twice = storage.store(once);

    assertThat(twice.module().digest()).isEqualTo(once.digest());
    assertThat(twice.errorBounds().values()).containsOnly(0.0);
  }

  @Test
  void sizesAreThoseOfTheStoredForm() {
    PluginModule module = module(1, 1);
    int floats = 5 * 30 + 40 * 5 + 3 + 200;

    assertThat(Storage.F32.store(module).bytes()).isEqualTo(4 * floats + 2);
    assertThat(Storage.F16.store(module).bytes()).isEqualTo(2 * floats + 2);
    assertThat(Storage.BF16.store(module).bytes()).isEqualTo(2 * floats + 2);
    assertThat(Storage.INT8.store(module).bytes())
        .isEqualTo(floats + 4 * (3 + 4 + 1 + 4) + 2)
        .isEqualTo(Lightening.bytes(Storage.INT8.store(module).module()));
  }

  @Test
  void aBlockIsCodedByItsGreatestValue() {
    float[] values = new float[65];
    values[0] = 127;
    values[1] = -2.5f;
    values[2] = 3.5f;
    values[64] = 0.25f;
    BlockwiseInt8 stored =
        (BlockwiseInt8) BlockwiseInt8.store("x", Tensor.of(Shape.of(65), values)).tensor();

    assertThat(stored.scales().toFloats()).containsExactly(1, 0.25f / 127);
    assertThat(Arrays.copyOf(stored.codes().toDoubles(), 3)).containsExactly(127, -2, 4);
    assertThat(Arrays.copyOf(stored.toFloats(), 3)).containsExactly(127, -2, 4);
    assertThat(stored.toFloats()[64]).isEqualTo(127 * (0.25f / 127));
    byte[] middle = new byte[5];
    stored.readBytes(3, middle, 0, 5);
    byte[] all = new byte[65 * 4];
    stored.readBytes(0, all, 0, all.length);
    assertThat(middle).isEqualTo(Arrays.copyOfRange(all, 3, 8));
  }

  @Test
  void refusesWhatAFormCannotHold() {
    PluginModule large = module(1, 1e6);
    assertThatThrownBy(() -> Storage.F16.store(large))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("F16", "fc1.weight, A", "index");
    PluginModule wide =
        PluginModule.of(
            ID,
            BaseModel.named("mlp"),
            Map.of("w", new DenseUpdate(Tensor.of(Shape.of(1), 1e300))),
            Provenance.unknown());
    assertThatThrownBy(() -> Storage.INT8.store(wide)).hasMessageContainingAll("int8", "w, delta");
    assertThatThrownBy(() -> Storage.F32.store(wide)).hasMessageContaining("F32");
  }

  @Property(tries = 8)
  void filesGiveBackTheSameModule(@ForAll long seed, @ForAll Storage storage) throws Exception {
    Path directory = Files.createTempDirectory("light");
    try {
      PluginModule stored = storage.store(module(seed, 0.1)).module();
      Path file = directory.resolve("light.safetensors");
      LightModuleFile.write(stored, file);
      PluginModule back = LightModuleFile.read(file, ID, stored.provenance());

      assertThat(back.digest()).isEqualTo(stored.digest());
      assertThat(Lightening.bytes(back)).isEqualTo(Lightening.bytes(stored));
      assertThat(back.updates().keySet()).isEqualTo(stored.updates().keySet());
    } finally {
      try (var files = Files.list(directory)) {
        for (Path each : files.toList()) {
          Files.delete(each);
        }
      }
      Files.delete(directory);
    }
  }

  @Test
  void refusesFilesThatDoNotFit() throws Exception {
    Path good = folder.resolve("good");
    LightModuleFile.write(Storage.INT8.store(module(1, 1)).module(), good);
    TensorBundle bundle = TensorBundleFile.read(good);
    int number = 0;
    for (String missing : bundle.tensors().keySet()) {
      SortedMap<String, Tensor> tensors = new TreeMap<>(bundle.tensors());
      tensors.remove(missing);
      refused(tensors, bundle.metadata(), number++);
    }
    for (String missing : bundle.metadata().keySet()) {
      SortedMap<String, String> texts = new TreeMap<>(bundle.metadata());
      texts.remove(missing);
      refused(bundle.tensors(), texts, number++);
      texts.put(missing, "?");
      refused(bundle.tensors(), texts, number++);
    }
    String scales = "scale/a/fc1.weight";
    for (Tensor wrong :
        List.of(
            Tensor.of(Shape.of(3), 1f, 1f, -1f),
            Tensor.of(Shape.of(3), 1f, 1f, Float.NaN),
            Tensor.of(Shape.of(3), 1f, 1f, Float.MAX_VALUE),
            Tensor.of(Shape.of(2), 1f, 1f),
            Tensor.of(Shape.of(3), 1.0, 1.0, 1.0),
            Tensor.of(Shape.of(3, 1), 1f, 1f, 1f))) {
      SortedMap<String, Tensor> tensors = new TreeMap<>(bundle.tensors());
      tensors.put(scales, wrong);
      refused(tensors, bundle.metadata(), number++);
    }
    SortedMap<String, Tensor> more = new TreeMap<>(bundle.tensors());
    more.put("a/other", Tensor.of(Shape.of(1), 1f));
    refused(more, bundle.metadata(), number++);
    byte[] bytes = Files.readAllBytes(good);
    bytes[bytes.length - 1] ^= 1;
    Path flipped = folder.resolve("flipped");
    Files.write(flipped, bytes);
    assertThatThrownBy(() -> LightModuleFile.read(flipped, ID, Provenance.unknown()))
        .isInstanceOf(MalformedPluginException.class);
  }

  private void refused(Map<String, Tensor> tensors, Map<String, String> texts, int number) {
    Path file = folder.resolve("broken" + number);
    TensorBundleFile.write(TensorBundle.of(tensors, texts), file);
    assertThatThrownBy(() -> LightModuleFile.read(file, ID, Provenance.unknown()))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("broken" + number);
  }
}
