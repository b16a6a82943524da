package io.medforge.plugin.peft;

import io.medforge.plugin.LowRankUpdate;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The ranks and alphas that give every module its scaling: the most frequent as the common value,
 * the rest as patterns.
 *
 * @param rank r
 * @param alpha lora_alpha
 * @param rankPattern other ranks
 * @param alphaPattern other alphas
 * @param scalings the exact scaling of modules for which alpha / r is not exactly it
 */
record LoraSettings(
    int rank,
    double alpha,
    SortedMap<String, Integer> rankPattern,
    SortedMap<String, Double> alphaPattern,
    SortedMap<String, Double> scalings) {

  /**
   * Settings for some modules, at least one.
   *
   * @throws IllegalArgumentException if a rank or an alpha is too large
   */
  static LoraSettings of(SortedMap<String, LowRankUpdate> updates) {
    SortedMap<String, Integer> ranks = new TreeMap<>();
    SortedMap<String, Double> alphas = new TreeMap<>();
    SortedMap<String, Double> scalings = new TreeMap<>();
    updates.forEach(
        (module, update) -> {
          int rank = rankOf(module, update);
          double alpha = alphaOf(module, update.scaling(), rank);
          ranks.put(module, rank);
          alphas.put(module, alpha);
          if (!sameBits(alpha / rank, update.scaling())) {
            scalings.put(module, update.scaling());
          }
        });
    int rank = mostFrequent(ranks);
    double alpha = mostFrequent(alphas);
    return new LoraSettings(rank, alpha, pattern(ranks, rank), pattern(alphas, alpha), scalings);
  }

  /** The alpha that, divided by r, gives the scaling back; if there is none, the nearest. */
  private static double alphaOf(String module, double scaling, int rank) {
    double alpha = scaling * rank;
    if (!Double.isFinite(alpha)) {
      throw new IllegalArgumentException(
          Refusal.message("a scaling whose product with r is finite", scaling, "module " + module));
    }
    for (double candidate : new double[] {alpha, Math.nextUp(alpha), Math.nextDown(alpha)}) {
      if (sameBits(candidate / rank, scaling)) {
        return candidate;
      }
    }
    return alpha;
  }

  private static int rankOf(String module, LowRankUpdate update) {
    if (update.rank() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          Refusal.message("a rank below 2^31", update.rank(), "module " + module));
    }
    return (int) update.rank();
  }

  /** The most frequent value; of several, the largest. */
  private static <T extends Comparable<T>> T mostFrequent(Map<String, T> values) {
    SortedMap<T, Long> counts =
        values.values().stream()
            .collect(
                Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .max(Map.Entry.<T, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey)
        .orElseThrow();
  }

  /**
   * Patterns that give each module its value under PEFT's rule, whatever the order. Plain names are
   * what every version of PEFT understands, but one may be the end of another ({@code fc1}, {@code
   * blocks.fc1}) or mean something as a pattern; then all are anchored and escaped.
   */
  private static <T> SortedMap<String, T> pattern(SortedMap<String, T> values, T common) {
    SortedMap<String, T> plain = new TreeMap<>();
    SortedMap<String, T> anchored = new TreeMap<>();
    values.forEach(
        (module, value) -> {
          if (!value.equals(common)) {
            plain.put(module, value);
            anchored.put("^" + PythonRegex.escape(module), value);
          }
        });
    return resolves(plain, values, common) ? plain : anchored;
  }

  private static <T> boolean resolves(
      SortedMap<String, T> pattern, SortedMap<String, T> values, T common) {
    if (pattern.keySet().stream().anyMatch(name -> !name.matches("[A-Za-z0-9_.-]+"))) {
      return false;
    }
    PatternRules<T> rules = PatternRules.of(pattern, "the names of the module's layers");
    return values.entrySet().stream()
        .allMatch(entry -> rules.valueFor(entry.getKey(), common).equals(entry.getValue()));
  }

  private static boolean sameBits(double one, double other) {
    return Double.doubleToLongBits(one) == Double.doubleToLongBits(other);
  }
}
