package io.medforge.merge.fusion;

import io.medforge.merge.Coefficients;
import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.LowRankGram;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Plugins whose one update is a point. */
final class Points {
  static final String LAYER = "point";

  private Points() {}

  static PluginSet plugins(double[][] points) {
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < points.length; i++) {
      Tensor point = Tensor.of(Shape.of(points[i].length), points[i]);
      modules.add(Plugins.module("p" + i, Map.of(LAYER, new DenseUpdate(point))));
    }
    return PluginSet.of(modules);
  }

  /** In the order of the points. */
  static LowRankGram gram(double[][] points) {
    double[][] inner = new double[points.length][points.length];
    List<PluginId> ids = new ArrayList<>();
    for (int i = 0; i < points.length; i++) {
      ids.add(Plugins.id("p" + i));
      for (int j = 0; j < points.length; j++) {
        for (int t = 0; t < points[i].length; t++) {
          inner[i][j] += points[i][t] * points[j][t];
        }
      }
    }
    return LowRankGram.ofInnerProducts(ids, inner);
  }

  static Coefficients weights(double[] weights) {
    Map<PluginId, Double> byPlugin = new TreeMap<>();
    for (int i = 0; i < weights.length; i++) {
      byPlugin.put(Plugins.id("p" + i), weights[i]);
    }
    return Coefficients.perPlugin(byPlugin);
  }

  static double[] combined(double[][] points, List<Double> coefficients) {
    double[] sum = new double[points[0].length];
    for (int i = 0; i < points.length; i++) {
      for (int t = 0; t < sum.length; t++) {
        sum[t] += coefficients.get(i) * points[i][t];
      }
    }
    return sum;
  }

  static List<Double> uniform(int n) {
    return Collections.nCopies(n, 1.0 / n);
  }

  static double[] merge(Fusion.AverageBuilder builder, PluginSet plugins) {
    PluginModule merged = builder.outputType(DType.F64).build().merge(plugins).value();
    return ((DenseUpdate) merged.updates().get(LAYER)).delta().toDoubles();
  }
}
