package io.medforge.study;

import java.util.List;

/**
 * The patients, dealt out. Immutable.
 *
 * @param publicShare on which the base is trained; measured without drift
 * @param scale the public share's means and deviations, the only ones in use
 * @param hospitals their training patients
 * @param test everybody's test patients, sealed
 */
record StudySplit(
    Cohort publicShare, Standardization scale, List<HospitalCohort> hospitals, SealedTest test) {
  /** Copies the list. */
  StudySplit {
    hospitals = List.copyOf(hospitals);
  }

  /** All hospitals' training patients in one place, which privacy forbids outside a simulation. */
  Cohort pooledTraining() {
    return Cohort.pooled(hospitals.stream().map(HospitalCohort::training).toList());
  }
}
