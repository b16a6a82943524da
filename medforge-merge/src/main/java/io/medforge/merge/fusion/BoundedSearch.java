package io.medforge.merge.fusion;

import io.medforge.plugin.Digest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.optim.InitialGuess;
import org.hipparchus.optim.MaxEval;
import org.hipparchus.optim.OptimizationData;
import org.hipparchus.optim.SimpleBounds;
import org.hipparchus.optim.nonlinear.scalar.GoalType;
import org.hipparchus.optim.nonlinear.scalar.ObjectiveFunction;
import org.hipparchus.optim.nonlinear.scalar.noderiv.BOBYQAOptimizer;
import org.hipparchus.optim.nonlinear.scalar.noderiv.CMAESOptimizer;
import org.hipparchus.optim.univariate.BrentOptimizer;
import org.hipparchus.optim.univariate.SearchInterval;
import org.hipparchus.optim.univariate.UnivariateObjectiveFunction;
import org.hipparchus.random.Well19937c;

/**
 * Makes a function of a few numbers small within a box, without gradients and within a budget.
 *
 * @param lower of every number, finite
 * @param upper of every number, finite and above {@code lower}
 * @param budget evaluations at most, at least 1
 * @param seed of CMA-ES; the other optimisers draw nothing
 */
record BoundedSearch(double lower, double upper, int budget, long seed) {
  /*
   * One number: Brent's method. Up to 20: BOBYQA (Powell, DAMTP 2009/NA06), whose quadratic model
   * learns the most from few evaluations of a smooth loss; it needs 2 D + 1 of them to begin. More:
   * CMA-ES (Hansen, arXiv 1604.00772), with a diagonal covariance above 100, where D x D matrices
   * cost more than they learn (Ros and Hansen, PPSN 2008).
   *
   * The optimisers decide where to look, nothing else: bounds, budget, the best point and the cache
   * are kept here, so that no optimiser's habits (a shifted start, a penalty, the last instead of
   * the best point) reach the result. All three compute with FastMath, pure Java, so a search is the
   * same on every machine.
   */
  private static final int BOBYQA_LIMIT = 20;
  private static final int DIAGONAL_FROM = 100;
  private static final double FIRST_STEP = 0.1;
  private static final double LAST_STEP = 1e-4;

  /** Checks the bounds and the budget. */
  BoundedSearch {
    if (!(lower < upper && Double.isFinite(lower) && Double.isFinite(upper))) {
      throw new IllegalArgumentException(
          "expected finite bounds, the lower below the upper, found " + lower + " and " + upper);
    }
    if (budget < 1) {
      throw new IllegalArgumentException(
          "expected a budget of at least 1 evaluation, found " + budget);
    }
  }

  /**
   * What a search found.
   *
   * @param point the first of the best points
   * @param trace the loss of each evaluation, in order; the start's first
   * @param converged whether the optimiser ended before the budget did
   */
  @SuppressWarnings("ArrayRecordComponent") // Made here, read once, never compared.
  record Found(double[] point, List<Double> trace, boolean converged) {}

  /** Which optimiser looks for so many numbers. */
  static String optimiser(int dimension) {
    if (dimension == 1) {
      return "brent";
    }
    return dimension <= BOBYQA_LIMIT ? "bobyqa" : "cma-es";
  }

  /** Searches; the start counts as the first evaluation. */
  Found minimise(double[] start, ToDoubleFunction<double[]> loss) {
    for (double value : start) {
      if (!(value >= lower && value <= upper)) {
        throw new IllegalArgumentException(
            "expected bounds around the start " + value + ", found " + lower + " to " + upper);
      }
    }
    Evaluations evaluations = new Evaluations(loss);
    boolean converged = false;
    try {
      evaluations.at(start);
      optimise(start, evaluations);
      converged = true;
    } catch (SearchEnded e) {
      // By its budget, or because the optimiser asked for a point that is no number.
    } catch (MathRuntimeException e) {
      if (evaluations.running) {
        throw e;
      }
      // The optimiser's arithmetic broke down, or it walks in circles over what is remembered.
    }
    return new Found(evaluations.best, List.copyOf(evaluations.trace), converged);
  }

  private void optimise(double[] start, Evaluations evaluations) {
    int dimension = start.length;
    // Remembered points are free, so this only ends an optimiser that looks at nothing new.
    MaxEval patience = new MaxEval((int) Math.min(Integer.MAX_VALUE, 1000 + 10L * budget));
    switch (optimiser(dimension)) {
      case "brent" ->
          new BrentOptimizer(1e-10, LAST_STEP * (upper - lower))
              .optimize(
                  patience,
                  GoalType.MINIMIZE,
                  new UnivariateObjectiveFunction(x -> evaluations.at(new double[] {x})),
                  new SearchInterval(lower, upper, start[0]));
      case "bobyqa" ->
          new BOBYQAOptimizer(
                  2 * dimension + 1, FIRST_STEP * (upper - lower), LAST_STEP * (upper - lower))
              .optimize(multivariate(start, evaluations, patience));
      default -> cmaEs(start, evaluations, patience);
    }
  }

  private void cmaEs(double[] start, Evaluations evaluations, MaxEval patience) {
    int dimension = start.length;
    int population = 4 + (int) (3 * StrictMath.log(dimension));
    double[] sigma = filled(dimension, FIRST_STEP * (upper - lower));
    OptimizationData[] common = multivariate(start, evaluations, patience);
    OptimizationData[] all = Arrays.copyOf(common, common.length + 2);
    all[common.length] = new CMAESOptimizer.Sigma(sigma);
    all[common.length + 1] = new CMAESOptimizer.PopulationSize(population);
    new CMAESOptimizer(
            budget,
            0,
            true,
            dimension > DIAGONAL_FROM ? budget : 0,
            0,
            new Well19937c(seed),
            false,
            (iteration, previous, current) -> false)
        .optimize(all);
  }

  private OptimizationData[] multivariate(
      double[] start, Evaluations evaluations, MaxEval patience) {
    int dimension = start.length;
    return new OptimizationData[] {
      patience,
      GoalType.MINIMIZE,
      new ObjectiveFunction(evaluations::at),
      new InitialGuess(start),
      new SimpleBounds(filled(dimension, lower), filled(dimension, upper))
    };
  }

  private static double[] filled(int length, double value) {
    double[] filled = new double[length];
    Arrays.fill(filled, value);
    return filled;
  }

  /** Keeps what was seen: nothing is evaluated twice, outside the bounds or beyond the budget. */
  private final class Evaluations {
    private final ToDoubleFunction<double[]> loss;
    // Looked up only, never walked through.
    private final Map<Digest, Double> seen = new HashMap<>();
    private final List<Double> trace = new ArrayList<>();
    private double[] best = {};
    private double least = Double.POSITIVE_INFINITY;
    private boolean running;

    private Evaluations(ToDoubleFunction<double[]> loss) {
      this.loss = loss;
    }

    private double at(double[] wanted) {
      double[] point = new double[wanted.length];
      Digest.Builder key = Digest.builder();
      for (int i = 0; i < point.length; i++) {
        if (Double.isNaN(wanted[i])) {
          throw new SearchEnded();
        }
        point[i] = Math.min(upper, Math.max(lower, wanted[i]));
        key.add(point[i]);
      }
      Digest digest = key.build();
      Double known = seen.get(digest);
      if (known != null) {
        return known;
      }
      if (trace.size() == budget) {
        throw new SearchEnded();
      }
      double value = evaluate(point);
      seen.put(digest, value);
      trace.add(value);
      if (value < least) {
        least = value;
        best = point;
      }
      return value;
    }

    private double evaluate(double[] point) {
      running = true;
      double value = loss.applyAsDouble(point.clone());
      running = false;
      if (!Double.isFinite(value)) {
        throw new IllegalStateException(
            "expected a finite loss, found " + value + ", at " + Arrays.toString(point));
      }
      return value;
    }
  }

  /** Ends an optimiser from within. */
  private static final class SearchEnded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private SearchEnded() {
      super("the search ended", null, false, false);
    }
  }
}
