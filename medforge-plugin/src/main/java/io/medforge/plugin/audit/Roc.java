package io.medforge.plugin.audit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A receiver operating characteristic, read off at fixed false positive rates that depend on no
 * patient. Immutable.
 *
 * @param falsePositiveRates ascending, 0 to 1
 * @param truePositiveRates as many: the most members flagged while at most that share of strangers
 *     is; no interpolation
 */
public record Roc(List<Double> falsePositiveRates, List<Double> truePositiveRates) {
  private static final double[] FINE = {0, 0.001, 0.002, 0.005, 0.01, 0.02};
  private static final int COARSE = 20;
  private static final List<Double> GRID = grid();

  /**
   * Copies.
   *
   * @param falsePositiveRates ascending, 0 to 1
   * @param truePositiveRates as many
   * @throws IllegalArgumentException if the numbers differ
   */
  public Roc {
    falsePositiveRates = List.copyOf(falsePositiveRates);
    truePositiveRates = List.copyOf(truePositiveRates);
    if (falsePositiveRates.size() != truePositiveRates.size()) {
      throw new IllegalArgumentException(
          "expected as many true as false positive rates, found "
              + truePositiveRates.size()
              + " and "
              + falsePositiveRates.size());
    }
  }

  static Roc of(StepRoc steps) {
    List<Double> found = new ArrayList<>();
    for (double rate : GRID) {
      int flagged = steps.truePositives(steps.pointAt(rate));
      found.add(AttackResult.rounded((double) flagged / steps.members()));
    }
    return new Roc(GRID, found);
  }

  private static List<Double> grid() {
    List<Double> grid = new ArrayList<>();
    for (double rate : FINE) {
      grid.add(rate);
    }
    for (int i = 1; i <= COARSE; i++) {
      grid.add((double) i / COARSE);
    }
    return Collections.unmodifiableList(grid);
  }
}
