package io.medforge.merge.mixture;

import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.optim.InitialGuess;
import org.hipparchus.optim.MaxEval;
import org.hipparchus.optim.SimpleBounds;
import org.hipparchus.optim.nonlinear.scalar.GoalType;
import org.hipparchus.optim.nonlinear.scalar.ObjectiveFunction;
import org.hipparchus.optim.nonlinear.scalar.noderiv.BOBYQAOptimizer;

/**
 * The static weights of MedForge's Mixture as it was published: a baseline to compare with, not to
 * use.
 *
 * <pre>{@code
 * omega = [1]
 * for each further plugin, in the given order:
 *   minimise over h in [-1.5, 1.5]^2, from (0.5, 0.5), in 40 evaluations, with
 *   omega' = [h_0 omega, h_1]:
 *     mean over all tasks of CE(sum_j omega'_j softmax(z_j), y) + 0.05 mean|omega'|
 *   omega = omega'
 * }</pre>
 *
 * <p>What is wrong with it, and is kept: the cross-entropy takes probabilities for logits (softmax
 * twice); older plugins' ratios are frozen, so the order of arrival decides; every stage sees the
 * sets of plugins that have yet to come; weights may be negative and need not sum to 1. What
 * differs: BOBYQA in the place of NGOpt, with the same start, bounds and budget.
 */
final class PublishedWeights {
  private static final int BUDGET = 40;
  private static final double BOUND = 1.5;
  private static final double START = 0.5;
  private static final double LAMBDA = 0.05;

  private final OutputMemory memory;
  private final List<PluginId> order;

  private PublishedWeights(OutputMemory memory, List<PluginId> order) {
    this.memory = memory;
    this.order = order;
  }

  /** omega, in the given order. */
  static double[] fit(OutputMemory memory, List<PluginId> order) {
    TreeSet<PluginId> known = new TreeSet<>();
    memory.plugins().plugins().forEach(plugin -> known.add(plugin.id()));
    if (order.size() != known.size() || !new TreeSet<>(order).equals(known)) {
      throw new IllegalArgumentException(
          "expected each of the plugins " + known + " once, in order of arrival, found " + order);
    }
    PublishedWeights search = new PublishedWeights(memory, List.copyOf(order));
    double[] omega = {1};
    for (int stage = 1; stage < order.size(); stage++) {
      omega = search.stage(omega);
    }
    return omega;
  }

  private double[] stage(double[] before) {
    Best best = new Best();
    ObjectiveFunction objective =
        new ObjectiveFunction(h -> best.note(h, loss(composed(before, h))));
    try {
      best.note(new double[] {START, START}, loss(composed(before, START, START)));
      new BOBYQAOptimizer(5, 0.1 * 2 * BOUND, 1e-4)
          .optimize(
              new MaxEval(BUDGET - 1),
              GoalType.MINIMIZE,
              objective,
              new InitialGuess(new double[] {START, START}),
              new SimpleBounds(new double[] {-BOUND, -BOUND}, new double[] {BOUND, BOUND}));
    } catch (MathRuntimeException e) {
      // The budget is spent, or the optimiser's arithmetic broke down: the best so far stands.
    }
    return composed(before, best.point);
  }

  private static final class Best {
    private double[] point = {START, START};
    private double least = Double.POSITIVE_INFINITY;

    double note(double[] h, double loss) {
      if (loss < least) {
        least = loss;
        point = h.clone();
      }
      return loss;
    }
  }

  /** The published objective at some weights, in order of arrival. */
  static double loss(OutputMemory memory, List<PluginId> order, double[] omega) {
    return new PublishedWeights(memory, List.copyOf(order)).loss(omega);
  }

  /** One stage's two scalars: the older plugins' ratios are frozen. */
  static double[] composed(double[] before, double... h) {
    double[] omega = new double[before.length + 1];
    for (int j = 0; j < before.length; j++) {
      omega[j] = h[0] * before[j];
    }
    omega[before.length] = h[1];
    return omega;
  }

  private double loss(double[] omega) {
    double sum = 0;
    for (PluginModule task : memory.plugins().plugins()) {
      sum += crossEntropy(task.id(), omega);
    }
    double size = 0;
    for (double weight : omega) {
      size += Math.abs(weight);
    }
    return sum / memory.plugins().size() + LAMBDA * size / omega.length;
  }

  /** The softmax of what already are weighted probabilities, as published. */
  private double crossEntropy(PluginId owner, double[] omega) {
    int[] classes = memory.classes(owner);
    int width = memory.labelSpaces().of(owner).size();
    List<Integer> speakers = new ArrayList<>();
    for (int j = 0; j < omega.length; j++) {
      if (memory.find(owner, order.get(j)).isPresent()) {
        speakers.add(j);
      }
    }
    double sum = 0;
    for (int row = 0; row < classes.length; row++) {
      double[] mixed = new double[width];
      for (int j : speakers) {
        Outputs outputs = memory.outputs(owner, order.get(j));
        double[] own = outputs.probabilities(row);
        double[] read =
            memory.labelSpaces().mapping(order.get(j)).map(join -> join.apply(own)).orElse(own);
        for (int c = 0; c < width; c++) {
          mixed[c] += omega[j] * read[c];
        }
      }
      double whole = 0;
      for (double value : mixed) {
        whole += StrictMath.exp(value);
      }
      sum += StrictMath.log(whole) - mixed[classes[row]];
    }
    return sum / classes.length;
  }
}
