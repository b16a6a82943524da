package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Spreads parameters over layers where they keep most energy. See {@link Rank#budget}. */
final class RankBudget {
  private RankBudget() {}

  /**
   * What a layer offers.
   *
   * @param layer its name
   * @param cost parameters per rank, d + k
   * @param values its singular values above the rounding error, descending
   */
  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  record Offer(String layer, long cost, double[] values) {}

  /**
   * The ranks.
   *
   * @param budget how many parameters may be spent
   * @param offers one per layer, in canonical order, which decides between equals
   * @return a rank of at least 1 per offer
   * @throws IncompatiblePluginsException if the budget does not hold rank 1 everywhere
   */
  static int[] spend(long budget, List<Offer> offers) {
    int[] ranks = new int[offers.size()];
    long left = budget;
    for (int i = 0; i < ranks.length; i++) {
      ranks[i] = 1;
      left -= offers.get(i).cost();
    }
    if (left < 0) {
      throw new IncompatiblePluginsException(
          "expected a budget of at least "
              + (budget - left)
              + " parameters, which rank 1 at each of "
              + ranks.length
              + " low-rank layers takes, found "
              + budget);
    }
    PriorityQueue<Next> queue =
        new PriorityQueue<>(
            Comparator.comparingDouble(Next::worth).reversed().thenComparingInt(Next::index));
    for (int i = 0; i < ranks.length; i++) {
      offer(queue, offers, ranks, i);
    }
    while (!queue.isEmpty()) {
      int i = queue.remove().index();
      long cost = offers.get(i).cost();
      // What does not fit now never will.
      if (cost <= left) {
        left -= cost;
        ranks[i]++;
        offer(queue, offers, ranks, i);
      }
    }
    return ranks;
  }

  private static void offer(PriorityQueue<Next> queue, List<Offer> offers, int[] ranks, int i) {
    Offer offer = offers.get(i);
    if (ranks[i] < offer.values().length) {
      queue.add(new Next(i, offer.values()[ranks[i]] / Math.sqrt((double) offer.cost())));
    }
  }

  /** The root of the energy per parameter of a layer's next singular value: no square overflows. */
  private record Next(int index, double worth) {}
}
