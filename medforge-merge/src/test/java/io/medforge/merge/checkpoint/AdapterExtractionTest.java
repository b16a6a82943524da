package io.medforge.merge.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.checkpoint.AdapterExtraction.Remainder;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.LowRankUpdate.Layout;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.junit.jupiter.api.Test;

class AdapterExtractionTest {
  private static final PluginId ID = new PluginId("centre", "extracted", "1.0.0");
  private static final BaseModel BASE = BaseModel.named("base");

  private static Tensor drawn(DType type, long seed, double size, long... shape) {
    Shape s = Shape.of(shape);
    return Tensor.encode(type, s, new Random(seed).doubles(s.elements(), -size, size).toArray());
  }

  private static ModelTensors model(String name, Map<String, ? extends Tensor> tensors) {
    return new ModelTensors(name, new TreeMap<>(tensors));
  }

  private static ExtractedAdapter extract(
      AdapterExtraction.Builder settings, ModelTensors base, ModelTensors trained) {
    return settings.build().extract(ID, BASE, base, trained);
  }

  /** B A, as the base stores it. */
  private static DMatrixRMaj product(LowRankUpdate update) {
    int d = (int) update.out();
    int r = (int) update.rank();
    DMatrixRMaj a = new DMatrixRMaj(r, (int) update.in(), true, update.a().toDoubles());
    DMatrixRMaj b = new DMatrixRMaj(d, r, true, update.b().toDoubles());
    DMatrixRMaj product = new DMatrixRMaj(d, (int) update.in());
    CommonOps_DDRM.mult(update.scaling(), b, a, product);
    return update.layout() == Layout.OUT_IN ? product : CommonOps_DDRM.transpose(product, null);
  }

  private static DMatrixRMaj matrix(Tensor tensor) {
    int rows = (int) tensor.shape().dimension(0);
    int columns = (int) (tensor.shape().elements() / rows);
    return new DMatrixRMaj(rows, columns, true, tensor.toDoubles());
  }

  private static DMatrixRMaj difference(DMatrixRMaj a, DMatrixRMaj b) {
    return CommonOps_DDRM.subtract(a, b, null);
  }

  private static double distance(DMatrixRMaj a, DMatrixRMaj b) {
    return NormOps_DDRM.normF(difference(a, b));
  }

  private static LowRankUpdate only(ExtractedAdapter found) {
    return (LowRankUpdate) found.module().updates().get("l.weight");
  }

  @Property(tries = 40)
  void whatWasFoldedInComesBackUpToTheRoundingOfTheModel(
      @ForAll @IntRange(min = 1, max = 140) int d,
      @ForAll @IntRange(min = 1, max = 140) int k,
      @ForAll @IntRange(min = 1, max = 9) int rank,
      @ForAll boolean narrow,
      @ForAll boolean turned,
      @ForAll long seed) {
    int r = Math.min(rank, Math.min(d, k));
    DType type = narrow ? DType.BF16 : DType.F32;
    Layout layout = turned ? Layout.IN_OUT : Layout.OUT_IN;
    LowRankUpdate update =
        new LowRankUpdate(
            drawn(DType.F32, seed, 1, r, k), drawn(DType.F32, seed + 1, 1, d, r), 0.5, layout);
    Tensor w = turned ? drawn(type, seed + 2, 1, k, d) : drawn(type, seed + 2, 1, d, k);
    ModelTensors base = model("base", Map.of("l.weight", w));
    PluginModule adapter =
        PluginModule.of(ID, BASE, Map.of("l.weight", update), Provenance.unknown());
    MergedModel folded = AdapterFolding.fold(base, List.of(adapter), 1);

    ExtractedAdapter found =
        extract(
            AdapterExtraction.ofRank(r).layout(layout), base, model("folded", folded.tensors()));

    DMatrixRMaj difference = difference(matrix(folded.tensors().get("l.weight")), matrix(w));
    double norm = NormOps_DDRM.normF(difference);
    double rounding = distance(difference, product(update));
    // No matrix of rank r is nearer to the difference than the best, so not the adapter's product.
    double away = distance(product(only(found)), difference);
    assertThat(away).isLessThanOrEqualTo(1.2 * rounding + 3e-7 * norm);
    assertThat(distance(product(only(found)), product(update)))
        .isLessThanOrEqualTo(2.2 * rounding + 3e-7 * norm);
    MergeRecord.Layer layer = found.layers().get("l.weight");
    assertThat(layer.energy()).isCloseTo(norm * norm, within(1e-6 * norm * norm));
    assertThat(Math.sqrt(layer.discardedEnergy() * layer.energy()))
        .isCloseTo(away, within(1e-6 * norm));
  }

  @Test
  void isTheBestOfItsRankAtAwkwardSizes() {
    int[][] sizes = {{1, 7}, {9, 1}, {96, 200}, {97, 300}, {300, 131}, {110, 107}};
    for (int[] size : sizes) {
      Tensor w = drawn(DType.F32, 1, 1, size[0], size[1]);
      Tensor change = decaying(size[0], size[1]);
      double[] sum = w.toDoubles();
      double[] added = change.toDoubles();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += added[i];
      }
      Tensor trained = Tensor.encode(DType.F32, w.shape(), sum);

      ExtractedAdapter found =
          extract(
              AdapterExtraction.ofRank(8),
              model("base", Map.of("l.weight", w)),
              model("trained", Map.of("l.weight", trained)));

      double[] sigma = SingularOps_DDRM.singularValues(difference(matrix(trained), matrix(w)));
      double all = 0;
      double best = 0;
      for (int j = 0; j < sigma.length; j++) {
        all += sigma[j] * sigma[j];
        best += j < 8 ? sigma[j] * sigma[j] : 0;
      }
      double kept = 1 - found.layers().get("l.weight").discardedEnergy();
      boolean exact = Math.min(size[0], size[1]) <= 96;
      assertThat(kept)
          .as("%s", (Object) size)
          .isBetween(best / all * (exact ? 1 - 1e-6 : 0.99), best / all * (1 + 1e-6));
    }
  }

  /** Singular values that fall slowly, as those of full fine-tuning do. */
  private static Tensor decaying(int d, int k) {
    int n = Math.min(d, k);
    DMatrixRMaj left = matrix(drawn(DType.F64, 5, 1, d, n));
    DMatrixRMaj right = matrix(drawn(DType.F64, 6, 1, n, k));
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < d; i++) {
        left.set(i, j, left.get(i, j) * 0.02 * Math.pow(0.9, j));
      }
    }
    return Tensor.encode(
        DType.F64, Shape.of(d, k), CommonOps_DDRM.mult(left, right, null).getData());
  }

  private static ModelTensors several(boolean trained) {
    Map<String, Tensor> tensors = new TreeMap<>();
    for (int i = 0; i < 6; i++) {
      tensors.put("l" + i + ".weight", drawn(DType.BF16, i + (trained ? 100 : 0), 1, 120, 130 + i));
    }
    tensors.put("conv.weight", drawn(DType.F32, trained ? 1 : 2, 1, 12, 5, 3, 3));
    tensors.put("frozen.weight", drawn(DType.F32, 3, 1, 200, 200));
    tensors.put("norm.weight", drawn(DType.F32, trained ? 5 : 4, 1, 120));
    tensors.put("l0.bias", drawn(DType.F32, trained ? 7 : 6, 1, 120));
    tensors.put("embed_tokens.weight", drawn(DType.F32, trained ? 9 : 8, 1, 30, 120));
    tensors.put("positions", Tensor.ofBytes(DType.U8, Shape.of(2), new byte[] {1, 2}));
    return model(trained ? "trained" : "base", tensors);
  }

  @Test
  void givesTheSameBytesForAnyNumberOfThreads() {
    ExecutorService executor = Executors.newFixedThreadPool(3);
    try {
      List<AdapterExtraction.Progress> heard = new ArrayList<>();
      ExtractedAdapter one =
          extract(
              AdapterExtraction.ofRank(4).remainder(Remainder.DELTA).listener(heard::add),
              several(false),
              several(true));
      ExtractedAdapter three =
          extract(
              AdapterExtraction.ofRank(4).remainder(Remainder.DELTA).executor(executor, 3),
              several(false),
              several(true));
      assertThat(three.module().digest()).isEqualTo(one.module().digest());
      assertThat(three.layers()).isEqualTo(one.layers());
      assertThat(heard).hasSize(8);
      assertThat(heard.get(7).done()).isEqualTo(8);
      // The same on every JDK and machine.
      assertThat(one.module().digest().hex()).isEqualTo(DIGEST);
    } finally {
      executor.shutdownNow();
    }
  }

  private static final String DIGEST =
      "da1eb871f36db46d7d3bc3090d63b94202c10c6ab2c63df7c1d5e326db868b14";

  @Test
  void namesWhatHasNoFactors() {
    assertThatThrownBy(() -> extract(AdapterExtraction.ofRank(4), several(false), several(true)))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining(
            "found changed tensors without factors: embed_tokens.weight, l0.bias, norm.weight, at"
                + " trained");
    assertThatThrownBy(
            () ->
                extract(
                    AdapterExtraction.ofRank(4).only(name -> name.equals("l1.weight")),
                    several(false),
                    several(true)))
        .hasMessageContaining(", l0.weight, l2.weight and 4 more, at trained");
    assertThatThrownBy(() -> extract(AdapterExtraction.ofRank(4), several(true), several(true)))
        .hasMessageContaining("expected a model that differs from trained, found the same");
  }

  @Test
  void keepsTheRemainderAsTheCallerSays() {
    for (Remainder remainder : List.of(Remainder.DELTA, Remainder.REPLACEMENT)) {
      ExtractedAdapter found =
          extract(
              AdapterExtraction.ofRank(200).remainder(remainder), several(false), several(true));
      assertThat(found.unchanged()).containsExactly("frozen.weight");
      assertThat(found.layers().get("norm.weight").rank()).isZero();
      assertThat(found.layers().get("conv.weight").rank()).isEqualTo(12);
      LowRankUpdate conv = (LowRankUpdate) found.module().updates().get("conv.weight");
      assertThat(conv.a().shape()).isEqualTo(Shape.of(12, 5, 3, 3));
      assertThat(conv.b().shape()).isEqualTo(Shape.of(12, 12, 1, 1));
      assertThat(found.discardedEnergy()).isLessThan(1e-12);
      // All ranks are full, so folding it in again gives the trained model.
      ModelTensors base = several(false);
      Map<String, Tensor> again = AdapterFolding.fold(base, List.of(found.module()), 1).tensors();
      several(true)
          .tensors()
          .forEach(
              (name, tensor) -> {
                double[] expected = tensor.dtype() == DType.U8 ? new double[0] : tensor.toDoubles();
                double[] back = tensor.dtype() == DType.U8 ? expected : again.get(name).toDoubles();
                for (int i = 0; i < expected.length; i++) {
                  assertThat(back[i]).isCloseTo(expected[i], within(1e-5));
                }
              });
      MergeRecord record =
          found.record(new MergeRecord.Parent(ID, BaseModel.digestOf(several(true).tensors())));
      assertThat(record.result()).isEqualTo(found.module().digest());
      assertThat(record.parameters()).containsEntry("rank", "200");
      assertThat(record.remarks()).containsExactly("1 tensors are the same in both models");
    }
  }

  @Test
  void keepsAPartOfTheEnergyOrCallsATensorOneOfHighRank() {
    ModelTensors base = model("base", Map.of("l.weight", drawn(DType.F32, 1, 0.1, 120, 130)));
    double[] sum = base.tensors().get("l.weight").toDoubles();
    double[] added = decaying(120, 130).toDoubles();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += added[i];
    }
    ModelTensors trained =
        model("trained", Map.of("l.weight", Tensor.encode(DType.F32, Shape.of(120, 130), sum)));
    ExtractedAdapter found = extract(AdapterExtraction.ofRank(64).energy(0.9), base, trained);
    MergeRecord.Layer layer = found.layers().get("l.weight");
    assertThat(layer.discardedEnergy()).isLessThanOrEqualTo(0.1);
    int less = (int) layer.rank() - 1;
    assertThat(extract(AdapterExtraction.ofRank(less), base, trained).discardedEnergy())
        .isGreaterThan(0.1 - 1e-3);
    assertThatThrownBy(() -> extract(AdapterExtraction.ofRank(2).energy(0.9), base, trained))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining(
            "found changed tensors of which rank 2 keeps less than 0.9: l.weight, at trained");
    assertThat(
            extract(
                    AdapterExtraction.ofRank(2).energy(0.9).remainder(Remainder.DELTA),
                    base,
                    trained)
                .layers()
                .get("l.weight")
                .rank())
        .isZero();
  }

  @Test
  void plansItsMemoryAndKeepsToIt() {
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      ExtractionPlan two =
          AdapterExtraction.ofRank(4)
              .executor(executor, 2)
              .build()
              .plan(several(false), several(true));
      assertThat(two.parallelism()).isEqualTo(2);
      assertThat(two.whole()).containsExactly("embed_tokens.weight", "l0.bias", "norm.weight");
      assertThat(two.factored()).contains("frozen.weight", "conv.weight").hasSize(8);
      ExtractionPlan one =
          AdapterExtraction.ofRank(4)
              .executor(executor, 2)
              .memory(two.peakBytes() - 1)
              .build()
              .plan(several(false), several(true));
      assertThat(one.parallelism()).isEqualTo(1);
      assertThatThrownBy(
              () ->
                  extract(
                      AdapterExtraction.ofRank(4).memory(one.peakBytes() - 1),
                      several(false),
                      several(true)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "expected a memory budget of at least " + one.peakBytes() + " bytes");
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void stopsWhenCancelledOrWhenAValueIsNotFinite() {
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      assertThatThrownBy(
              () ->
                  extract(
                      AdapterExtraction.ofRank(4).executor(executor, 2).cancelWhen(() -> true),
                      several(false),
                      several(true)))
          .isInstanceOf(CancellationException.class);
      Map<String, Tensor> spoiled = new TreeMap<>(several(true).tensors());
      double[] values = spoiled.get("l3.weight").toDoubles();
      values[77] = Double.NaN;
      spoiled.put("l3.weight", Tensor.encode(DType.BF16, spoiled.get("l3.weight").shape(), values));
      assertThatThrownBy(
              () ->
                  extract(
                      AdapterExtraction.ofRank(4).executor(executor, 2).remainder(Remainder.DELTA),
                      several(false),
                      model("spoiled", spoiled)))
          .isInstanceOf(IncompatiblePluginsException.class)
          .hasMessageContaining("found NaN at element 77, at tensor l3.weight of spoiled");
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void refusesWrongSettings() {
    assertThatThrownBy(() -> AdapterExtraction.ofRank(0))
        .hasMessageContaining("expected a rank of at least 1, found 0");
    assertThatThrownBy(() -> AdapterExtraction.ofRank(1).energy(1)).hasMessageContaining("found 1");
    assertThatThrownBy(() -> AdapterExtraction.ofRank(1).type(DType.I8))
        .hasMessageContaining("found I8");
    assertThatThrownBy(() -> AdapterExtraction.ofRank(1).type(DType.F32).type(DType.F32))
        .isInstanceOf(IllegalStateException.class);
    ModelTensors other = model("other", Map.of("l.weight", drawn(DType.F32, 1, 1, 3, 4)));
    ModelTensors wider = model("wider", Map.of("l.weight", drawn(DType.F32, 1, 1, 5, 4)));
    assertThatThrownBy(() -> extract(AdapterExtraction.ofRank(1), other, wider))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("another vocabulary");
  }
}
