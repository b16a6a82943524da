package io.medforge.merge.fusion;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.LowRankGram;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Coefficients that a rule finds from whole plugins; those given enter as shares. */
record GramWeighting(Weighting given, GramRule rule) implements Weighting {
  private static final double SUM_TOLERANCE = 1e-9;

  @Override
  public Weighted weigh(PluginSet plugins) {
    Weighted before = given.weigh(plugins);
    if (!(before.coefficients() instanceof Coefficients.PerPlugin weights)) {
      throw new IllegalArgumentException(
          "expected coefficients per plugin for a rule over whole plugins, found "
              + before.coefficients());
    }
    LowRankGram gram = LowRankGram.of(plugins);
    List<Double> asked = gram.plugins().stream().map(id -> weights.of(id, "")).toList();
    List<Double> found = rule.coefficients(gram, shares(gram.plugins(), asked, "whole plugins"));
    SortedMap<PluginId, Double> byPlugin = new TreeMap<>();
    for (int i = 0; i < gram.size(); i++) {
      byPlugin.put(gram.plugins().get(i), found.get(i));
    }
    return new Weighted(
        before.order(), withHeads(plugins, Coefficients.perPlugin(byPlugin), weights));
  }

  /** Weights divided by their sum. */
  static List<Double> shares(List<PluginId> plugins, List<Double> weights, String where) {
    double sum = 0;
    for (int i = 0; i < weights.size(); i++) {
      if (weights.get(i) < 0) {
        throw new IncompatiblePluginsException(
            "expected coefficients of at least 0, which are shares under this rule, found "
                + weights.get(i)
                + ", at plugin "
                + plugins.get(i)
                + ", "
                + where);
      }
      sum += weights.get(i);
    }
    if (sum == 0 || !Double.isFinite(sum)) {
      throw new IncompatiblePluginsException(
          "expected coefficients with a finite sum above 0, found " + weights + ", at " + where);
    }
    List<Double> shares = new ArrayList<>();
    for (double weight : weights) {
      shares.add(weight / sum);
    }
    return shares;
  }

  /** Heads are values: they are averaged by shares, those given if the rule leaves none. */
  private static Coefficients withHeads(
      PluginSet plugins, Coefficients.PerPlugin found, Coefficients.PerPlugin before) {
    double sum = 0;
    for (double coefficient : found.weights().values()) {
      sum += coefficient;
    }
    if (Math.abs(sum - 1) <= SUM_TOLERANCE
        || plugins.layers().stream().noneMatch(l -> isHead(plugins, l))) {
      return found;
    }
    Coefficients.PerPlugin heads = sum > SUM_TOLERANCE ? found.normalized() : before.normalized();
    SortedMap<String, Coefficients.PerPlugin> byLayer = new TreeMap<>();
    for (String layer : plugins.layers()) {
      byLayer.put(layer, isHead(plugins, layer) ? heads : found);
    }
    return Coefficients.perLayer(byLayer);
  }

  private static boolean isHead(PluginSet plugins, String layer) {
    for (PluginModule plugin : plugins.plugins()) {
      Update update = plugin.updates().get(layer);
      if (update != null) {
        return update instanceof Replacement;
      }
    }
    return false;
  }
}
