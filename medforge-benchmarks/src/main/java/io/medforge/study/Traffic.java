package io.medforge.study;

/**
 * What a method sends between the hospitals and the coordinator, all hospitals together. The public
 * base, which every method starts from, is not counted for any.
 *
 * @param up bytes from the hospitals
 * @param down bytes to the hospitals, the finished model included
 * @param rounds of exchange
 * @param patientRows whether patients' rows leave the hospitals
 */
record Traffic(long up, long down, int rounds, boolean patientRows) {
  static final Traffic NONE = new Traffic(0, 0, 0, false);

  long total() {
    return up + down;
  }
}
