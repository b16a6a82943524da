package io.medforge.forge.mainline;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The mean of dense updates, in canonical order, in double: a small real strategy. */
final class DenseSum implements MergeStrategy<PluginModule> {
  @Override
  public Merged<PluginModule> merge(PluginSet plugins) {
    SortedMap<String, Update> mean = new TreeMap<>();
    for (String layer : plugins.layers()) {
      double[] sum = new double[0];
      Shape shape = Shape.of();
      for (PluginModule plugin : plugins.plugins()) {
        if (plugin.updates().get(layer) instanceof DenseUpdate dense) {
          double[] delta = dense.delta().toDoubles();
          shape = dense.delta().shape();
          sum = sum.length == 0 ? new double[delta.length] : sum;
          for (int i = 0; i < delta.length; i++) {
            sum[i] += delta[i] / plugins.size();
          }
        }
      }
      mean.put(layer, new DenseUpdate(Tensor.of(shape, sum)));
    }
    PluginModule merged =
        PluginModule.of(
            PluginId.parse("main/mean:1"), plugins.base(), Map.copyOf(mean), Provenance.unknown());
    return new Merged<>(
        merged,
        MergeRecord.of("mean", plugins)
            .coefficients(Coefficients.uniform(plugins))
            .build(merged.digest()));
  }
}
