package io.medforge.study;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The test patients of every hospital. They leave only as a finished classifier's scored answers:
 * there is no way to ask for the rows or the labels, so nothing can be trained or chosen on them.
 * Immutable.
 */
final class SealedTest {
  private final SortedMap<String, Cohort> cohorts;
  private final Standardization scale;

  SealedTest(SortedMap<String, Cohort> cohorts, Standardization scale) {
    this.cohorts = Collections.unmodifiableSortedMap(new TreeMap<>(cohorts));
    this.scale = scale;
  }

  /** How many patients a hospital tests on, and how many of them are malignant, for the report. */
  int[] counts(String hospital) {
    Cohort cohort = cohort(hospital);
    return new int[] {cohort.size(), cohort.malignant()};
  }

  /**
   * A finished classifier's answers at every hospital.
   *
   * @param classifier the method
   * @return by hospital, in order of name
   */
  SortedMap<String, Answers> answers(Classifier classifier) {
    SortedMap<String, Answers> answers = new TreeMap<>();
    cohorts.forEach(
        (hospital, cohort) ->
            answers.put(
                hospital,
                Answers.of(cohort.diagnoses(), classifier.malignancy(scale.apply(cohort)))));
    return answers;
  }

  private Cohort cohort(String hospital) {
    Cohort cohort = cohorts.get(hospital);
    if (cohort == null) {
      throw new IllegalArgumentException(
          "expected one of " + cohorts.keySet() + ", found " + hospital);
    }
    return cohort;
  }
}
