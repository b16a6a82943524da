package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DistillationTest {
  private static final Network NETWORK = LoraTrainingTest.NETWORK;
  private static final Patients PATIENTS = LoraTrainingTest.PATIENTS;

  private static Distillation distillation(long seed) {
    return Distillation.byDistributionMatching(NETWORK, Patients.BINARY, seed)
        .perClass(8)
        .steps(300)
        .build();
  }

  private static float[][] rows(ModelInput inputs) {
    float[] flat = inputs.values().toFloats();
    float[][] rows = new float[inputs.size()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * Patients.WIDTH, (i + 1) * Patients.WIDTH);
    }
    return rows;
  }

  /** Logistic regression by gradient descent. */
  private static double[] probe(DistilledSet set) {
    float[][] rows = rows(set.inputs());
    double[] w = new double[Patients.WIDTH + 1];
    for (int step = 0; step < 500; step++) {
      for (int i = 0; i < rows.length; i++) {
        double error = set.classOf(i) - 1 / (1 + Math.exp(-score(w, rows[i])));
        for (int j = 0; j < Patients.WIDTH; j++) {
          w[j] += 0.05 * (error * rows[i][j] - 0.01 * w[j]);
        }
        w[Patients.WIDTH] += 0.05 * error;
      }
    }
    return w;
  }

  private static double score(double[] w, float[] row) {
    double score = w[Patients.WIDTH];
    for (int j = 0; j < row.length; j++) {
      score += w[j] * row[j];
    }
    return score;
  }

  private static double nearest(float[] row, float[][] others) {
    double least = Double.POSITIVE_INFINITY;
    for (float[] other : others) {
      double sum = 0;
      for (int j = 0; j < row.length; j++) {
        sum += (row[j] - other[j]) * (row[j] - other[j]);
      }
      least = other == row ? least : Math.min(least, Math.sqrt(sum));
    }
    return least;
  }

  @Test
  void aProbeTrainedOnItWorksForPatients() {
    DistilledSet set = distillation(3).distil(PATIENTS.inputs(), PATIENTS.classes());
    assertThat(set.size()).isEqualTo(16);
    double[] w = probe(set);
    Patients others = Patients.draw(9, 1000, 2);
    float[][] rows = rows(others.inputs());
    int right = 0;
    for (int i = 0; i < rows.length; i++) {
      right += (score(w, rows[i]) > 0) == (others.classes()[i] == 1) ? 1 : 0;
    }
    assertThat(right).isGreaterThan(850);
  }

  /** The closest patient is no closer to a synthetic row than patients are to each other. */
  @Test
  void noRowIsNearlyAPatient() {
    float[][] patients = rows(PATIENTS.inputs());
    double closestPair =
        Arrays.stream(patients).mapToDouble(row -> nearest(row, patients)).min().orElseThrow();
    DistilledSet set = distillation(3).distil(PATIENTS.inputs(), PATIENTS.classes());
    for (float[] row : rows(set.inputs())) {
      assertThat(nearest(row, patients)).isGreaterThan(0.8 * closestPair);
    }
  }

  @Test
  void sameSeedSameBytesAndOtherSeedOthers() {
    DistilledSet one = distillation(3).distil(PATIENTS.inputs(), PATIENTS.classes());
    DistilledSet two = distillation(3).distil(PATIENTS.inputs(), PATIENTS.classes());
    DistilledSet three = distillation(4).distil(PATIENTS.inputs(), PATIENTS.classes());
    assertThat(two.digest()).isEqualTo(one.digest());
    assertThat(three.digest()).isNotEqualTo(one.digest());
  }

  @Test
  void tellsAfterEachStepHowFarItIs() {
    List<DistillationProgress> told = new ArrayList<>();
    Distillation.byDistributionMatching(NETWORK, Patients.BINARY, 3)
        .steps(4)
        .listener(told::add)
        .build()
        .distil(PATIENTS.inputs(), PATIENTS.classes());
    assertThat(told).extracting(DistillationProgress::step).containsExactly(1, 2, 3, 4);
    assertThat(told).allSatisfy(progress -> assertThat(progress.steps()).isEqualTo(4));
    assertThat(told.get(3).left()).isZero();
    assertThat(told.get(0).left()).isEqualTo(told.get(0).elapsed().multipliedBy(3));
  }

  @Test
  void refusesBadDataWithoutShowingIt() {
    int[] classes = PATIENTS.classes().clone();
    int[] oneMalignant = new int[classes.length];
    oneMalignant[3] = 1;
    assertThatThrownBy(() -> distillation(1).distil(PATIENTS.inputs(), oneMalignant))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("at least 5", "found 1", "malignant");
    int[] outside = classes.clone();
    outside[7] = -1;
    assertThatThrownBy(() -> distillation(1).distil(PATIENTS.inputs(), outside))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("row 7");
    float[] values = PATIENTS.inputs().values().toFloats();
    values[5 * Patients.WIDTH + 2] = Float.POSITIVE_INFINITY;
    ModelInput infinite = new ModelInput(Tensor.of(PATIENTS.inputs().values().shape(), values));
    assertThatThrownBy(() -> distillation(1).distil(infinite, classes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("row 5", "column 2");
  }

  @Test
  void refusesArchitecturesWithoutFeatures() {
    Architecture bare = (layers, x) -> layers.linear("fc2", layers.linear("fc1", x));
    Network network = Network.of("mlp", bare, NETWORK.parameters());
    assertThatThrownBy(
            () ->
                Distillation.byDistributionMatching(network, Patients.BINARY, 1)
                    .build()
                    .distil(PATIENTS.inputs(), PATIENTS.classes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("features");
  }

  @Test
  void refusesAmbiguity() {
    Distillation.Builder builder =
        Distillation.byDistributionMatching(NETWORK, Patients.BINARY, 1).perClass(3);
    assertThatThrownBy(() -> builder.perClass(3)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> builder.steps(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void eachClassMayHaveItsOwnNumberOfRows() {
    DistilledSet set =
        Distillation.byDistributionMatching(NETWORK, Patients.BINARY, 1)
            .perClass(3)
            .perClass("malignant", 5)
            .steps(2)
            .build()
            .distil(PATIENTS.inputs(), PATIENTS.classes());
    assertThat(set.size()).isEqualTo(8);
    assertThat(set.classOf(2)).isZero();
    assertThat(set.classOf(3)).isEqualTo(1);
  }

  @Test
  void augmentedImagesAreDistilledToTheSameBytes() {
    Network vit = GoldenBases.VIT.network();
    Distillation.Builder augmented =
        Distillation.byDistributionMatching(vit, GoldenBases.LABELS, 1)
            .perClass(4)
            .steps(15)
            .augmentation(ImageAugmentation.none().shifts(1).scales(0.1).brightens(0.2));
    DistilledSet one =
        augmented.build().distil(GoldenBases.VIT.inputs(), GoldenBases.VIT.classes());
    DistilledSet two =
        augmented.build().distil(GoldenBases.VIT.inputs(), GoldenBases.VIT.classes());
    DistilledSet plain =
        Distillation.byDistributionMatching(vit, GoldenBases.LABELS, 1)
            .perClass(4)
            .steps(15)
            .build()
            .distil(GoldenBases.VIT.inputs(), GoldenBases.VIT.classes());
    assertThat(two.digest()).isEqualTo(one.digest());
    assertThat(plain.digest()).isNotEqualTo(one.digest());
    assertThat(one.inputs().values().shape().toArray()).containsExactly(8, 1, 8, 8);
    assertThatThrownBy(
            () ->
                Distillation.byDistributionMatching(NETWORK, Patients.BINARY, 1)
                    .augmentation(ImageAugmentation.none().flips())
                    .build()
                    .distil(PATIENTS.inputs(), PATIENTS.classes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("images [n, channels, height, width]");
  }
}
