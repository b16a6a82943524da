package io.medforge.merge.fusion;

import io.medforge.merge.Coefficients;
import java.util.List;

/**
 * What a {@link CoefficientSearch} found. Immutable.
 *
 * @param coefficients those of the least loss seen, the first of equals
 * @param trace the loss of each evaluation, in order; that of the start first
 * @param optimiser what looked for them: {@code brent}, {@code bobyqa} or {@code cma-es}
 * @param converged whether the optimiser came to rest; if not, the budget ended it or it gave up
 */
public record SearchedCoefficients(
    Coefficients coefficients, List<Double> trace, String optimiser, boolean converged) {
  /**
   * Copies the trace.
   *
   * @param coefficients those of the least loss seen, the first of equals
   * @param trace the loss of each evaluation, in order; that of the start first
   * @param optimiser what looked for them: {@code brent}, {@code bobyqa} or {@code cma-es}
   * @param converged whether the optimiser came to rest; if not, the budget ended it or it gave up
   * @throws IllegalArgumentException if the trace is empty
   */
  public SearchedCoefficients {
    trace = List.copyOf(trace);
    if (trace.isEmpty()) {
      throw new IllegalArgumentException("expected the loss of the start at least, found none");
    }
  }

  /**
   * The loss at the start, 1/n for every plugin.
   *
   * @return the first of the trace
   */
  public double startLoss() {
    return trace.get(0);
  }

  /**
   * The loss of the coefficients found.
   *
   * @return the least of the trace, at most {@link #startLoss()}
   */
  public double loss() {
    return trace.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  /**
   * How often the objective was asked. Points met again are remembered and cost nothing.
   *
   * @return 1 to the search's budget
   */
  public int evaluations() {
    return trace.size();
  }
}
