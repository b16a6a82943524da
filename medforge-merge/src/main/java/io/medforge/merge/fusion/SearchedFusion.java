package io.medforge.merge.fusion;

import io.medforge.merge.MergeRecord;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginModule;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Searches coefficients, merges with them and says in the record how they were found. */
record SearchedFusion(CoefficientSearch search, Function<PluginSet, DistilledLoss> losses)
    implements MergeStrategy<PluginModule> {
  @Override
  public Merged<PluginModule> merge(PluginSet plugins) {
    DistilledLoss loss = losses.apply(plugins);
    SearchedCoefficients found = search.minimise(plugins, loss);
    Merged<PluginModule> fused = loss.fuse(found.coefficients());
    SortedMap<String, String> parameters = new TreeMap<>(fused.record().parameters());
    parameters.putAll(search.parameters());
    parameters.putAll(loss.parameters());
    parameters.put("search-optimiser", found.optimiser());
    parameters.put("search-evaluations", Integer.toString(found.evaluations()));
    parameters.put("search-loss-at-start", Double.toString(found.startLoss()));
    parameters.put("search-loss", Double.toString(found.loss()));
    return new Merged<>(fused.value(), amended(fused.record(), parameters));
  }

  private MergeRecord amended(MergeRecord record, SortedMap<String, String> parameters) {
    return new MergeRecord(
        "fusion.search",
        parameters,
        record.base(),
        record.parents(),
        record.coefficients(),
        OptionalLong.of(search.seed()),
        record.layers(),
        record.keptApart(),
        record.remarks(),
        record.environment(),
        record.result());
  }
}
