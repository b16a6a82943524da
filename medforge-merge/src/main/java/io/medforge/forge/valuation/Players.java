package io.medforge.forge.valuation;

import io.medforge.forge.Contribution;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleBiFunction;

/**
 * Finds the players among contributions. Contributions more similar than a threshold are copies of
 * one, and of each such group only the first in canonical order enters coalitions; centres that
 * share a group are one player. So a centre that contributes twice, or under two names, earns in
 * sum what it would earn once. Two different halves of one centre's patients under two names are
 * two honest contributions to whoever only sees modules: that is for the roster to prevent.
 */
public final class Players {
  private Players() {}

  /**
   * Groups contributions into players.
   *
   * @param contributions at least one, in any order
   * @param similarity symmetric, for example the cosine of two modules' changes
   * @param copiesAbove above this two modules count as copies
   * @return the players by name; the same for any order
   * @throws IllegalArgumentException if there is no contribution
   */
  public static List<Player> of(
      List<Contribution> contributions,
      ToDoubleBiFunction<PluginModule, PluginModule> similarity,
      double copiesAbove) {
    if (contributions.isEmpty()) {
      throw new IllegalArgumentException("expected at least one contribution, found none");
    }
    List<Contribution> canonical = new ArrayList<>(contributions);
    canonical.sort(
        Comparator.comparing((Contribution each) -> each.module().digest())
            .thenComparing(each -> each.module().id()));
    int n = canonical.size();
    int[] copyOf = identity(n);
    int[] player = identity(n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        PluginModule one = canonical.get(i).module();
        PluginModule other = canonical.get(j).module();
        if (similarity.applyAsDouble(one, other) > copiesAbove) {
          join(copyOf, i, j);
          join(player, i, j);
        }
        if (one.id().centre().equals(other.id().centre())) {
          join(player, i, j);
        }
      }
    }
    return players(canonical, copyOf, player);
  }

  private static List<Player> players(List<Contribution> canonical, int[] copyOf, int[] player) {
    SortedMap<Integer, List<Integer>> members = new TreeMap<>();
    for (int i = 0; i < canonical.size(); i++) {
      members.computeIfAbsent(root(player, i), root -> new ArrayList<>()).add(i);
    }
    List<Player> players = new ArrayList<>();
    for (List<Integer> group : members.values()) {
      List<Contribution> entering = new ArrayList<>();
      SortedMap<String, SortedSet<Integer>> owned = new TreeMap<>();
      for (int i : group) {
        if (root(copyOf, i) == i) {
          entering.add(canonical.get(i));
        }
        owned
            .computeIfAbsent(canonical.get(i).module().id().centre(), c -> new TreeSet<>())
            .add(root(copyOf, i));
      }
      SortedMap<String, Integer> owners = new TreeMap<>();
      owned.forEach((centre, distinct) -> owners.put(centre, distinct.size()));
      players.add(new Player(String.join("+", owned.keySet()), entering, owners));
    }
    players.sort(Comparator.comparing(Player::name));
    return List.copyOf(players);
  }

  private static int[] identity(int n) {
    int[] parents = new int[n];
    Arrays.setAll(parents, i -> i);
    return parents;
  }

  /** The lower root stays, so a group is known by its first in canonical order. */
  private static void join(int[] parents, int one, int other) {
    int a = root(parents, one);
    int b = root(parents, other);
    parents[Math.max(a, b)] = Math.min(a, b);
  }

  private static int root(int[] parents, int of) {
    int at = of;
    while (parents[at] != at) {
      at = parents[at];
    }
    return at;
  }
}
