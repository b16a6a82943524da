package io.medforge.study;

/**
 * What a hospital may learn from: its training patients as its own instrument reads them.
 *
 * @param profile the hospital
 * @param training its training patients
 */
record HospitalCohort(HospitalProfile profile, Cohort training) {}
