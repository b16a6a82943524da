package io.medforge.study.evidence;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * How long each hospital computed, by a clock: never part of what must repeat to the last digit.
 * For one thread.
 */
public final class ComputeTimes {
  private final SortedMap<String, Double> seconds = new TreeMap<>();

  /** Nothing measured yet. */
  public ComputeTimes() {}

  /**
   * Does a hospital's work and adds its time.
   *
   * @param <T> what the work makes
   * @param hospital whose work it is
   * @param work the work
   * @return what it made
   */
  public <T> T timed(String hospital, Supplier<T> work) {
    long start = System.nanoTime();
    T made = work.get();
    seconds.merge(hospital, (System.nanoTime() - start) / 1e9, Double::sum);
    return made;
  }

  /**
   * The sums.
   *
   * @return seconds by hospital, to the millisecond; a new tree
   */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    seconds.forEach((hospital, sum) -> json.put(hospital, Math.rint(sum * 1000) / 1000));
    return json;
  }
}
