package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.HostArray;
import org.junit.jupiter.api.Test;

class PrivateDistillationTest {
  private static final Patients MANY = Patients.draw(1, 4000, 2);
  private static final Patients OTHERS = Patients.draw(2, 1000, 2);

  private static PrivateDistillation.Builder distillation(double noiseMultiplier) {
    return PrivateDistillation.of(LoraTrainingTest.NETWORK, Patients.BINARY, noiseMultiplier, 3)
        .perClass(8)
        .steps(300);
  }

  private static DistilledQuality quality(DistilledSet set) {
    return DistilledQuality.measure(
        LoraTrainingTest.NETWORK,
        set,
        TrainingData.of(MANY.inputs(), MANY.classes())
            .validatedOn(OTHERS.inputs(), OTHERS.classes()));
  }

  /** All bits zero: every Gaussian is zero, so the queries answer exactly. */
  private static NoiseSource silence() {
    return () -> 0L;
  }

  @Test
  void aProbeTrainedOnItWorksForPatients() {
    PrivateDistillation.Released released =
        distillation(5)
            .noise(NoiseSource.seeded(1))
            .perClass("malignant", 6)
            .build()
            .distil(MANY.inputs(), MANY.classes());
    assertThat(released.spent()).containsExactly(SampledGaussian.once(5), SampledGaussian.once(5));
    assertThat(released.set().size()).isEqualTo(14);
    DistilledQuality quality = quality(released.set());
    assertThat(quality.real()).isGreaterThan(0.85);
    assertThat(quality.distilled()).isGreaterThan(0.75);
    assertThat(quality.majority()).isEqualTo(0.5);
    assertThat(quality.rows()).isEqualTo(1000);
  }

  /** The released means differ from the true ones by the noise over the number of rows. */
  @Test
  void theMeansCarryNoiseOfTheStatedDeviation() {
    LabelledRows rows = new LabelledRows(MANY.inputs(), MANY.classes(), Patients.BINARY);
    UnitFeatures features = new UnitFeatures(new FeatureSpaces(LoraTrainingTest.NETWORK, 3), 2);
    float[] exact = means(features, rows, silence());
    float[] noisy = means(features, rows, NoiseSource.seeded(7));
    double square = 0;
    for (int i = 0; i < exact.length; i++) {
      square += (noisy[i] - exact[i]) * (noisy[i] - exact[i]) / exact.length;
    }
    assertThat(exact).hasSize(2 * 3 * 16);
    assertThat(Math.sqrt(square)).isCloseTo(20.0 / 2000, within(0.002));
  }

  private static float[] means(UnitFeatures features, LabelledRows rows, NoiseSource noise) {
    return NoisyMeans.ask(features, rows, Patients.BINARY, 20, 5, new PrivateNoise(noise))
        .means()
        .toTensor()
        .toFloats();
  }

  /** One patient fewer changes no class's sum by more than length 1. */
  @Test
  void everyPatientCountsAtMostOne() {
    UnitFeatures features = new UnitFeatures(new FeatureSpaces(LoraTrainingTest.NETWORK, 3), 3);
    HostArray rows = HostArray.zeros(Shape.of(500, Patients.WIDTH));
    for (double deviation : new double[] {1e-20, 1e-6, 1, 1e4, 1e15}) {
      SeededRandom.of(1, "rows", 0).fillGaussian(rows, deviation);
      try (NDManager manager = DjlEngine.newManager()) {
        NDArray found = features.of(rows.in(manager), manager);
        int width = (int) found.getShape().get(1);
        float[] values = found.toFloatArray();
        for (int row = 0; row < 500; row++) {
          double square = 0;
          for (int j = 0; j < width; j++) {
            double value = values[row * width + j];
            square += value * value;
          }
          assertThat(square).isLessThanOrEqualTo(1);
          assertThat(square).isGreaterThan(deviation >= 1 ? 0.999 : 0);
        }
      }
    }
  }

  @Test
  void withoutNoiseItIsADistillationOfMeans() {
    DistilledSet one =
        distillation(1).noise(silence()).build().distil(MANY.inputs(), MANY.classes()).set();
    DistilledSet two =
        distillation(7).noise(silence()).build().distil(MANY.inputs(), MANY.classes()).set();
    assertThat(two.digest()).isEqualTo(one.digest());
    assertThat(quality(one).distilled()).isGreaterThan(0.8);
  }

  @Test
  void theNoiseIsNewEachTimeUnlessItIsSeeded() {
    PrivateDistillation secure =
        PrivateDistillation.of(LoraTrainingTest.NETWORK, Patients.BINARY, 5, 3).steps(2).build();
    Tensor once = secure.distil(MANY.inputs(), MANY.classes()).set().inputs().values();
    Tensor again = secure.distil(MANY.inputs(), MANY.classes()).set().inputs().values();
    assertThat(again.toFloats()).isNotEqualTo(once.toFloats());
  }

  @Test
  void theNoiseIsStandardNormal() {
    PrivateNoise noise = new PrivateNoise(NoiseSource.seeded(6));
    int n = 200_000;
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    for (int i = 0; i < n; i++) {
      double g = noise.gaussian();
      sum += g;
      squares += g * g;
      fourths += g * g * g * g;
    }
    assertThat(sum / n).isCloseTo(0, within(0.01));
    assertThat(squares / n).isCloseTo(1, within(0.015));
    assertThat(fourths / n).isCloseTo(3, within(0.1));
    NoiseSource secure = NoiseSource.secure();
    long ones = 0;
    for (int i = 0; i < 5000; i++) {
      ones += Long.bitCount(secure.nextLong());
    }
    assertThat(ones / 5000.0).isCloseTo(32, within(0.5));
  }

  @Test
  void refusesBadDataWithoutShowingIt() {
    Patients few = Patients.draw(1, 30, 2);
    assertThatThrownBy(
            () ->
                distillation(1)
                    .noise(silence())
                    .minimumRows(16)
                    .build()
                    .distil(few.inputs(), few.classes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("noisy number of rows", "16", "benign")
        .hasMessageNotContaining("15");
    float[] values = few.inputs().values().toFloats();
    values[5 * Patients.WIDTH + 2] = Float.NaN;
    ModelInput missing = new ModelInput(Tensor.of(few.inputs().values().shape(), values));
    assertThatThrownBy(() -> distillation(1).build().distil(missing, few.classes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("row 5", "column 2");
    assertThatThrownBy(() -> distillation(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> distillation(1).perClass("unknown", 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("unknown", "benign", "malignant");
    assertThatThrownBy(
            () ->
                DistilledQuality.measure(
                    LoraTrainingTest.NETWORK,
                    DistilledSet.of(Patients.BINARY, few.inputs(), few.classes()),
                    TrainingData.of(few.inputs(), few.classes())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("held-out");
  }
}
