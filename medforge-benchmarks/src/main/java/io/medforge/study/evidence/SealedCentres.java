package io.medforge.study.evidence;

import io.medforge.runtime.ModelInput;
import io.medforge.study.Answers;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The test patients of every hospital. They leave only as a finished method's scored answers, and
 * those only into {@link EvidenceTable#open}: there is no way to ask for rows or classes, so
 * nothing can be trained or chosen on them. Immutable.
 */
public final class SealedCentres {
  private final SortedMap<String, Patients> patients;

  private SealedCentres(SortedMap<String, Patients> patients) {
    this.patients = patients;
  }

  private static final class Patients {
    private final ModelInput inputs;
    private final int[] classes;

    Patients(ModelInput inputs, int... classes) {
      this.inputs = inputs;
      this.classes = classes.clone();
    }
  }

  /**
   * Starts to collect.
   *
   * @return no patients yet
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes in one hospital after another. Not thread-safe. */
  public static final class Builder {
    private final SortedMap<String, Patients> patients = new TreeMap<>();

    private Builder() {}

    /**
     * Seals a hospital's test patients.
     *
     * @param centre the hospital, each once
     * @param inputs n patients
     * @param classes their classes, 0 with the finding, 1 without; copied
     * @return this
     * @throws IllegalArgumentException if numbers differ, a class is neither, or the hospital is in
     */
    public Builder seal(String centre, ModelInput inputs, int... classes) {
      if (inputs.size() != classes.length) {
        throw new IllegalArgumentException(
            "expected a class for each of "
                + inputs.size()
                + " test patients, found "
                + classes.length
                + ", at "
                + centre);
      }
      for (int i = 0; i < classes.length; i++) {
        if (classes[i] != 0 && classes[i] != 1) {
          throw new IllegalArgumentException(
              "expected class 0 or 1, found another, at " + centre + ", test patient " + i);
        }
      }
      if (patients.putIfAbsent(centre, new Patients(inputs, classes)) != null) {
        throw new IllegalArgumentException("expected each hospital once, found two of " + centre);
      }
      return this;
    }

    /**
     * Closes it.
     *
     * @return the sealed test
     * @throws IllegalStateException if there is no hospital
     */
    public SealedCentres build() {
      if (patients.isEmpty()) {
        throw new IllegalStateException("expected at least one hospital, found none");
      }
      return new SealedCentres(Collections.unmodifiableSortedMap(new TreeMap<>(patients)));
    }
  }

  /**
   * How many test patients each hospital has: the one thing that is told before.
   *
   * @return by hospital, in order of name
   */
  public SortedMap<String, Integer> sizes() {
    SortedMap<String, Integer> sizes = new TreeMap<>();
    patients.forEach((centre, rows) -> sizes.put(centre, rows.classes.length));
    return sizes;
  }

  /** A finished method's answers at every hospital; for the final table alone. */
  SortedMap<String, Answers> answers(CentreClassifier classifier) {
    SortedMap<String, Answers> answers = new TreeMap<>();
    patients.forEach(
        (centre, rows) ->
            answers.put(centre, Answers.of(rows.classes, classifier.finding(centre, rows.inputs))));
    return answers;
  }
}
