package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.Network;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many plugins become one that answers as they do together. */
class KnowledgeDistillationTest {
  private static final Network NETWORK =
      Network.of(
          "mlp",
          Architecture.mlp("fc1", "fc2"),
          InitialParameters.mlp(List.of("fc1", "fc2"), List.of(Patients.WIDTH, 16, 2), 5));
  private static final PluginId STUDENT = PluginId.parse("forge/student:1");
  private static final DistilledSet ONE = set(11, 60);
  private static final DistilledSet TWO = set(12, 80);

  private static DistilledSet set(long seed, int rows) {
    Patients synthetic = Patients.draw(seed, rows, 2);
    return DistilledSet.of(Patients.BINARY, synthetic.inputs(), synthetic.classes());
  }

  private static TrainingOptions options(int epochs) {
    return TrainingOptions.seeded(7).epochs(epochs).batchSize(16).learningRate(0.01).build();
  }

  private static KnowledgeDistillation.Builder into(int rank, int epochs) {
    return KnowledgeDistillation.into(
        LoraTraining.of(NETWORK, STUDENT, Patients.BINARY, options(epochs)).rank(rank).build());
  }

  /** The mean of two trained plugins' probabilities: a mixture with equal weights. */
  private static Teacher mixtureOf(DjlRuntime runtime, PluginModule... plugins) {
    return batch -> {
      List<double[]> mixed = new ArrayList<>();
      for (int row = 0; row < batch.size(); row++) {
        mixed.add(new double[2]);
      }
      for (PluginModule plugin : plugins) {
        Outputs outputs = runtime.run(plugin, batch);
        for (int row = 0; row < batch.size(); row++) {
          double[] opinion = outputs.probabilities(row);
          mixed.get(row)[0] += opinion[0] / plugins.length;
          mixed.get(row)[1] += opinion[1] / plugins.length;
        }
      }
      return mixed;
    };
  }

  private static PluginModule trained(long seed) {
    Patients patients = Patients.draw(seed, 100, 2);
    return LoraTraining.of(
            NETWORK, PluginId.parse("a/p" + seed + ":1"), Patients.BINARY, options(30))
        .rank(4)
        .build()
        .train(patients.inputs(), patients.classes());
  }

  @Test
  void theStudentAnswersAsTheMixtureDoes() {
    try (DjlRuntime runtime = DjlRuntime.open(NETWORK)) {
      Teacher teacher = mixtureOf(runtime, trained(1), trained(2));
      Imitation imitation = into(2, 150).build().distil(teacher, List.of(ONE, TWO));
      assertThat(imitation.trainedOn() + imitation.judgedOn()).isEqualTo(140);
      assertThat(imitation.judgedOn()).isEqualTo(36);
      assertThat(imitation.agreement()).isGreaterThan(0.9);
      assertThat(imitation.divergence()).isBetween(0.0, 0.05);
      assertThat(Math.abs(imitation.lostQuality())).isLessThan(0.1);
      // On new rows too, and far closer than the base is.
      ModelInput others = Patients.draw(13, 200, 2).inputs();
      List<double[]> taught = teacher.probabilities(others);
      double student = distance(taught, runtime.run(imitation.plugin(), others));
      assertThat(student).isLessThan(0.3 * distance(taught, runtime.runBase(others)));
      imitation
          .plugin()
          .updates()
          .values()
          .forEach(update -> assertThat(((LowRankUpdate) update).rank()).isEqualTo(2));
      assertThat(imitation.plugin().base()).isEqualTo(NETWORK.base());
      assertThat(imitation.plugin().id()).isEqualTo(STUDENT);
    }
  }

  private static double distance(List<double[]> taught, Outputs outputs) {
    double sum = 0;
    for (int row = 0; row < taught.size(); row++) {
      sum += Math.abs(taught.get(row)[0] - outputs.probabilities(row)[0]);
    }
    return sum / taught.size();
  }

  @Test
  void whatWasLostIsWhatItSays() {
    Teacher sure = batch -> Collections.nCopies(batch.size(), new double[] {0.8, 0.2});
    Imitation imitation = into(1, 1).heldOut(0.5).build().distil(sure, List.of(ONE));
    int[] counts = new int[2];
    for (int row = 0; row < ONE.size(); row++) {
      counts[ONE.classOf(row)]++;
    }
    long first = Math.round(0.5 * counts[0]);
    long second = Math.round(0.5 * counts[1]);
    assertThat(imitation.judgedOn()).isEqualTo((int) (first + second));
    assertThat(imitation.teacherLoss())
        .isCloseTo(
            -(first * Math.log(0.8) + second * Math.log(0.2)) / (first + second), within(1e-9));
    assertThat(imitation.lostQuality())
        .isEqualTo(imitation.studentLoss() - imitation.teacherLoss());
  }

  @Test
  void ofOneTemperatureATeacherOfCertaintyIsOrdinaryTraining() {
    double[] softened = ImitationSteps.softened(new double[] {0.9, 0.1, 0}, 2);
    assertThat(softened[0]).isCloseTo(3.0 / 4, within(1e-12));
    assertThat(softened[2]).isZero();
    assertThat(ImitationSteps.softened(new double[] {0.3, 0.7}, 1))
        .containsExactly(new double[] {0.3, 0.7}, within(1e-15));
    Teacher certain =
        batch -> {
          DistilledSet set = batch.size() == ONE.size() ? ONE : TWO;
          List<double[]> rows = new ArrayList<>();
          for (int row = 0; row < set.size(); row++) {
            rows.add(set.classOf(row) == 0 ? new double[] {1, 0} : new double[] {0, 1});
          }
          return rows;
        };
    Imitation imitation = into(4, 60).temperature(1).build().distil(certain, List.of(ONE, TWO));
    assertThat(imitation.teacherLoss()).isZero();
    assertThat(imitation.agreement()).isGreaterThan(0.85);
  }

  @Test
  void sameBytesInAnyOrderOfSets() {
    Teacher teacher = batch -> Collections.nCopies(batch.size(), new double[] {0.6, 0.4});
    Imitation one = into(2, 3).build().distil(teacher, List.of(ONE, TWO));
    Imitation two = into(2, 3).build().distil(teacher, List.of(TWO, ONE));
    assertThat(two.plugin().digest()).isEqualTo(one.plugin().digest());
    assertThat(two).usingRecursiveComparison().ignoringFields("plugin").isEqualTo(one);
    Imitation warmer = into(2, 3).temperature(5).build().distil(teacher, List.of(ONE, TWO));
    assertThat(warmer.plugin().digest()).isNotEqualTo(one.plugin().digest());
  }

  @Test
  void refusesWhatCannotBeImitated() {
    Teacher fine = batch -> Collections.nCopies(batch.size(), new double[] {0.6, 0.4});
    KnowledgeDistillation distillation = into(2, 1).build();
    assertThatThrownBy(() -> distillation.distil(fine, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one distilled set");
    DistilledSet other =
        DistilledSet.of(LabelSpace.of("other", "x", "y"), ONE.inputs(), new int[60]);
    assertThatThrownBy(() -> distillation.distil(fine, List.of(ONE, other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("biopsy", "other", other.digest().toString());
    for (double[] bad :
        List.of(
            new double[] {0.5, 0.4},
            new double[] {1.5, -0.5},
            new double[] {Double.NaN, 1},
            new double[] {1})) {
      Teacher teacher = batch -> Collections.nCopies(batch.size(), bad);
      assertThatThrownBy(() -> distillation.distil(teacher, List.of(ONE)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("row 0", ONE.digest().toString());
    }
    Teacher few = batch -> List.of(new double[] {0.5, 0.5});
    assertThatThrownBy(() -> distillation.distil(few, List.of(ONE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("60 rows", "found 1");
    DistilledSet single =
        DistilledSet.of(Patients.BINARY, ModelInput.ofRows(new float[Patients.WIDTH]), 0);
    assertThatThrownBy(() -> distillation.distil(fine, List.of(single)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two rows of one class");
    assertThatThrownBy(() -> into(2, 1).temperature(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> into(2, 1).heldOut(0.2).heldOut(0.3))
        .isInstanceOf(IllegalStateException.class);
    LoraTraining weighted =
        LoraTraining.of(
                NETWORK,
                STUDENT,
                Patients.BINARY,
                TrainingOptions.seeded(1).classWeights(ClassWeights.balanced()).build())
            .build();
    assertThatThrownBy(() -> KnowledgeDistillation.into(weighted))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("class weights");
  }
}
