package io.medforge.plugin.branch;

import io.medforge.runtime.djl.HostArray;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** All that a training carries from one epoch to the next. Not thread-safe. */
final class TrainingState {
  private final List<HostArray> values;
  private final List<Optimizer.Rule> rules;
  private final int patience;
  private final List<TrainingReport.Epoch> history = new ArrayList<>();
  private final List<float[]> best = new ArrayList<>();
  private int bestEpoch;

  TrainingState(List<HostArray> values, List<Optimizer.Rule> rules, int patience) {
    this.values = List.copyOf(values);
    this.rules = List.copyOf(rules);
    this.patience = patience;
    if (patience > 0) {
      values.forEach(array -> best.add(copy(array)));
    }
  }

  List<HostArray> values() {
    return values;
  }

  List<Optimizer.Rule> rules() {
    return rules;
  }

  /** The best epoch's values, written through; none if no epoch is preferred to the last. */
  List<float[]> best() {
    return Collections.unmodifiableList(best);
  }

  List<TrainingReport.Epoch> history() {
    return Collections.unmodifiableList(history);
  }

  /** Notes an epoch's end; the values are those after it. */
  void end(TrainingReport.Epoch epoch) {
    if (record(epoch)) {
      for (int i = 0; i < best.size(); i++) {
        values.get(i).values().get(best.get(i));
      }
    }
  }

  /** Notes an earlier epoch, whose values are no longer at hand; true if it is the best so far. */
  boolean record(TrainingReport.Epoch epoch) {
    history.add(epoch);
    boolean better =
        patience == 0 || bestEpoch == 0 || loss(epoch) < loss(history.get(bestEpoch - 1));
    bestEpoch = better ? history.size() : bestEpoch;
    return better;
  }

  /** Whether it has waited long enough for a better epoch. */
  boolean isOver() {
    return patience > 0 && history.size() - bestEpoch >= patience;
  }

  /** Puts the best epoch's values in place. */
  TrainingReport finish(long stepsPerEpoch) {
    for (int i = 0; i < best.size(); i++) {
      FloatBuffer target = values.get(i).values();
      target.put(best.get(i));
    }
    return new TrainingReport(stepsPerEpoch * history.size(), history, bestEpoch);
  }

  private static double loss(TrainingReport.Epoch epoch) {
    return epoch.validation().orElseThrow().loss();
  }

  private static float[] copy(HostArray array) {
    float[] copy = new float[Math.toIntExact(array.shape().elements())];
    array.values().get(copy);
    return copy;
  }
}
