package io.medforge.cli;

import io.medforge.merge.fusion.FusionSpace;
import io.medforge.plugin.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that say what a recipe file can say. */
final class RecipeOptions {
  @Option(
      names = {"-w", "--weights"},
      split = ",",
      paramLabel = "W",
      description =
          "One weight per ADAPTER, in the order given; used as they are, so an average's sum to 1."
              + " Default: 1/n each.")
  private @Nullable List<Double> weights;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      converter = MethodConverter.class,
      completionCandidates = FusionMethod.Signatures.class,
      description =
          "How the adapters become one. Default: mean. Each with the settings that it takes"
              + " (? = may be left out): ${COMPLETION-CANDIDATES}.")
  private @Nullable FusionMethod method;

  @Option(
      names = "--compat",
      paramLabel = "peft-METHOD",
      converter = MethodConverter.class,
      description = "The same as --method, for PEFT's add_weighted_adapter to its very formula.")
  private @Nullable FusionMethod compat;

  @Option(
      names = "--space",
      paramLabel = "product|factors|dense",
      description =
          "Average the products B A (exact), the factors each apart (cheaper, approximate) or the"
              + " products' elements (needs a --rank). Default: what METHOD is made for.")
  private @Nullable FusionSpace space;

  @Option(
      names = "--align",
      paramLabel = "none|procrustes|shared-subspace|rank-padding",
      converter = AlignmentConverter.class,
      description =
          "Write the adapters in a common basis first; for --space factors. Default: none.")
  private @Nullable AlignmentChoice alignment;

  @Option(
      names = "--rank",
      paramLabel = "N|full|energy:0.99|budget:N",
      converter = RankOption.Converter.class,
      description =
          "The rank per layer: at most N, exact, the least that keeps this part of the energy, or"
              + " what spends N parameters best over all layers. Default: full; METHODs on elements"
              + " (ties, dare, ...) need another.")
  private @Nullable RankOption rank;

  @Option(
      names = "--density",
      paramLabel = "D",
      description = "The part of each change that a sparsifying METHOD keeps, above 0 to 1.")
  private @Nullable Double density;

  @Option(names = "--lambda", paramLabel = "L", description = "What the result is multiplied by.")
  private @Nullable Double lambda;

  @Option(
      names = "--set",
      paramLabel = "NAME=NUMBER",
      description = "Any other setting of METHOD, such as --set epsilon=0.1.")
  private @Nullable Map<String, Double> settings;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description = "What random masks are drawn from; needed by dare, dare-ties and della.")
  private @Nullable Long seed;

  @Option(
      names = "--heads",
      paramLabel = "average|keep|refuse",
      converter = HeadConverter.class,
      description =
          "Classifier heads: average within one label space, keep each beside OUT's adapter, or"
              + " refuse them. Default: average.")
  private @Nullable HeadChoice heads;

  @Option(
      names = "--base",
      paramLabel = "NAME",
      description = "The base model's name, where an adapter's configuration does not state it.")
  private @Nullable String base;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  RecipeOptions() {}

  /** Whether anything was said. */
  boolean areGiven() {
    return Stream.of(
            weights, method, compat, space, alignment, rank, density, lambda, settings, seed, heads,
            base)
        .anyMatch(Objects::nonNull);
  }

  /**
   * What was said, as a recipe.
   *
   * @param adapters in the order given
   * @return the recipe
   * @throws IllegalArgumentException if the options do not go together
   */
  FusionRecipe recipe(List<Path> adapters) {
    if (method != null && compat != null) {
      throw new IllegalArgumentException(
          "expected --method or --compat, found both: " + method + " and " + compat);
    }
    if (compat != null && !compat.isPeft()) {
      throw new IllegalArgumentException(
          "expected one of PEFT's methods as --compat, found \"" + compat + "\"");
    }
    FusionMethod chosen = method != null ? method : compat != null ? compat : FusionMethod.MEAN;
    return new FusionRecipe(
        sources(adapters),
        Optional.ofNullable(base),
        chosen,
        new MethodSettings(settings()),
        Optional.ofNullable(space),
        Optional.ofNullable(rank),
        alignment == null ? AlignmentChoice.NONE : alignment,
        seed == null ? OptionalLong.empty() : OptionalLong.of(seed),
        heads == null ? HeadChoice.AVERAGE : heads);
  }

  /**
   * What was said, for whole models.
   *
   * @param kind what is done
   * @param model the base, or what adapters are added to or taken off
   * @param inputs models or adapters, in the order given
   * @param dtype the type to write
   * @return the recipe
   * @throws IllegalArgumentException if something was said that is about adapters only, or the
   *     options do not go together
   */
  ModelRecipe modelRecipe(
      ModelRecipe.Kind kind, @Nullable Path model, List<Path> inputs, @Nullable DType dtype) {
    if (Stream.of(compat, space, alignment, rank, seed, heads, base).anyMatch(Objects::nonNull)) {
      throw new IllegalArgumentException(
          "expected no --compat, --space, --align, --rank, --seed, --heads or --base for whole"
              + " models, found one");
    }
    return new ModelRecipe(
        kind,
        Optional.ofNullable(model)
            .map(path -> new FusionRecipe.Source(path, OptionalDouble.empty(), Optional.empty())),
        sources(inputs),
        method == null ? FusionMethod.MEAN : method,
        new MethodSettings(settings()),
        Optional.ofNullable(dtype));
  }

  private List<FusionRecipe.Source> sources(List<Path> adapters) {
    if (weights != null && weights.size() != adapters.size()) {
      throw new IllegalArgumentException(
          "expected one weight for each of "
              + adapters.size()
              + " adapters, found "
              + weights.size()
              + ": "
              + weights);
    }
    List<FusionRecipe.Source> sources = new ArrayList<>();
    for (int i = 0; i < adapters.size(); i++) {
      OptionalDouble weight =
          weights == null ? OptionalDouble.empty() : OptionalDouble.of(weights.get(i));
      sources.add(new FusionRecipe.Source(adapters.get(i), weight, Optional.empty()));
    }
    return sources;
  }

  private SortedMap<String, Double> settings() {
    SortedMap<String, Double> all = new TreeMap<>();
    if (settings != null) {
      all.putAll(settings);
    }
    put(all, "density", density);
    put(all, "lambda", lambda);
    return all;
  }

  private static void put(Map<String, Double> all, String name, @Nullable Double value) {
    if (value != null && all.put(name, value) != null) {
      throw new IllegalArgumentException(
          "expected --" + name + " or --set " + name + ", found both");
    }
  }

  private static <T> T converted(Choice<T> choice, String text) {
    try {
      return choice.of(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private interface Choice<T> {
    T of(String text);
  }

  /** Reads a method by its name. */
  static final class MethodConverter implements ITypeConverter<FusionMethod> {
    @Override
    public FusionMethod convert(String text) {
      return converted(FusionMethod::of, text);
    }
  }

  /** Reads an alignment by its name. */
  static final class AlignmentConverter implements ITypeConverter<AlignmentChoice> {
    @Override
    public AlignmentChoice convert(String text) {
      return converted(AlignmentChoice::of, text);
    }
  }

  /** Reads a choice of heads by its name. */
  static final class HeadConverter implements ITypeConverter<HeadChoice> {
    @Override
    public HeadChoice convert(String text) {
      return converted(HeadChoice::of, text);
    }
  }
}
