package io.medforge.plugin.light;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Modules of one vector; cutting drops its last values, quality is minus the distance. */
class LighteningTest {
  private static final int SIZE = 640;
  private static final PluginModule MODULE = vector(SIZE);
  private static final double[] ORIGINAL = values(MODULE);

  private static PluginModule vector(int size) {
    double[] values = new double[size];
    Arrays.setAll(values, i -> StrictMath.exp(-i / 60.0) * (i % 2 == 0 ? 1.003 : -0.997));
    return PluginModule.of(
        StorageTest.ID,
        StorageTest.module(1, 1).base(),
        Map.of("w", new DenseUpdate(Tensor.encode(DType.F32, Shape.of(size), values))),
        Provenance.unknown());
  }

  private static double[] values(PluginModule module) {
    return ((DenseUpdate) module.updates().get("w")).delta().toDoubles();
  }

  private static PluginModule cut(PluginModule module, double energy) {
    double total = Arrays.stream(ORIGINAL).map(x -> x * x).sum();
    double kept = 0;
    int size = 0;
    while (kept < energy * total) {
      kept += ORIGINAL[size] * ORIGINAL[size];
      size++;
    }
    return size == SIZE ? module : vector(size);
  }

  private static double quality(PluginModule module) {
    double[] values = Arrays.copyOf(values(module), SIZE);
    double sum = 0;
    for (int i = 0; i < SIZE; i++) {
      sum += (values[i] - ORIGINAL[i]) * (values[i] - ORIGINAL[i]);
    }
    return -StrictMath.sqrt(sum);
  }

  private static Lightening.Builder lightening() {
    return Lightening.of(MODULE, LighteningTest::cut, LighteningTest::quality);
  }

  @Test
  void findsWhatTryingEverythingFinds() {
    for (double loss : new double[] {0, 1e-6, 1e-3, 0.01, 0.02, 0.1, 0.5, 1, 2, 10}) {
      LightModule found = lightening().allowedLoss(loss).build().smallest();

      long smallest = Lightening.bytes(MODULE);
      for (double energy :
          new double[] {1, 0.9999, 0.999, 0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5, 0.3}) {
        for (Storage storage : Storage.values()) {
          PluginModule cut = energy == 1 ? MODULE : cut(MODULE, energy);
          StoredModule stored = storage.store(cut);
          if (quality(stored.module()) >= -loss) {
            smallest = Math.min(smallest, stored.bytes());
          }
        }
      }
      assertThat(found.bytes()).as("loss %s", loss).isEqualTo(smallest);
      assertThat(found.quality()).isGreaterThanOrEqualTo(-loss);
      assertThat(found.quality()).isEqualTo(quality(found.module()));
      assertThat(found.measurements()).isLessThan(20);
      assertThat(found.originalBytes()).isEqualTo(4 * SIZE);
    }
  }

  @Test
  void leavesWhatCannotBeLightened() {
    LightModule found = lightening().build().smallest();

    assertThat(found.module()).isSameAs(MODULE);
    assertThat(found.storage()).isEqualTo(Optional.empty());
    assertThat(found.energy()).isEqualTo(1);
  }

  @Test
  void saysHowFarItIsOff() {
    LightModule found = lightening().allowedLoss(0.5).build().smallest();

    assertThat(found.storage()).contains(Storage.INT8);
    assertThat(found.energy()).isLessThan(1);
    assertThat(found.errorBounds()).containsOnlyKeys("w, delta");
    assertThat(found.module().provenance().facts()).containsEntry("stored-as", "int8");
    LightModule again = lightening().allowedLoss(0.5).build().smallest();
    assertThat(again.module().digest()).isEqualTo(found.module().digest());
  }

  @Test
  void refusesNonsense() {
    Lightening.Builder builder = lightening();
    assertThatThrownBy(() -> builder.allowedLoss(-1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> builder.allowedLoss(1).allowedLoss(1))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () ->
                Lightening.of(MODULE, LighteningTest::cut, module -> Double.NaN).build().smallest())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("NaN");
  }
}
