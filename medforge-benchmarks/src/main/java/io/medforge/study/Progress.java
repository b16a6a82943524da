package io.medforge.study;

/** Learns how far a study is. */
@FunctionalInterface
public interface Progress {
  /**
   * A step begins.
   *
   * @param step its number, from 0
   * @param steps how many there are
   * @param what is being done
   */
  void at(int step, int steps, String what);
}
