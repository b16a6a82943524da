package io.medforge.merge.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdapterFoldingTest {
  private static final int D = 301;
  private static final int K = 257; // d k exceeds two tiles, and no tile ends with a row.

  private static double[] drawn(int size, long seed) {
    return new Random(seed).doubles(size, -1, 1).toArray();
  }

  private static Tensor tensor(long seed, long... shape) {
    Shape s = Shape.of(shape);
    return Tensor.encode(DType.F32, s, drawn((int) s.elements(), seed));
  }

  private static PluginModule adapter(String name, Map<String, Update> updates) {
    return PluginModule.of(
        new PluginId("centre", name, "1.0.0"),
        BaseModel.named("base"),
        new TreeMap<>(updates),
        Provenance.unknown());
  }

  private static ModelTensors model(Map<String, Tensor> tensors) {
    return new ModelTensors("base", new TreeMap<>(tensors));
  }

  @ParameterizedTest
  @EnumSource(LowRankUpdate.Layout.class)
  void addsProductsAndDenseUpdates(LowRankUpdate.Layout layout) {
    boolean outIn = layout == LowRankUpdate.Layout.OUT_IN;
    Tensor w = outIn ? tensor(1, D, K) : tensor(1, K, D);
    LowRankUpdate one = new LowRankUpdate(tensor(2, 3, K), tensor(3, D, 3), 0.5, layout);
    LowRankUpdate two = new LowRankUpdate(tensor(4, 2, K), tensor(5, D, 2), 2, layout);
    Tensor bias = tensor(6, D);
    Tensor change = tensor(7, D);
    ModelTensors base = model(Map.of("l.weight", w, "l.bias", bias, "other", bias));
    List<PluginModule> adapters =
        List.of(
            adapter("one", Map.of("l.weight", one, "l.bias", new DenseUpdate(change))),
            adapter("two", Map.of("l.weight", two)));

    MergedModel folded = AdapterFolding.fold(base, adapters, 0.25, -1);

    float[] found = folded.tensors().get("l.weight").toFloats();
    float[] weight = w.toFloats();
    double[] first = product(one);
    double[] second = product(two);
    for (int i = 0; i < D; i++) {
      for (int j = 0; j < K; j++) {
        int at = outIn ? i * K + j : j * D + i;
        double expected = weight[at] + 0.25 * 0.5 * first[i * K + j] - 2 * second[i * K + j];
        assertThat((double) found[at]).isCloseTo(expected, offset(1e-6));
      }
    }
    float[] oldBias = bias.toFloats();
    float[] added = change.toFloats();
    float[] foundBias = folded.tensors().get("l.bias").toFloats();
    for (int i = 0; i < D; i++) {
      assertThat(foundBias[i]).isEqualTo((float) (oldBias[i] + 0.25 * added[i]));
    }
    assertThat(folded.tensors().get("other")).isSameAs(bias);

    ModelTensors again = new ModelTensors("folded", folded.tensors());
    float[] back =
        AdapterFolding.unfold(again, adapters, 0.25, -1).tensors().get("l.weight").toFloats();
    for (int i = 0; i < back.length; i++) {
      assertThat((double) back[i]).isCloseTo(weight[i], offset(2e-6));
    }
  }

  /** B A, row-major. */
  private static double[] product(LowRankUpdate update) {
    double[] a = update.a().toDoubles();
    double[] b = update.b().toDoubles();
    int r = (int) update.rank();
    double[] product = new double[D * K];
    for (int at = 0; at < product.length; at++) {
      for (int p = 0; p < r; p++) {
        product[at] += b[at / K * r + p] * a[p * K + at % K];
      }
    }
    return product;
  }

  @Test
  void aReplacementIsTakenFromOneAdapterAndCannotBeTakenOff() {
    LabelSpace labels = new LabelSpace("two", List.of("ill", "well"));
    Replacement head = new Replacement(tensor(8, 2, 4), labels);
    ModelTensors base = model(Map.of("head.weight", tensor(9, 2, 4)));
    PluginModule one = adapter("one", Map.of("head.weight", head));
    PluginModule two = adapter("two", Map.of("head.weight", head));

    assertThat(AdapterFolding.fold(base, List.of(one), 1).tensors().get("head.weight").toFloats())
        .isEqualTo(head.tensor().toFloats());
    assertThatThrownBy(() -> AdapterFolding.fold(base, List.of(one, two), 1, 1))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("expected one adapter to replace a tensor");
    assertThatThrownBy(() -> AdapterFolding.fold(base, List.of(one), 0.5))
        .hasMessageContaining("at a coefficient of 1, found F32[2, 4] at 0.5");
    assertThatThrownBy(() -> AdapterFolding.unfold(base, List.of(one), 1))
        .hasMessageContaining("found a replacement, at plugin centre/one:1.0.0");
  }

  @Test
  void refusesWhatDoesNotFit() {
    PluginModule one =
        adapter("one", Map.of("l.weight", new LowRankUpdate(tensor(1, 1, 4), tensor(2, 3, 1), 1)));
    assertThatThrownBy(
            () -> AdapterFolding.fold(model(Map.of("x", tensor(1, 3, 4))), List.of(one), 1))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining(
            "found none of that name, at plugin centre/one:1.0.0, layer l.weight");
    assertThatThrownBy(
            () -> AdapterFolding.fold(model(Map.of("l.weight", tensor(1, 3, 5))), List.of(one), 1))
        .isInstanceOf(IncompatiblePluginsException.class);
    assertThatThrownBy(
            () -> AdapterFolding.fold(model(Map.of("l.weight", tensor(1, 3, 4))), List.of(), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
