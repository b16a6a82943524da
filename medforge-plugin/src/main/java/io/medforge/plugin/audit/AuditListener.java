package io.medforge.plugin.audit;

/** Hears how far an audit is. Called on the auditing thread, one call at a time. */
@FunctionalInterface
public interface AuditListener {
  /**
   * A step is done.
   *
   * @param step what was done, such as {@code shadow} or {@code lira-online}
   * @param done how many steps are done
   * @param total how many there are
   */
  void onStep(String step, int done, int total);
}
