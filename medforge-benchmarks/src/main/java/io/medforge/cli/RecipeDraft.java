package io.medforge.cli;

import io.medforge.cli.FusionRecipe.Source;
import io.medforge.merge.checkpoint.AdapterExtraction;
import io.medforge.merge.fusion.FusionSpace;
import io.medforge.plugin.DType;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A recipe, as far as it was read. Not thread-safe. */
final class RecipeDraft {
  final List<Source> adapters = new ArrayList<>();
  final List<Source> models = new ArrayList<>();
  final SortedMap<String, Double> settings = new TreeMap<>();
  @Nullable FusionMethod method;
  @Nullable AlignmentChoice alignment;
  @Nullable HeadChoice heads;
  OptionalLong seed = OptionalLong.empty();
  @Nullable String base;
  @Nullable FusionSpace space;
  @Nullable RankOption rank;
  @Nullable DType dtype;
  @Nullable OfExtraction extraction;
  boolean versioned;
  private final SortedMap<String, Source> whole = new TreeMap<>();

  /** An adapter or model, as far as it was read. */
  static final class OfSource {
    @Nullable Path path;
    OptionalDouble weight = OptionalDouble.empty();
    Optional<Digest> digest = Optional.empty();
  }

  /** An extraction, as far as it was read. */
  static final class OfExtraction {
    @Nullable Integer rank;
    OptionalDouble energy = OptionalDouble.empty();
    AdapterExtraction.Remainder rest = AdapterExtraction.Remainder.REFUSE;
    LowRankUpdate.Layout layout = LowRankUpdate.Layout.OUT_IN;
    DType dtype = DType.F32;
    @Nullable PluginId id;
    @Nullable String base;
  }

  /** Takes {@code base-model}, {@code into} or {@code out-of}. */
  void model(String name, Source source) {
    whole.put(name, source);
  }

  /**
   * The recipe.
   *
   * @throws IllegalArgumentException if its parts do not go together
   */
  Recipe recipe() {
    if (models.isEmpty() && whole.isEmpty() && extraction == null) {
      if (dtype != null) {
        throw new IllegalArgumentException("expected no dtype for adapters, found " + dtype);
      }
      return new FusionRecipe(
          adapters,
          Optional.ofNullable(base),
          Objects.requireNonNullElse(method, FusionMethod.MEAN),
          new MethodSettings(settings),
          Optional.ofNullable(space),
          Optional.ofNullable(rank),
          Objects.requireNonNullElse(alignment, AlignmentChoice.NONE),
          seed,
          Objects.requireNonNullElse(heads, HeadChoice.AVERAGE));
    }
    boolean adaptersOnly =
        Stream.of(base, space, rank, alignment, heads).anyMatch(Objects::nonNull)
            || seed.isPresent();
    if (adaptersOnly || whole.size() > 1) {
      throw new IllegalArgumentException(
          "expected one of base-model, into and out-of, and no base, space, rank, align, seed and"
              + " heads for whole models, found others");
    }
    return extraction == null ? ofModels() : extracted(extraction);
  }

  private ModelRecipe ofModels() {
    boolean fuse = !whole.containsKey("into") && !whole.containsKey("out-of");
    if (!(fuse ? adapters : models).isEmpty()) {
      throw new IllegalArgumentException(
          fuse ? "expected models, found adapters" : "expected adapters, found models");
    }
    ModelRecipe.Kind kind =
        fuse
            ? ModelRecipe.Kind.FUSE
            : whole.containsKey("into") ? ModelRecipe.Kind.INTO : ModelRecipe.Kind.OUT_OF;
    return new ModelRecipe(
        kind,
        whole.values().stream().findFirst(),
        fuse ? models : adapters,
        Objects.requireNonNullElse(method, FusionMethod.MEAN),
        new MethodSettings(settings),
        Optional.ofNullable(dtype));
  }

  private ExtractionRecipe extracted(OfExtraction said) {
    Source from = whole.get("base-model");
    boolean others = !adapters.isEmpty() || method != null || !settings.isEmpty() || dtype != null;
    if (from == null || models.size() != 1 || said.rank == null || others) {
      throw new IllegalArgumentException(
          "expected a rank, a base-model and one model to extract from, and nothing else, found "
              + models.size()
              + " models and "
              + (from == null ? "no base-model" : "other names"));
    }
    return new ExtractionRecipe(
        from,
        models.get(0),
        said.rank,
        said.energy,
        said.rest,
        said.layout,
        said.dtype,
        Optional.ofNullable(said.id),
        Optional.ofNullable(said.base));
  }
}
