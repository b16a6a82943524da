package io.medforge.merge.fusion;

import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The ranks of all low-rank layers under one budget. */
final class RankPlan {
  /** Where a layer's values are costly, they are found in portions of at first this size. */
  private static final int FIRST_PORTION = 32;

  private RankPlan() {}

  /** Finds the first singular values of a layer's result, at least as many as wanted or all. */
  @FunctionalInterface
  interface Spectra {
    Leading of(String layer, List<WeightedUpdate<Update>> updates, int wanted);
  }

  /**
   * Singular values above the rounding error, descending.
   *
   * @param complete whether there are no more that could be kept
   */
  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  record Leading(double[] values, boolean complete) {}

  /** A rank for every low-rank layer. */
  static SortedMap<String, Rank> of(long budget, WeightedLayers layers, Spectra spectra) {
    SortedMap<String, Leading> known = leading(layers, spectra, FIRST_PORTION);
    SortedMap<String, Long> costs = new TreeMap<>();
    layers
        .map((layer, updates) -> cost(updates))
        .forEach((layer, cost) -> cost.ifPresent(value -> costs.put(layer, value)));
    while (true) {
      List<RankBudget.Offer> offers = new ArrayList<>();
      known.forEach(
          (layer, leading) ->
              offers.add(
                  new RankBudget.Offer(layer, costs.getOrDefault(layer, 0L), leading.values())));
      int[] ranks = RankBudget.spend(budget, offers);
      SortedMap<String, Rank> plan = new TreeMap<>();
      List<String> tooShort = new ArrayList<>();
      int wanted = 0;
      for (int i = 0; i < ranks.length; i++) {
        RankBudget.Offer offer = offers.get(i);
        Leading leading = known.getOrDefault(offer.layer(), new Leading(new double[0], true));
        plan.put(offer.layer(), Rank.of(ranks[i]));
        if (!leading.complete() && ranks[i] >= leading.values().length) {
          tooShort.add(offer.layer());
          wanted = Math.max(wanted, 2 * leading.values().length);
        }
      }
      if (tooShort.isEmpty()) {
        return Collections.unmodifiableSortedMap(plan);
      }
      known.putAll(leading(layers.only(tooShort), spectra, wanted));
    }
  }

  private static SortedMap<String, Leading> leading(
      WeightedLayers layers, Spectra spectra, int wanted) {
    SortedMap<String, Leading> leading = new TreeMap<>();
    layers
        .map((layer, updates) -> cost(updates).map(cost -> spectra.of(layer, updates, wanted)))
        .forEach((layer, found) -> found.ifPresent(values -> leading.put(layer, values)));
    return leading;
  }

  /** d + k of a low-rank layer. */
  private static Optional<Long> cost(List<WeightedUpdate<Update>> updates) {
    return updates.get(0).update() instanceof LowRankUpdate lowRank
        ? Optional.of(lowRank.out() + lowRank.in())
        : Optional.empty();
  }
}
