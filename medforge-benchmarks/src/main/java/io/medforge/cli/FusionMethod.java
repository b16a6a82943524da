package io.medforge.cli;

import com.google.common.collect.ImmutableList;
import io.medforge.merge.fusion.AveragingRule;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.GramRule;
import io.medforge.merge.fusion.SignVote;
import io.medforge.merge.fusion.Sparsifier;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The values of {@code --method}: every rule of Fusion that needs nothing but adapters, and PEFT's
 * combination types. Each knows the settings that it takes: names of numbers, a question mark after
 * those that may be left out, and {@code seed} for what draws random numbers.
 */
enum FusionMethod {
  MEAN("mean", rule(s -> AveragingRule.mean())),
  TASK_ARITHMETIC(
      "task-arithmetic", rule(s -> AveragingRule.taskArithmetic(s.real("lambda"))), "lambda"),
  TIES("ties", scaled(s -> AveragingRule.ties(s.real("density", 0.2))), "density?", "lambda?"),
  DARE("dare", scaled(s -> AveragingRule.dare(s.real("density"))), "density", "lambda?", "seed"),
  DARE_TIES("dare-ties", scaled(FusionMethod::dareTies), "density", "lambda?", "seed"),
  DELLA(
      "della",
      scaled(s -> AveragingRule.della(s.real("density"), s.real("epsilon"))),
      "density",
      "epsilon",
      "lambda?",
      "seed"),
  MAGNITUDE(
      "magnitude",
      scaled(s -> AveragingRule.magnitudePrune(s.real("density"))),
      "density",
      "lambda?"),
  BREADCRUMBS(
      "breadcrumbs",
      scaled(s -> AveragingRule.breadcrumbs(s.real("density"), s.real("gamma"))),
      "density",
      "gamma",
      "lambda?"),
  TSV_M("tsv-m", scaled(s -> AveragingRule.tsvM()), "lambda?"),
  ISO_C("iso-c", scaled(s -> AveragingRule.isoC()), "lambda?"),
  MEDIAN("median", rule(s -> AveragingRule.coordinateMedian())),
  TRIMMED_MEAN("trimmed-mean", rule(s -> AveragingRule.trimmedMean(s.whole("k"))), "k"),
  SLERP("slerp", gram(s -> GramRule.slerp()), "per-layer?"),
  KARCHER("karcher", gram(s -> GramRule.karcher()), "per-layer?"),
  MODEL_STOCK("model-stock", gram(s -> GramRule.modelStock()), "per-layer?"),
  GEOMETRIC_MEDIAN("geometric-median", gram(s -> GramRule.geometricMedian()), "per-layer?"),
  KRUM("krum", gram(s -> GramRule.krum(s.whole("f"))), "f", "per-layer?"),
  MULTI_KRUM(
      "multi-krum",
      gram(s -> GramRule.multiKrum(s.whole("f"), s.whole("m"))),
      "f",
      "m",
      "per-layer?"),
  NORM_CLIP("norm-clip", gram(FusionMethod::normClipping), "norm?", "per-layer?"),
  CENTRED_CLIP(
      "centred-clip", gram(FusionMethod::centredClipping), "radius?", "steps?", "per-layer?"),
  PEFT_LINEAR("peft-linear", null),
  PEFT_CAT("peft-cat", null),
  PEFT_SVD("peft-svd", null),
  PEFT_MAGNITUDE_PRUNE("peft-magnitude-prune", null, "density"),
  PEFT_MAGNITUDE_PRUNE_SVD("peft-magnitude-prune-svd", null, "density"),
  PEFT_TIES("peft-ties", null, "density"),
  PEFT_TIES_SVD("peft-ties-svd", null, "density"),
  PEFT_DARE_LINEAR("peft-dare-linear", null, "density", "seed"),
  PEFT_DARE_LINEAR_SVD("peft-dare-linear-svd", null, "density", "seed"),
  PEFT_DARE_TIES("peft-dare-ties", null, "density", "seed"),
  PEFT_DARE_TIES_SVD("peft-dare-ties-svd", null, "density", "seed");

  /** The flag, 0 or 1, that asks a Gram rule anew at each layer. */
  static final String PER_LAYER = "per-layer";

  static final String SEED = "seed";

  private final String text;

  @SuppressWarnings("ImmutableEnumChecker") // Only lambdas of this enum, without state.
  private final @Nullable Function<MethodSettings, Fusion.AverageBuilder> fusion;

  private final ImmutableList<String> takes;

  FusionMethod(
      String text,
      @Nullable Function<MethodSettings, Fusion.AverageBuilder> fusion,
      String... takes) {
    this.text = text;
    this.fusion = fusion;
    this.takes = ImmutableList.copyOf(takes);
  }

  /**
   * A method by its name.
   *
   * @param text its name
   * @return the method
   * @throws IllegalArgumentException if there is none of this name
   */
  static FusionMethod of(String text) {
    return Named.find("method", text, values());
  }

  /** What merges, or empty for PEFT's combination types. */
  Optional<Fusion.AverageBuilder> fusion(MethodSettings settings) {
    return fusion == null ? Optional.empty() : Optional.of(fusion.apply(settings));
  }

  /** Whether this is one of PEFT's own, which fix what is averaged and sum in the order given. */
  boolean isPeft() {
    return fusion == null;
  }

  /** Whether a rank may be chosen. */
  boolean takesRank() {
    return !isPeft() || text.endsWith("svd");
  }

  boolean takesSeed() {
    return takes.contains(SEED);
  }

  /**
   * Refuses settings that are not this method's, and missing ones.
   *
   * @param settings by name
   * @throws IllegalArgumentException naming the setting, and what the method takes
   */
  void check(MethodSettings settings) {
    for (String name : settings.values().keySet()) {
      if (name.equals(SEED) || !(takes.contains(name) || takes.contains(name + "?"))) {
        throw new IllegalArgumentException(
            "expected no " + name + " with method " + text + ", which takes " + signature());
      }
    }
    if (settings.has(PER_LAYER) && !Set.of(0.0, 1.0).contains(settings.real(PER_LAYER))) {
      throw new IllegalArgumentException(
          "expected 0 or 1 as " + PER_LAYER + ", found " + settings.real(PER_LAYER));
    }
    for (String name : takes) {
      if (!name.endsWith("?") && !name.equals(SEED) && !settings.has(name)) {
        throw new IllegalArgumentException(
            "expected a " + name + " with method " + text + ", which takes " + signature());
      }
    }
  }

  /** What it takes, for people: {@code density, lambda?, seed}. */
  String signature() {
    return takes.isEmpty() ? "no settings" : String.join(", ", takes);
  }

  /** Every method with what it takes, for the help. */
  static final class Signatures implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(values())
          .map(m -> m.takes.isEmpty() ? m.text : m.text + " (" + m.signature() + ")")
          .iterator();
    }
  }

  private static Function<MethodSettings, Fusion.AverageBuilder> rule(
      Function<MethodSettings, AveragingRule> rule) {
    return settings -> Fusion.by(rule.apply(settings));
  }

  private static Function<MethodSettings, Fusion.AverageBuilder> scaled(
      Function<MethodSettings, AveragingRule> rule) {
    return settings ->
        Fusion.by(
            settings.has("lambda")
                ? rule.apply(settings).times(settings.real("lambda"))
                : rule.apply(settings));
  }

  private static Function<MethodSettings, Fusion.AverageBuilder> gram(
      Function<MethodSettings, GramRule> rule) {
    return settings ->
        settings.real(PER_LAYER, 0) == 0
            ? Fusion.by(rule.apply(settings))
            : Fusion.by(rule.apply(settings).perLayer());
  }

  private static AveragingRule dareTies(MethodSettings settings) {
    return AveragingRule.elected(Sparsifier.random(settings.real("density")), SignVote.WEIGHTED);
  }

  private static GramRule normClipping(MethodSettings settings) {
    return settings.has("norm")
        ? GramRule.normClipping(settings.real("norm"))
        : GramRule.normClipping();
  }

  private static GramRule centredClipping(MethodSettings settings) {
    if (settings.has("radius") != settings.has("steps")) {
      throw new IllegalArgumentException(
          "expected radius and steps with method centred-clip, or neither, found "
              + settings.values());
    }
    return settings.has("radius")
        ? GramRule.centredClipping(settings.real("radius"), settings.whole("steps"))
        : GramRule.centredClipping();
  }

  @Override
  public String toString() {
    return text;
  }
}
