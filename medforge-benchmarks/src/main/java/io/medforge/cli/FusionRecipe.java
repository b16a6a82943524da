package io.medforge.cli;

import io.medforge.merge.fusion.FusionSpace;
import io.medforge.plugin.Digest;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Everything that decides what a fusion makes: the one model behind the command line and the recipe
 * file. Valid if it exists.
 *
 * @param adapters what is fused; at least one, with a weight each or none
 * @param base the base's name where an adapter does not state it
 * @param method how
 * @param settings the method's numbers
 * @param space where low-rank updates are averaged, if not where the method does first
 * @param rank the rank per layer, if not the method's own
 * @param alignment what is done before
 * @param seed of what is random
 * @param heads what becomes of heads
 */
record FusionRecipe(
    List<Source> adapters,
    Optional<String> base,
    FusionMethod method,
    MethodSettings settings,
    Optional<FusionSpace> space,
    Optional<RankOption> rank,
    AlignmentChoice alignment,
    OptionalLong seed,
    HeadChoice heads)
    implements Recipe {

  /**
   * One adapter.
   *
   * @param path its folder
   * @param weight how much it counts; 1/n if none is given
   * @param digest what it must hold, if that is pinned
   */
  record Source(Path path, OptionalDouble weight, Optional<Digest> digest) {}

  /**
   * Copies and checks.
   *
   * @throws IllegalArgumentException if the parts do not go together; the message names them
   */
  FusionRecipe {
    adapters = List.copyOf(adapters);
    Objects.requireNonNull(base, "base");
    if (adapters.isEmpty()) {
      throw new IllegalArgumentException("expected at least one adapter, found none");
    }
    checkWeights(adapters);
    method.check(settings);
    checkSpace(method, space, rank, alignment, heads);
    checkRank(method, rank);
    if (method.takesSeed() != seed.isPresent()) {
      throw new IllegalArgumentException(
          "expected "
              + (method.takesSeed() ? "a seed" : "no seed")
              + " with method "
              + method
              + ", which takes "
              + method.signature());
    }
  }

  /** One for each, or none; finite. */
  static void checkWeights(List<Source> adapters) {
    boolean weighted = adapters.get(0).weight().isPresent();
    for (Source adapter : adapters) {
      if (adapter.weight().isPresent() != weighted) {
        throw new IllegalArgumentException(
            "expected a weight for every adapter or for none, found "
                + (weighted ? "none" : "one")
                + " at adapter "
                + adapter.path());
      }
      if (weighted && !Double.isFinite(adapter.weight().getAsDouble())) {
        throw new IllegalArgumentException(
            "expected finite weights, found "
                + adapter.weight().getAsDouble()
                + ", at adapter "
                + adapter.path());
      }
    }
  }

  private static void checkSpace(
      FusionMethod method,
      Optional<FusionSpace> space,
      Optional<RankOption> rank,
      AlignmentChoice alignment,
      HeadChoice heads) {
    if (method.isPeft()) {
      if (space.isPresent()) {
        throw new IllegalArgumentException(
            "expected no space with method "
                + method
                + ", since PEFT's own formula fixes what is averaged, found "
                + space.get());
      }
      if (alignment != AlignmentChoice.NONE) {
        throw new IllegalArgumentException(
            "expected no alignment with method " + method + ", found " + alignment);
      }
    }
    if (rank.isPresent() && space.equals(Optional.of(FusionSpace.FACTORS))) {
      throw new IllegalArgumentException(
          "expected no rank in space factors, which keeps the adapters' own, found " + rank.get());
    }
    Objects.requireNonNull(heads, "heads");
  }

  private static void checkRank(FusionMethod method, Optional<RankOption> rank) {
    if (rank.isEmpty()) {
      return;
    }
    if (!method.takesRank()) {
      throw new IllegalArgumentException(
          "expected no rank with method " + method + ", found " + rank.get());
    }
    if (method.isPeft() && rank.get().number().isEmpty()) {
      throw new IllegalArgumentException(
          "expected a whole number as rank with method " + method + ", found " + rank.get());
    }
  }

  /**
   * The same recipe with every adapter's content pinned.
   *
   * @param pinned as many as there are adapters, in their order
   */
  FusionRecipe of(List<Source> pinned) {
    return new FusionRecipe(pinned, base, method, settings, space, rank, alignment, seed, heads);
  }

  /** The adapters' folders, in order. */
  List<Path> paths() {
    return adapters.stream().map(Source::path).toList();
  }
}
