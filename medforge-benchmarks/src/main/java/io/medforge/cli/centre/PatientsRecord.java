package io.medforge.cli.centre;

import io.medforge.cli.data.DataSource;

/**
 * Where the patients are, how their numbers are scaled and what each is used for. It never leaves
 * the hospital. Immutable.
 *
 * @param notice says so
 * @param source where the rows are
 * @param scaling how they are scaled
 * @param split what they are used for
 */
record PatientsRecord(String notice, DataSource source, Scaling scaling, Split split) {
  static final String FOLDER = "stays";
  static final String FILE = "patients.json";
  static final String NOTICE = "This file is about patients and never leaves the hospital.";
}
