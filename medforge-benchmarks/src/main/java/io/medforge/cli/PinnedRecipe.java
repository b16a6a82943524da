package io.medforge.cli;

import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;

/** Ties a recipe to what its adapters hold. */
final class PinnedRecipe {
  private PinnedRecipe() {}

  /**
   * Checks what is pinned and pins the rest.
   *
   * @param recipe what to do
   * @param modules its adapters, read, in its order
   * @return the recipe with the digest of every adapter
   * @throws IllegalArgumentException if an adapter is not what the recipe pinned
   */
  static FusionRecipe of(FusionRecipe recipe, List<PluginModule> modules) {
    List<FusionRecipe.Source> pinned = new ArrayList<>();
    for (int i = 0; i < modules.size(); i++) {
      FusionRecipe.Source source = recipe.adapters().get(i);
      pinned.add(OpenModels.pinned(source, modules.get(i).digest(), "adapter"));
    }
    return recipe.of(pinned);
  }
}
