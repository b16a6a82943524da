package io.medforge.study.evidence;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.Contribution;
import io.medforge.merge.Coefficients;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.CoefficientSearch;
import io.medforge.merge.fusion.DistilledLoss;
import io.medforge.merge.mixture.FittedWeights;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.PluginId;
import io.medforge.report.LineChart;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The weights that a rule gives the plugins as hospitals join one after another.
 *
 * @param steps after each arrival, every weight by plugin; step i holds i + 1 plugins
 */
public record WeightPath(List<SortedMap<PluginId, Double>> steps) {
  /** Copies. */
  public WeightPath {
    steps =
        steps.stream().map(step -> Collections.unmodifiableSortedMap(new TreeMap<>(step))).toList();
  }

  /**
   * The weights of a fitted mixture.
   *
   * @param arrived the hospitals' modules and distilled sets, in order of arrival
   * @param runtime their base
   * @return the path: each step fitted to the sets of those that have joined
   */
  public static WeightPath fitted(List<Contribution> arrived, ModelRuntime runtime) {
    List<SortedMap<PluginId, Double>> steps = new ArrayList<>();
    for (int joined = 1; joined <= arrived.size(); joined++) {
      OutputMemory memory = OutputMemory.record(arrived.subList(0, joined), runtime);
      steps.add(FittedWeights.fit(memory).byPlugin());
    }
    return new WeightPath(steps);
  }

  /**
   * The weights that Fusion's search finds.
   *
   * @param arrived the hospitals' modules and distilled sets, in order of arrival
   * @param runtime their base
   * @param evaluations of each search
   * @param seed of each search
   * @return the path: each step searched over the sets of those that have joined
   */
  public static WeightPath searched(
      List<Contribution> arrived, ModelRuntime runtime, int evaluations, long seed) {
    List<SortedMap<PluginId, Double>> steps = new ArrayList<>();
    for (int joined = 1; joined <= arrived.size(); joined++) {
      List<Contribution> part = arrived.subList(0, joined);
      PluginSet plugins = PluginSet.of(part.stream().map(Contribution::module).toList());
      SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
      part.forEach(each -> sets.put(each.module().id(), each.distilled()));
      Coefficients found =
          CoefficientSearch.perPlugin(evaluations, seed)
              .build()
              .minimise(plugins, DistilledLoss.of(plugins, sets, runtime).build())
              .coefficients();
      if (!(found instanceof Coefficients.PerPlugin perPlugin)) {
        throw new IllegalStateException("expected coefficients per plugin, found others");
      }
      steps.add(perPlugin.weights());
    }
    return new WeightPath(steps);
  }

  /**
   * Draws one line per hospital, from when it joined.
   *
   * @param title what weighs
   * @param sentence for a physician
   * @return the figure
   */
  public Exhibit exhibit(String title, String sentence) {
    List<LineChart.Series> series = new ArrayList<>();
    for (PluginId plugin : steps.get(steps.size() - 1).keySet()) {
      List<Double> x = new ArrayList<>();
      List<Double> y = new ArrayList<>();
      for (int i = 0; i < steps.size(); i++) {
        Double weight = steps.get(i).get(plugin);
        if (weight != null) {
          x.add(i + 1.0);
          y.add(weight);
        }
      }
      series.add(new LineChart.Series(plugin.centre(), x, y));
    }
    return new Exhibit(LineChart.of(title, "hospitals so far", "weight", series).draw(), sentence);
  }

  /**
   * For programs.
   *
   * @return one object per step, weights by centre; a new tree
   */
  public ArrayNode toJson() {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (SortedMap<PluginId, Double> step : steps) {
      ObjectNode line = json.addObject();
      step.forEach((plugin, weight) -> line.put(plugin.centre(), EvidenceJson.rounded(weight)));
    }
    return json;
  }
}
