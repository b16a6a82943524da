package io.medforge.study.xray;

import io.medforge.forge.Contribution;
import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.mainline.StrategySource;
import io.medforge.forge.mainline.VersionSummary;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.MedForgeReference;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import io.medforge.study.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The same contributions, offered in several orders: all six of three hospitals, of more as many
 * drawn ones.
 *
 * @param arrivals one per order
 * @param versions of the main branch that merged by Fusion, in the first order
 */
record Arrivals(List<Arrival> arrivals, List<VersionSummary> versions) {
  private static final int ORDERS = 6;
  private static final int ALL_ORDERS = 3;

  /** Copies the lists. */
  Arrivals {
    arrivals = List.copyOf(arrivals);
    versions = List.copyOf(versions);
  }

  /**
   * One order.
   *
   * @param order the hospitals' numbers, from 0
   * @param fusion the digest of the item that Fusion made
   * @param mixture of the item that Mixture made
   * @param reference what the published fold makes in this order; with up to three hospitals alone
   */
  record Arrival(
      List<Integer> order, Digest fusion, Digest mixture, Optional<PluginModule> reference) {
    /** For readers: hospitals from 1. */
    String name() {
      return String.join(
          "-", order.stream().map(hospital -> Integer.toString(hospital + 1)).toList());
    }
  }

  static Arrivals of(XrayRun run) {
    List<Arrival> arrivals = new ArrayList<>();
    List<VersionSummary> versions = List.of();
    for (List<Integer> order : orders(run.contributions().size())) {
      List<Contribution> offered = order.stream().map(run.contributions()::get).toList();
      Mainline<PluginModule> fusion =
          Mainline.of(Fusion.average().rank(XrayModels.RANK).build()).build();
      offered.forEach(fusion::offer);
      if (versions.isEmpty()) {
        versions = fusion.versions();
      }
      Mainline<MixtureModel> mixture = Mainline.ofSource(mixtures(run)).build();
      offered.forEach(mixture::offer);
      arrivals.add(
          new Arrival(
              order, fusion.head().digest(), mixture.head().digest(), reference(run, offered)));
    }
    return new Arrivals(arrivals, versions);
  }

  private static Optional<PluginModule> reference(XrayRun run, List<Contribution> offered) {
    if (offered.size() > ALL_ORDERS) {
      return Optional.empty();
    }
    return Optional.of(
        MedForgeReference.inOrder(
                offered.stream().map(each -> each.module().id()).toList(),
                run.sets(),
                run.runtime())
            .merge(run.plugins())
            .value());
  }

  private static StrategySource<MixtureModel> mixtures(XrayRun run) {
    return canonical ->
        Mixture.gatedBy(Gate.memory(OutputMemory.record(canonical, run.runtime()))).build();
  }

  /** Different items that Fusion made. */
  long fusions() {
    return arrivals.stream().map(Arrival::fusion).distinct().count();
  }

  /** Different items that Mixture made. */
  long mixtures() {
    return arrivals.stream().map(Arrival::mixture).distinct().count();
  }

  /** Different modules that the published fold made; 0 if it was not asked. */
  long references() {
    return arrivals.stream()
        .flatMap(each -> each.reference().map(PluginModule::digest).stream())
        .distinct()
        .count();
  }

  private static List<List<Integer>> orders(int hospitals) {
    List<Integer> named = new ArrayList<>();
    for (int i = 0; i < hospitals; i++) {
      named.add(i);
    }
    List<List<Integer>> orders = new ArrayList<>();
    if (hospitals <= ALL_ORDERS) {
      permute(new ArrayList<>(), named, orders);
      return orders;
    }
    orders.add(named);
    while (orders.size() < ORDERS) {
      List<Integer> drawn = new ArrayList<>(named);
      Collections.shuffle(drawn, Seeds.random(orders.size(), "arrival"));
      orders.add(List.copyOf(drawn));
    }
    return orders;
  }

  private static void permute(
      List<Integer> start, List<Integer> rest, List<List<Integer>> complete) {
    if (rest.isEmpty()) {
      complete.add(List.copyOf(start));
    }
    for (Integer next : rest) {
      List<Integer> longer = new ArrayList<>(start);
      longer.add(next);
      permute(longer, rest.stream().filter(each -> !each.equals(next)).toList(), complete);
    }
  }
}
