package io.medforge.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StudyDesignTest {
  private final Cohort cohort = WisconsinData.embedded();

  @Test
  void everyPatientIsDealtOnce() {
    StudySplit split = new StudyDesign(1).split(cohort);
    int size = split.publicShare().size();
    int malignant = split.publicShare().malignant();
    for (HospitalCohort hospital : split.hospitals()) {
      int[] tested = split.test().counts(hospital.profile().name());
      size += hospital.training().size() + tested[0];
      malignant += hospital.training().malignant() + tested[1];
    }
    assertThat(size).isEqualTo(569);
    assertThat(malignant).isEqualTo(212);
  }

  @Test
  void hospitalsDifferInCaseMixAndKeepItInTheirTest() {
    List<Double> mixes = new ArrayList<>();
    StudySplit split = new StudyDesign(1).split(cohort);
    for (HospitalCohort hospital : split.hospitals()) {
      double training = (double) hospital.training().malignant() / hospital.training().size();
      int[] tested = split.test().counts(hospital.profile().name());
      assertThat((double) tested[1] / tested[0]).isCloseTo(training, within(0.02));
      mixes.add(training);
    }
    assertThat(mixes.get(0)).isCloseTo(0.60, within(0.02));
    assertThat(mixes.get(1)).isCloseTo(0.15, within(0.02));
    assertThat(mixes.get(2)).isCloseTo(0.37, within(0.02));
  }

  @Test
  void publicShareIsStratifiedAndScaledByItself() {
    StudySplit split = new StudyDesign(1).split(cohort);
    assertThat(split.publicShare().size()).isEqualTo(32 + 54);
    assertThat(split.publicShare().malignant()).isEqualTo(32);
    float[][] inputs = split.scale().apply(split.publicShare());
    for (int f = 0; f < 30; f++) {
      int measurement = f;
      double mean =
          IntStream.range(0, inputs.length)
              .mapToDouble(i -> inputs[i][measurement])
              .average()
              .orElseThrow();
      double squares =
          IntStream.range(0, inputs.length)
              .mapToDouble(i -> (double) inputs[i][measurement] * inputs[i][measurement])
              .sum();
      assertThat(mean).isCloseTo(0, within(1e-6));
      assertThat(squares / (inputs.length - 1)).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void theSeedDecidesAndNothingElse() {
    StudySplit once = new StudyDesign(5).split(cohort);
    StudySplit again = new StudyDesign(5).split(cohort);
    StudySplit other = new StudyDesign(6).split(cohort);
    for (int h = 0; h < once.hospitals().size(); h++) {
      assertThat(again.hospitals().get(h).training().row(0))
          .isEqualTo(once.hospitals().get(h).training().row(0));
      assertThat(other.hospitals().get(h).training().row(0))
          .isNotEqualTo(once.hospitals().get(h).training().row(0));
    }
    Classifier firstMeasurement = inputs -> probabilities(inputs, 0);
    assertThat(again.test().answers(firstMeasurement).get("st-anna").auc())
        .isEqualTo(once.test().answers(firstMeasurement).get("st-anna").auc());
  }

  @Test
  void driftIsOneInstrumentPerHospital() {
    Standardization scale = Standardization.of(cohort);
    CalibrationDrift.Spread silent = new CalibrationDrift.Spread(0.05, 0.3, 0);
    CalibrationDrift drift = CalibrationDrift.draw(scale, 30, silent, new Random(1));
    Cohort read = drift.read(cohort, new Random(2));
    // Without noise the reading is affine: three patients lie on one line, per measurement.
    for (int f = 0; f < 30; f++) {
      double gain = gain(read, f, 0, 1);
      assertThat(gain(read, f, 0, 2)).isCloseTo(gain, within(1e-6));
      assertThat(gain).isBetween(0.8, 1.25).isNotEqualTo(1);
    }
    assertThat(read.diagnoses()).isEqualTo(cohort.diagnoses());
  }

  private double gain(Cohort read, int f, int one, int other) {
    return (read.value(one, f) - read.value(other, f))
        / (cohort.value(one, f) - cohort.value(other, f));
  }

  @Test
  void theSealedTestGivesAnswersOnly() {
    SortedMap<String, Cohort> tests = new TreeMap<>();
    tests.put("one", cohort.select(List.of(0, 568)));
    SealedTest sealed = new SealedTest(tests, Standardization.of(cohort));
    Answers answers = sealed.answers(inputs -> new double[] {0.9, 0.2}).get("one");
    assertThat(answers.accuracy()).isEqualTo(1);
    assertThatThrownBy(() -> sealed.counts("elsewhere")).hasMessageContaining("[one]");
  }

  @Test
  void tooFewPatientsAreRefused() {
    assertThatThrownBy(
            () -> new StudyDesign(1).split(cohort.select(IntStream.range(0, 80).boxed().toList())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 60 patients of either diagnosis");
  }

  private static double[] probabilities(float[][] inputs, int measurement) {
    double[] probabilities = new double[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      probabilities[i] = 1 / (1 + StrictMath.exp(-inputs[i][measurement]));
    }
    return probabilities;
  }
}
