package io.medforge.cli;

import io.medforge.cli.FusionRecipe.Source;
import io.medforge.merge.checkpoint.AdapterExtraction;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Everything that decides what {@code extract} makes.
 *
 * @param base the base
 * @param trained the model that was trained from it
 * @param rank the greatest rank
 * @param energy the part of each tensor's energy that is enough, if not all of the rank is used
 * @param remainder what becomes of changed tensors without factors
 * @param layout how weights are stored
 * @param dtype the factors' type
 * @param id the adapter's
 * @param baseName what the adapter calls its base
 */
record ExtractionRecipe(
    Source base,
    Source trained,
    int rank,
    OptionalDouble energy,
    AdapterExtraction.Remainder remainder,
    LowRankUpdate.Layout layout,
    DType dtype,
    Optional<PluginId> id,
    Optional<String> baseName)
    implements Recipe {
  /** Checks that nothing is missing; {@link #settings} checks the numbers. */
  ExtractionRecipe {
    Objects.requireNonNull(base, "base");
    Objects.requireNonNull(trained, "trained");
  }

  /**
   * As the library takes them.
   *
   * @throws IllegalArgumentException if a number lies outside its range
   */
  AdapterExtraction.Builder settings() {
    AdapterExtraction.Builder settings =
        AdapterExtraction.ofRank(rank).remainder(remainder).layout(layout).type(dtype);
    energy.ifPresent(settings::energy);
    return settings;
  }

  /** The same with everything stated. */
  ExtractionRecipe of(Source pinnedBase, Source pinnedModel, PluginId named, String baseNamed) {
    return new ExtractionRecipe(
        pinnedBase,
        pinnedModel,
        rank,
        energy,
        remainder,
        layout,
        dtype,
        Optional.of(named),
        Optional.of(baseNamed));
  }
}
