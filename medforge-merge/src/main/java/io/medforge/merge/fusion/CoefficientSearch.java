package io.medforge.merge.fusion;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Objective;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Looks for the coefficients under which a merge is least bad, one per plugin or one per plugin and
 * layer:
 *
 * <pre>{@code
 * min over w in [lower, upper]^D of objective(w), from w = 1/n, in at most `evaluations` evaluations
 * }</pre>
 *
 * <p>Without gradients: by Brent's method for one coefficient, BOBYQA (Powell, 2009) for up to 20,
 * CMA-ES (Hansen, arXiv 1604.00772) beyond. With {@link DistilledLoss} this is MedForge-Fusion, in
 * the manner of LoraHub (Huang et al., COLM 2024), over all plugins at once instead of pair by
 * pair.
 *
 * <pre>{@code
 * DistilledLoss loss = DistilledLoss.of(plugins, sets, runtime).build();
 * SearchedCoefficients found = CoefficientSearch.perPlugin(100, 42).build().minimise(plugins, loss);
 * }</pre>
 *
 * <p>The result is never worse than the start, within the bounds and the budget, and does not
 * depend on the order in which plugins were given; the same seed and objective give the same bytes
 * on every JVM. Equal points are evaluated once. Immutable and thread-safe.
 */
public final class CoefficientSearch {
  private static final double BOUND = 1.5;

  private final BoundedSearch search;
  private final boolean perLayer;

  private CoefficientSearch(BoundedSearch search, boolean perLayer) {
    this.search = search;
    this.perLayer = perLayer;
  }

  /**
   * One coefficient per plugin: D = n.
   *
   * @param evaluations how often the objective may be asked, at least 1; 2 n + 1 only explore
   * @param seed of whatever is random: CMA-ES, that is with more than 20 coefficients
   * @return a builder
   * @throws IllegalArgumentException if there is no evaluation to spend
   */
  public static Builder perPlugin(int evaluations, long seed) {
    return new Builder(evaluations, seed, false);
  }

  /**
   * One coefficient per plugin and layer: D = the number of plugins' layers. Where a plugin lacks a
   * layer its coefficient is 0.
   *
   * @param evaluations how often the objective may be asked, at least 1
   * @param seed of whatever is random: CMA-ES, that is with more than 20 coefficients
   * @return a builder
   * @throws IllegalArgumentException if there is no evaluation to spend
   */
  public static Builder perLayer(int evaluations, long seed) {
    return new Builder(evaluations, seed, true);
  }

  /** Settings of a search; each may be set once. Not thread-safe. */
  public static final class Builder {
    private final boolean perLayer;
    private BoundedSearch search;
    private boolean bounded;

    private Builder(int evaluations, long seed, boolean perLayer) {
      this.search = new BoundedSearch(-BOUND, BOUND, evaluations, seed);
      this.perLayer = perLayer;
    }

    /**
     * Where every coefficient must lie. Default -1.5 to 1.5.
     *
     * @param lower finite
     * @param upper finite, above {@code lower}; 1/n must lie between them
     * @return this
     * @throws IllegalArgumentException if the bounds are not finite or the wrong way round
     * @throws IllegalStateException if set before
     */
    public Builder bounds(double lower, double upper) {
      if (bounded) {
        throw new IllegalStateException(
            "expected bounds to be set once, found "
                + search.lower()
                + " to "
                + search.upper()
                + ", then "
                + lower
                + " to "
                + upper);
      }
      search = new BoundedSearch(lower, upper, search.budget(), search.seed());
      bounded = true;
      return this;
    }

    /**
     * Ends the settings.
     *
     * @return the search
     */
    public CoefficientSearch build() {
      return new CoefficientSearch(search, perLayer);
    }
  }

  /**
   * Searches.
   *
   * @param plugins whose coefficients
   * @param objective what to make small
   * @return the best coefficients seen
   * @throws IllegalArgumentException if 1/n lies outside the bounds
   * @throws IllegalStateException if the objective gives a loss that is not finite
   */
  public SearchedCoefficients minimise(PluginSet plugins, Objective objective) {
    List<Place> places = places(plugins);
    double[] start = new double[places.size()];
    Arrays.fill(start, 1.0 / plugins.size());
    BoundedSearch.Found found =
        search.minimise(start, w -> objective.loss(coefficients(plugins, places, w)));
    return new SearchedCoefficients(
        coefficients(plugins, places, found.point()),
        found.trace(),
        BoundedSearch.optimiser(start.length),
        found.converged());
  }

  /**
   * MedForge-Fusion as a strategy: searches, then merges with what it found. The record states
   * seed, bounds, budget, evaluations used, the loss at the start and at the end, and the digests
   * of the distilled sets.
   *
   * @param losses the loss for a plugin set, for example {@code plugins ->
   *     DistilledLoss.of(plugins, sets, runtime).build()}
   * @return a strategy; it throws as {@link #minimise} and {@code losses} do
   */
  public MergeStrategy<PluginModule> fusion(Function<PluginSet, DistilledLoss> losses) {
    return new SearchedFusion(this, losses);
  }

  long seed() {
    return search.seed();
  }

  /** As text, for the record. */
  SortedMap<String, String> parameters() {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("search-granularity", perLayer ? "layer" : "plugin");
    parameters.put("search-bounds", search.lower() + " " + search.upper());
    parameters.put("search-budget", Integer.toString(search.budget()));
    return parameters;
  }

  /** Which coefficient a number is; the layer says nothing where there is one per plugin. */
  private record Place(String layer, PluginId plugin) {}

  private List<Place> places(PluginSet plugins) {
    List<Place> places = new ArrayList<>();
    for (String layer : perLayer ? plugins.layers() : List.of("")) {
      for (PluginModule plugin : plugins.plugins()) {
        if (!perLayer || plugin.update(layer).isPresent()) {
          places.add(new Place(layer, plugin.id()));
        }
      }
    }
    return places;
  }

  private Coefficients coefficients(PluginSet plugins, List<Place> places, double[] w) {
    SortedMap<String, SortedMap<PluginId, Double>> byLayer = new TreeMap<>();
    for (String layer : perLayer ? plugins.layers() : List.of("")) {
      SortedMap<PluginId, Double> none = new TreeMap<>();
      plugins.plugins().forEach(plugin -> none.put(plugin.id(), 0.0));
      byLayer.put(layer, none);
    }
    for (int i = 0; i < w.length; i++) {
      Place place = places.get(i);
      double weight = w[i];
      byLayer.computeIfPresent(
          place.layer(),
          (layer, weights) -> {
            weights.put(place.plugin(), weight);
            return weights;
          });
    }
    SortedMap<String, Coefficients.PerPlugin> parts = new TreeMap<>();
    byLayer.forEach((layer, weights) -> parts.put(layer, Coefficients.perPlugin(weights)));
    return perLayer ? Coefficients.perLayer(parts) : parts.values().iterator().next();
  }
}
