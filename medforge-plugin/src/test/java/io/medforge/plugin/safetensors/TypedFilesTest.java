package io.medforge.plugin.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
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
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of bundles, distilled sets and modules: what is written is what is read, or refused. */
class TypedFilesTest {
  private static final PluginId ID = PluginId.parse("st-anna/lung:1");
  private static final Tensor PAIR = Tensor.of(Shape.of(2), 1f, 2f);
  private static final DistilledSet SET =
      DistilledSet.of(
          LabelSpace.of("tumour\n", "benign", "\u0000", "\"malignant\""),
          ModelInput.ofRows(new float[] {1, 2}, new float[] {3, Float.NaN}),
          2,
          0);

  @TempDir private Path folder;

  @Test
  void aBundleComesBack() {
    TensorBundle bundle =
        TensorBundle.of(
            Map.of("x", PAIR, "half", Tensor.encode(DType.F16, Shape.of(1), 0.5)),
            Map.of("note", "two\nlines", "empty", ""));
    Path file = folder.resolve("bundle");
    TensorBundleFile.write(bundle, file);
    TensorBundle read = TensorBundleFile.read(file);
    assertThat(read).isEqualTo(bundle);
    assertThat(read.metadata()).isEqualTo(bundle.metadata());
    assertThat(read.tensor("x").toFloats()).containsExactly(1, 2);
  }

  @Test
  void aBundlesReservedKeysAreRefused() {
    TensorBundle bundle = TensorBundle.of(Map.of(), Map.of("medforge.kind", "mine"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorBundleFile.write(bundle, folder.resolve("b")))
        .withMessageContaining("medforge.kind");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aDistilledSetComesBack() {
    Path file = folder.resolve("set");
    DistilledSetFile.write(SET, file);
    DistilledSet read = DistilledSetFile.read(file);
    assertThat(read.digest()).isEqualTo(SET.digest());
    assertThat(read.labels()).isEqualTo(SET.labels());
    assertThat(read.classOf(0)).isEqualTo(2);
  }

  @Test
  void aModuleOfEveryKindOfUpdateComesBack() throws IOException {
    float[] large = new float[40_000];
    large[39_999] = 7;
    Map<String, Update> updates = new TreeMap<>();
    updates.put("q/0", lora(0.1 + 0.2, LowRankUpdate.Layout.IN_OUT));
    updates.put("a", lora(Double.MIN_VALUE, LowRankUpdate.Layout.OUT_IN));
    updates.put("bias", new DenseUpdate(PAIR));
    updates.put("big", new DenseUpdate(Tensor.of(Shape.of(40_000), large)));
    updates.put("head", new Replacement(PAIR, LabelSpace.of("task", "no", "yes")));
    updates.put("head2", new Replacement(PAIR, LabelSpace.unstated(ID)));
    for (BaseModel base :
        new BaseModel[] {BaseModel.named("b"), BaseModel.of("b", Digest.of(new byte[1]))}) {
      PluginModule module = PluginModule.of(ID, base, updates, Provenance.unknown());
      Path file = folder.resolve("module" + base.digest().isPresent());
      PluginModuleFile.write(module, file);
      PluginModule read = PluginModuleFile.read(file, ID, Provenance.unknown());
      assertThat(read.digest()).isEqualTo(module.digest());
      assertThat(read.base()).isEqualTo(base);
      assertThat(((DenseUpdate) read.updates().get("big")).delta().toFloats()).endsWith(7);
      Path again = folder.resolve("again" + base.digest().isPresent());
      PluginModuleFile.write(read, again);
      assertThat(again).hasSameBinaryContentAs(file);
    }
  }

  @Test
  void aLargeTensorNoticesThatItsFileIsAnother() throws IOException {
    PluginModule module =
        PluginModule.of(
            ID,
            BaseModel.named("b"),
            Map.of("big", new DenseUpdate(Tensor.of(Shape.of(40_000), new float[40_000]))),
            Provenance.unknown());
    Path file = folder.resolve("module");
    PluginModuleFile.write(module, file);
    Tensor big =
        ((DenseUpdate) PluginModuleFile.read(file, ID, Provenance.unknown()).updates().get("big"))
            .delta();
    Files.write(file, new byte[3]);
    assertThatThrownBy(() -> big.readBytes(0, new byte[4], 0, 4))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void oneKindIsNotAnother() {
    Path file = folder.resolve("set");
    DistilledSetFile.write(SET, file);
    assertThatThrownBy(() -> TensorBundleFile.read(file))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("expected \"tensor-bundle-v1\", found \"distilled-set-v1\"")
        .hasMessageContaining(file.toString());
  }

  @Test
  void anyFlippedBitIsNoticed() throws IOException {
    Path file = folder.resolve("set");
    DistilledSetFile.write(SET, file);
    byte[] bytes = Files.readAllBytes(file);
    Path flipped = folder.resolve("flipped");
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == ' ') {
        continue; // padding of the header: blanks may follow it
      }
      byte[] other = bytes.clone();
      other[i] ^= 1;
      Files.write(flipped, other);
      assertThatThrownBy(() -> DistilledSetFile.read(flipped))
          .as("byte %s", i)
          .isInstanceOf(MalformedPluginException.class);
    }
  }

  private static LowRankUpdate lora(double scaling, LowRankUpdate.Layout layout) {
    return new LowRankUpdate(
        Tensor.of(Shape.of(1, 3), 1f, 2, 3), Tensor.of(Shape.of(2, 1), 4f, 5), scaling, layout);
  }
}
