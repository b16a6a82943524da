package io.medforge.merge.fusion;

import io.medforge.merge.kernel.CounterRandom;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Drops most elements of a delta before it is merged, so that plugins disturb each other less.
 * Immutable. Legend: N = number of elements of the tensor, x = an element.
 *
 * <p>What is dropped depends on the tensor, and where chance decides on the seed, the plugin's
 * digest, the layer and the element's index: never on the order of the plugins, the tiling or the
 * threads. Magnitudes are compared exactly, as F32; of equal ones the element of lower index counts
 * as the larger.
 */
public final class Sparsifier {
  private final String name;
  private final SortedMap<String, String> parameters;
  private final boolean seeded;
  private final Pattern pattern;

  /** How one tensor is sparsified. */
  @FunctionalInterface
  interface Pattern {
    ComputedTensor.Elements on(Tensor delta, CounterRandom random, int tile);
  }

  private Sparsifier(String name, Map<String, String> parameters, boolean seeded, Pattern pattern) {
    this.name = name;
    this.parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    this.seeded = seeded;
    this.pattern = pattern;
  }

  /**
   * Keeps the floor(density N) elements of largest magnitude, at least one: the trimming of TIES
   * (Yadav et al., NeurIPS 2023, which keeps 0.2). The exact threshold is found in linear time.
   *
   * @param density the part to keep, above 0 and at most 1
   * @return a sparsifier
   * @throws IllegalArgumentException if the density lies outside its range
   */
  public static Sparsifier magnitude(double density) {
    checkDensity(density);
    return new Sparsifier(
        "magnitude-prune",
        Map.of("density", Double.toString(density)),
        false,
        (delta, random, tile) -> MagnitudeBand.largest(delta, density, tile));
  }

  /**
   * Keeps each element with the same probability, divided by it: DARE (Yu et al., Language models
   * are super Mario, ICML 2024, which keeps 0.1 to 0.5).
   *
   * @param density the probability, above 0 and at most 1
   * @return a sparsifier
   * @throws IllegalArgumentException if the density lies outside its range
   */
  public static Sparsifier random(double density) {
    return random(density, Rescale.INVERSE_PROBABILITY);
  }

  /**
   * Keeps each element with the same probability.
   *
   * @param density the probability, above 0 and at most 1
   * @param rescale what makes up for the rest
   * @return a sparsifier
   * @throws IllegalArgumentException if the density lies outside its range
   */
  public static Sparsifier random(double density, Rescale rescale) {
    checkDensity(density);
    return new Sparsifier(
        "dare",
        Map.of("density", Double.toString(density), "rescale", rescale.name()),
        true,
        (delta, random, tile) ->
            L1Match.unlessNot(
                rescale,
                delta,
                new RandomMask(delta, random, density, rescale == Rescale.INVERSE_PROBABILITY),
                tile));
  }

  /**
   * Keeps each element with a probability that grows with the rank of its magnitude in its row,
   * from density - epsilon to density + epsilon, divided by it: the MagPrune of DELLA (Deep et al.,
   * DELLA-Merging, 2024). A row is what one output sees: the elements of one first index; a vector
   * is one row.
   *
   * @param density the mean probability, above 0 and below 1
   * @param epsilon at least 0, with density - epsilon above 0 and density + epsilon below 1;
   *     mergekit uses 0.15
   * @return a sparsifier
   * @throws IllegalArgumentException if a number lies outside its range
   */
  public static Sparsifier della(double density, double epsilon) {
    return della(density, epsilon, Rescale.INVERSE_PROBABILITY);
  }

  /**
   * As {@link #della(double, double)}.
   *
   * @param density the mean probability, above 0 and below 1
   * @param epsilon at least 0, with density - epsilon above 0 and density + epsilon below 1
   * @param rescale what makes up for the rest
   * @return a sparsifier
   * @throws IllegalArgumentException if a number lies outside its range
   */
  public static Sparsifier della(double density, double epsilon, Rescale rescale) {
    if (!(epsilon >= 0 && density - epsilon > 0 && density + epsilon < 1)) {
      throw new IllegalArgumentException(
          "expected epsilon of at least 0 with density - epsilon above 0 and density + epsilon below"
              + " 1, found density "
              + density
              + ", epsilon "
              + epsilon);
    }
    return new Sparsifier(
        "della",
        Map.of(
            "density",
            Double.toString(density),
            "epsilon",
            Double.toString(epsilon),
            "rescale",
            rescale.name()),
        true,
        (delta, random, tile) ->
            L1Match.unlessNot(
                rescale,
                delta,
                new RankedRandomMask(
                    delta, random, density, epsilon, rescale == Rescale.INVERSE_PROBABILITY),
                tile));
  }

  /**
   * Drops the floor(gamma N) elements of largest magnitude as outliers and keeps the floor(density
   * N) next ones: model breadcrumbs (Davari and Belilovsky, ECCV 2024). Where fewer remain, fewer
   * outliers are dropped, so that the density holds; density 1 keeps everything.
   *
   * @param density the part to keep, above 0 and at most 1
   * @param gamma the part to drop as outliers, at least 0 and below 1; mergekit uses 0.01
   * @return a sparsifier
   * @throws IllegalArgumentException if a number lies outside its range
   */
  public static Sparsifier breadcrumbs(double density, double gamma) {
    checkDensity(density);
    if (!(gamma >= 0 && gamma < 1)) {
      throw new IllegalArgumentException(
          "expected gamma of at least 0 and below 1, found " + gamma);
    }
    return new Sparsifier(
        "breadcrumbs",
        Map.of("density", Double.toString(density), "gamma", Double.toString(gamma)),
        false,
        (delta, random, tile) -> MagnitudeBand.withoutOutliers(delta, density, gamma, tile));
  }

  String name() {
    return name;
  }

  SortedMap<String, String> parameters() {
    return parameters;
  }

  boolean seeded() {
    return seeded;
  }

  /** What is left of a delta, computed whenever it is read. */
  Tensor sparsify(LayerUpdates layer, LayerUpdates.Member member, Tensor delta) {
    if (delta.shape().elements() == 0) {
      return delta;
    }
    return new ComputedTensor(
        delta.shape(), pattern.on(delta, stream(layer, member), layer.tile()));
  }

  private static CounterRandom stream(LayerUpdates layer, LayerUpdates.Member member) {
    String hash =
        Digest.builder().add(layer.seed()).add(member.digest()).add(layer.layer()).build().hex();
    return new CounterRandom(Long.parseUnsignedLong(hash.substring(0, 16), 16));
  }

  private static void checkDensity(double density) {
    if (!(density > 0 && density <= 1)) {
      throw new IllegalArgumentException(
          "expected a density above 0 and at most 1, found " + density);
    }
  }

  /** The name and the parameters. */
  @Override
  public String toString() {
    return name + parameters;
  }
}
