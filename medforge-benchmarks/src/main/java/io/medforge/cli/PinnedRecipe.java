package io.medforge.cli;

import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
      Digest found = modules.get(i).digest();
      source
          .digest()
          .filter(digest -> !digest.equals(found))
          .ifPresent(
              digest -> {
                throw new IllegalArgumentException(
                    "expected what the recipe pins, "
                        + digest
                        + ", found "
                        + found
                        + ", at adapter "
                        + source.path());
              });
      pinned.add(new FusionRecipe.Source(source.path(), source.weight(), Optional.of(found)));
    }
    return recipe.of(pinned);
  }
}
