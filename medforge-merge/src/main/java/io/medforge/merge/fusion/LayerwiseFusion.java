package io.medforge.merge.fusion;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Update;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;

/** Merges layer by layer under one rule and keeps the record: what all fusions share. */
record LayerwiseFusion(
    String name,
    SortedMap<String, String> parameters,
    Weighting weighting,
    Function<PluginSet, LayerRule<Update>> rules,
    OptionalLong seed,
    Optional<PluginId> id,
    Optional<ExecutorService> executor)
    implements MergeStrategy<PluginModule> {

  @Override
  public Merged<PluginModule> merge(PluginSet plugins) {
    Weighting.Weighted weighted = weighting.weigh(plugins);
    MergeRecord.Builder record =
        MergeRecord.of(name, plugins).coefficients(weighted.coefficients());
    parameters.forEach(record::parameter);
    seed.ifPresent(record::seed);
    SortedMap<String, Update> updates = new TreeMap<>();
    SortedMap<String, Double> deviations = new TreeMap<>();
    WeightedLayers layers = new WeightedLayers(List.copyOf(plugins.layers()), weighted, executor);
    LayerRule<Update> rule = rules.apply(plugins).planned(layers);
    layers
        .map(rule::merge)
        .forEach(
            (layer, merged) -> {
              if (merged instanceof MergedLayer.Fused fused) {
                updates.put(layer, fused.update());
                deviations.put(layer, fused.deviation());
                record.layer(layer, fused.record());
              } else if (merged instanceof MergedLayer.KeptApart apart) {
                record.keptApart(layer, apart.owners());
              }
            });
    remarkOnDeviation(deviations, record);
    if (updates.isEmpty()) {
      throw new IncompatiblePluginsException(
          "expected at least one layer that can be merged, found only heads of different label"
              + " spaces, at layers "
              + plugins.layers());
    }
    PluginModule fused =
        PluginModule.of(
            id.orElseGet(() -> derivedId(plugins, weighted.coefficients())),
            plugins.base(),
            updates,
            provenance(plugins));
    return new Merged<>(fused, record.build(fused.digest()));
  }

  /** Says how far an inexact rule is from the sum of the products. */
  private static void remarkOnDeviation(
      SortedMap<String, Double> deviations, MergeRecord.Builder record) {
    deviations.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .filter(worst -> worst.getValue() > 0)
        .ifPresent(
            worst ->
                record.remark(
                    String.format(
                        Locale.ROOT,
                        "factors were merged apart, not their products: relative to the weighted"
                            + " sum of the products the result deviates by up to %.3g, at layer %s",
                        worst.getValue(),
                        worst.getKey())));
  }

  /** Depends on the parents' content, the strategy and its settings: equal merges, equal ids. */
  private PluginId derivedId(PluginSet plugins, Coefficients coefficients) {
    Digest.Builder digest = Digest.builder().add(name);
    parameters.forEach((setting, value) -> digest.add(setting).add(value));
    seed.ifPresent(digest::add);
    for (PluginModule plugin : plugins.plugins()) {
      digest.add(plugin.digest());
      for (String layer : plugin.updates().keySet()) {
        digest.add(coefficients.of(plugin.id(), layer));
      }
    }
    return new PluginId("medforge", name, digest.build().hex().substring(0, 16));
  }

  private Provenance provenance(PluginSet plugins) {
    return Provenance.unknown()
        .with("merged-by", name)
        .with(
            "merged-from",
            String.join(" ", plugins.plugins().stream().map(p -> p.id().toString()).toList()));
  }
}
