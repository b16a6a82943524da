package io.medforge.study.evidence;

/**
 * What a method sends between the hospitals and the coordinator, all hospitals together: bare
 * numbers in their own types, for every method alike, without headers, names or signatures. The
 * base that all start from is public and counted for nobody.
 *
 * @param up bytes from the hospitals
 * @param down bytes to the hospitals, the finished model included
 * @param rounds of exchange
 * @param patientRows whether patients' rows leave the hospitals
 */
public record Cost(long up, long down, int rounds, boolean patientRows) {
  /** A hospital keeps what it has. */
  public static final Cost NONE = new Cost(0, 0, 0, false);

  /**
   * What is sent in all.
   *
   * @return bytes up and down
   */
  public long total() {
    return up + down;
  }
}
