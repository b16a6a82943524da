package io.medforge.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.PeftCompat;
import io.medforge.merge.fusion.PeftSvdOptions;
import io.medforge.merge.fusion.SignVote;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a recipe says, as a strategy. */
final class RecipeStrategy {
  private RecipeStrategy() {}

  /**
   * The strategy.
   *
   * @param recipe what to do
   * @param modules its adapters, read, in its order
   * @return a strategy for exactly these modules
   * @throws IllegalArgumentException if the parts do not go together
   */
  static MergeStrategy<PluginModule> of(FusionRecipe recipe, List<PluginModule> modules) {
    MergeStrategy<PluginModule> merging =
        recipe
            .method()
            .fusion(recipe.settings())
            .map(fusion -> fusion(fusion, recipe, modules))
            .orElseGet(() -> peft(recipe, modules));
    return switch (recipe.heads()) {
      case AVERAGE -> merging;
      case KEEP -> new HeadsApart(merging);
      case REFUSE -> HeadsApart.refusing(merging);
    };
  }

  private static MergeStrategy<PluginModule> fusion(
      Fusion.AverageBuilder fusion, FusionRecipe recipe, List<PluginModule> modules) {
    if (recipe.adapters().get(0).weight().isPresent()) {
      SortedMap<PluginId, Double> byPlugin = new TreeMap<>();
      for (int i = 0; i < modules.size(); i++) {
        byPlugin.put(modules.get(i).id(), recipe.adapters().get(i).weight().getAsDouble());
      }
      fusion.coefficients(Coefficients.perPlugin(byPlugin));
    }
    recipe.space().ifPresent(fusion::space);
    recipe.rank().ifPresent(rank -> fusion.rank(rank.rank()));
    recipe.seed().ifPresent(fusion::seed);
    recipe.alignment().alignment().ifPresent(fusion::align);
    try {
      return fusion.build();
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException("method " + recipe.method() + ": " + e.getMessage(), e);
    }
  }

  private static MergeStrategy<PluginModule> peft(FusionRecipe recipe, List<PluginModule> modules) {
    List<PeftCompat.Adapter> adapters = inOrder(recipe, modules);
    double density = recipe.settings().real("density", 1);
    PeftCompat.Builder builder =
        switch (recipe.method()) {
          case PEFT_LINEAR -> PeftCompat.linear(adapters);
          case PEFT_CAT -> PeftCompat.cat(adapters);
          case PEFT_SVD -> PeftCompat.svd(adapters, svd(recipe));
          case PEFT_MAGNITUDE_PRUNE -> PeftCompat.magnitudePrune(adapters, density);
          case PEFT_MAGNITUDE_PRUNE_SVD ->
              PeftCompat.magnitudePruneSvd(adapters, density, svd(recipe));
          case PEFT_TIES -> PeftCompat.ties(adapters, density, SignVote.UNWEIGHTED);
          case PEFT_TIES_SVD ->
              PeftCompat.tiesSvd(adapters, density, SignVote.UNWEIGHTED, svd(recipe));
          case PEFT_DARE_LINEAR ->
              PeftCompat.dareLinear(adapters, density, recipe.seed().getAsLong());
          case PEFT_DARE_LINEAR_SVD ->
              PeftCompat.dareLinearSvd(adapters, density, recipe.seed().getAsLong(), svd(recipe));
          case PEFT_DARE_TIES_SVD ->
              PeftCompat.dareTiesSvd(
                  adapters, density, SignVote.UNWEIGHTED, recipe.seed().getAsLong(), svd(recipe));
          case PEFT_DARE_TIES ->
              PeftCompat.dareTies(
                  adapters, density, SignVote.UNWEIGHTED, recipe.seed().getAsLong());
          default -> throw new IllegalStateException("expected a PEFT method: " + recipe.method());
        };
    Path first = recipe.adapters().get(0).path();
    return (usesRsLora(first) ? builder.rsLoraFirst() : builder).build();
  }

  /** PEFT sums in the order given and has no default weights; here they are 1/n. */
  private static List<PeftCompat.Adapter> inOrder(FusionRecipe recipe, List<PluginModule> modules) {
    List<PeftCompat.Adapter> ordered = new ArrayList<>();
    for (int i = 0; i < modules.size(); i++) {
      double weight = recipe.adapters().get(i).weight().orElse(1.0 / modules.size());
      ordered.add(new PeftCompat.Adapter(modules.get(i).id(), weight));
    }
    return ordered;
  }

  private static PeftSvdOptions svd(FusionRecipe recipe) {
    PeftSvdOptions options = PeftSvdOptions.of(PeftSvdOptions.Scaling.ONCE_AS_0_21_2);
    return recipe.rank().isPresent()
        ? options.withRank(recipe.rank().get().number().getAsInt())
        : options;
  }

  /** What an adapter's scaling no longer tells once it is read. */
  private static boolean usesRsLora(Path adapter) {
    Path config = adapter.resolve("adapter_config.json");
    try {
      return new ObjectMapper().readTree(config.toFile()).path("use_rslora").asBoolean();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + config, e);
    }
  }
}
