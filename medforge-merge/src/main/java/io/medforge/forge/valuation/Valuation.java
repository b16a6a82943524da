package io.medforge.forge.valuation;

import io.medforge.forge.Contribution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Values players by Shapley (1953): exactly up to 12 players, 2^n coalitions; beyond by sampled
 * orders of arrival in antithetic pairs (each order and its reverse), whose values still sum to
 * that of the whole. Leave-one-out stands beside it: it underpays whoever is redundant. Intervals
 * are percentile bootstraps over examples, drawn within tasks: since a Shapley value is linear in
 * the scores, it is resampled without asking about any coalition again. Immutable.
 */
public final class Valuation {
  /** The most players whose value is exact. */
  public static final int EXACT_PLAYERS = 12;

  private static final int RESAMPLES = 2000;
  private static final double TAIL = 0.025;

  private final List<Player> players;
  private final CoalitionScores scores;
  private final long seed;
  private final int pairs;

  private Valuation(List<Player> players, CoalitionScores scores, long seed, int pairs) {
    if (players.isEmpty() || pairs < 1) {
      throw new IllegalArgumentException(
          "expected at least one player and one pair of orders, found "
              + players.size()
              + " and "
              + pairs);
    }
    this.players = List.copyOf(players);
    this.scores = scores;
    this.seed = seed;
    this.pairs = pairs;
  }

  /**
   * A valuation.
   *
   * @param players at least one
   * @param scores how well a coalition does
   * @param seed of resampling, and of orders beyond 12 players; equal seeds give equal values
   * @param pairs how many pairs of orders beyond 12 players, at least 1
   * @return the valuation
   * @throws IllegalArgumentException if there is no player or no pair
   */
  public static Valuation of(List<Player> players, CoalitionScores scores, long seed, int pairs) {
    return new Valuation(players, scores, seed, pairs);
  }

  /** One coalition's scores, flat, each divided by its task's size and the number of tasks. */
  private final class Game {
    private final Map<List<Integer>, double[]> known = new HashMap<>();
    private int[] taskSizes = new int[0];

    /** By the indices of its players, ascending. */
    double[] of(List<Integer> coalition) {
      double[] before = known.get(coalition);
      if (before != null) {
        return before;
      }
      List<Contribution> contributions = new ArrayList<>();
      coalition.forEach(player -> contributions.addAll(players.get(player).contributions()));
      contributions.sort(
          Comparator.comparing((Contribution each) -> each.module().digest())
              .thenComparing(each -> each.module().id()));
      double[] weighted = weighted(scores.of(List.copyOf(contributions)), coalition);
      known.put(coalition, weighted);
      return weighted;
    }

    private double[] weighted(double[][] byTask, List<Integer> coalition) {
      int[] sizes = Arrays.stream(byTask).mapToInt(task -> task.length).toArray();
      if (taskSizes.length == 0) {
        taskSizes = sizes;
      }
      if (sizes.length == 0 || !Arrays.equals(sizes, taskSizes) || contains(sizes, 0)) {
        throw new IllegalArgumentException(
            "expected scores of tasks "
                + Arrays.toString(taskSizes)
                + " for every coalition, each not empty, found "
                + Arrays.toString(sizes)
                + ", at players "
                + coalition);
      }
      double[] flat = new double[Arrays.stream(sizes).sum()];
      int at = 0;
      for (double[] task : byTask) {
        for (double score : task) {
          if (!Double.isFinite(score)) {
            throw new IllegalArgumentException(
                "expected finite scores, found " + score + ", at players " + coalition);
          }
          flat[at++] = score / task.length / byTask.length;
        }
      }
      return flat;
    }

    private boolean contains(int[] sizes, int size) {
      return Arrays.stream(sizes).anyMatch(each -> each == size);
    }
  }

  /**
   * Values every player.
   *
   * @return in the order of the players
   * @throws IllegalArgumentException if scores are not finite or change their shape
   */
  public List<Value> values() {
    Game game = new Game();
    int n = players.size();
    double[] everybody = game.of(range(n));
    double[][] shapley = new double[n][everybody.length];
    double[] samplingErrors = new double[n];
    if (n <= EXACT_PLAYERS) {
      exact(game, shapley);
    } else {
      sampled(game, shapley, samplingErrors);
    }
    double[][] leftOut = new double[n][];
    for (int i = 0; i < n; i++) {
      List<Integer> others = new ArrayList<>(range(n));
      others.remove(Integer.valueOf(i));
      leftOut[i] = minus(everybody, game.of(List.copyOf(others)));
    }
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      double[] interval = interval(shapley[i], game.taskSizes, seed);
      double[] leftOutInterval = interval(leftOut[i], game.taskSizes, seed);
      double value = sum(shapley[i]);
      values.add(
          new Value(
              players.get(i).name(),
              value,
              interval[0],
              interval[1],
              sum(leftOut[i]),
              leftOutInterval[0],
              leftOutInterval[1],
              samplingErrors[i],
              divided(value, players.get(i).owners())));
    }
    return List.copyOf(values);
  }

  private void exact(Game game, double[][] shapley) {
    int n = players.size();
    double[] weights = new double[n];
    for (int size = 0; size < n; size++) {
      weights[size] = 1 / (n * choose(n - 1, size));
    }
    for (int mask = 0; mask < 1 << n; mask++) {
      double[] without = game.of(members(mask));
      for (int i = 0; i < n; i++) {
        if ((mask >> i & 1) == 0) {
          double[] with = game.of(members(mask | 1 << i));
          addTo(shapley[i], minus(with, without), weights[Integer.bitCount(mask)]);
        }
      }
    }
  }

  private void sampled(Game game, double[][] shapley, double[] errors) {
    int n = players.size();
    Random random = new Random(seed);
    double[] squares = new double[n];
    for (int pair = 0; pair < pairs; pair++) {
      int[] order = shuffled(n, random);
      double[][] marginal = new double[n][shapley[0].length];
      addMarginals(game, order, marginal);
      addMarginals(game, reversed(order), marginal);
      for (int i = 0; i < n; i++) {
        addTo(shapley[i], marginal[i], 0.5 / pairs);
        double mean = sum(marginal[i]) / 2;
        squares[i] += mean * mean;
      }
    }
    for (int i = 0; i < n; i++) {
      double mean = sum(shapley[i]);
      double variance = Math.max(0, squares[i] / pairs - mean * mean);
      errors[i] = pairs > 1 ? Math.sqrt(variance / (pairs - 1)) : 0;
    }
  }

  private void addMarginals(Game game, int[] order, double[][] marginal) {
    List<Integer> coalition = new ArrayList<>();
    double[] before = game.of(List.of());
    for (int player : order) {
      coalition.add(player);
      double[] after = game.of(coalition.stream().sorted().toList());
      addTo(marginal[player], minus(after, before), 1);
      before = after;
    }
  }

  /** Percentiles of sums over examples, drawn with replacement within each task. */
  private static double[] interval(double[] perExample, int[] taskSizes, long seed) {
    // The same seed for every player, so that all see the same resamples.
    Random random = new Random(seed);
    double[] sums = new double[RESAMPLES];
    for (int b = 0; b < sums.length; b++) {
      int start = 0;
      for (int size : taskSizes) {
        for (int i = 0; i < size; i++) {
          sums[b] += perExample[start + random.nextInt(size)];
        }
        start += size;
      }
    }
    Arrays.sort(sums);
    int beyond = (int) (TAIL * sums.length);
    return new double[] {sums[beyond], sums[sums.length - 1 - beyond]};
  }

  private static SortedMap<String, Double> divided(
      double value, SortedMap<String, Integer> owners) {
    int all = owners.values().stream().mapToInt(Integer::intValue).sum();
    SortedMap<String, Double> shares = new TreeMap<>();
    owners.forEach((centre, count) -> shares.put(centre, value * count / all));
    return shares;
  }

  private static List<Integer> range(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  private static List<Integer> members(int mask) {
    return IntStream.range(0, EXACT_PLAYERS).filter(i -> (mask >> i & 1) == 1).boxed().toList();
  }

  private static int[] shuffled(int n, Random random) {
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return order;
  }

  private static int[] reversed(int[] order) {
    int[] reversed = new int[order.length];
    Arrays.setAll(reversed, i -> order[order.length - 1 - i]);
    return reversed;
  }

  private static double choose(int n, int k) {
    double choose = 1;
    for (int i = 0; i < k; i++) {
      choose = choose * (n - i) / (i + 1);
    }
    return choose;
  }

  private static double[] minus(double[] one, double[] other) {
    double[] difference = new double[one.length];
    Arrays.setAll(difference, i -> one[i] - other[i]);
    return difference;
  }

  private static void addTo(double[] sum, double[] terms, double weight) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * terms[i];
    }
  }

  private static double sum(double[] terms) {
    double sum = 0;
    for (double term : terms) {
      sum += term;
    }
    return sum;
  }
}
