package io.medforge.merge.mixture;

import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.Pool;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes one answer of weighed opinions, and says who spoke. Immutable.
 *
 * @param plugins in canonical order
 * @param labels what their outputs mean
 * @param pool how opinions are mixed
 */
record Mixing(PluginSet plugins, Optional<LabelSpaces> labels, Pool pool) {
  private static final int NO_TASK = -1;

  /** The most likely task's place among the tasks, the first of equals; -1 if there is one only. */
  int task(GateWeights weights) {
    if (labels.isEmpty() || labels.get().tasks().size() == 1) {
      return NO_TASK;
    }
    List<LabelSpace> tasks = labels.get().tasks();
    double[] sums = new double[tasks.size()];
    int j = 0;
    for (PluginModule plugin : plugins.plugins()) {
      sums[tasks.indexOf(labels.get().of(plugin.id()))] += weights.at(j++);
    }
    return MixedPrediction.highest(sums);
  }

  /** Whether a plugin's answer, or at place n the base's, is needed. */
  boolean needs(GateWeights weights, int task, int place) {
    if (place == plugins.size()) {
      return weights.base() > 0;
    }
    return weights.base() == 0 && weights.at(place) > 0 && does(place, task);
  }

  private boolean does(int place, int task) {
    return task == NO_TASK
        || labels
            .map(
                spaces ->
                    spaces.of(plugins.plugins().get(place).id()).equals(spaces.tasks().get(task)))
            .orElse(true);
  }

  /** One row's answer; whoever is needed was run. */
  MixedPrediction mix(PluginRuns runs, GateWeights weights, int task, int row) {
    int n = plugins.size();
    if (weights.base() > 0) {
      return predicted(runs.opinion(n, row), weights, task, new double[n]);
    }
    double[] inTask = new double[n];
    double sum = 0;
    for (int j = 0; j < n; j++) {
      inTask[j] = needs(weights, task, j) ? weights.at(j) : 0;
      sum += inTask[j];
    }
    if (task != NO_TASK) {
      for (int j = 0; j < n; j++) {
        inTask[j] /= sum;
      }
    }
    double[] shares = new double[n];
    double[] mixed =
        pool == Pool.LINEAR ? linear(runs, inTask, row, shares) : log(runs, inTask, row, shares);
    return predicted(mixed, weights, task, shares);
  }

  /** p(c) = sum_j w_j p_j(c). */
  private static double[] linear(PluginRuns runs, double[] w, int row, double[] shares) {
    double[][] opinions = new double[w.length][];
    double[] mixed = new double[0];
    for (int j = 0; j < w.length; j++) {
      if (w[j] > 0) {
        opinions[j] = runs.opinion(j, row);
        mixed = mixed.length == 0 ? new double[opinions[j].length] : mixed;
        for (int c = 0; c < mixed.length; c++) {
          mixed[c] += w[j] * opinions[j][c];
        }
      }
    }
    int predicted = MixedPrediction.highest(mixed);
    for (int j = 0; j < w.length; j++) {
      shares[j] = w[j] > 0 ? w[j] * opinions[j][predicted] / mixed[predicted] : 0;
    }
    return mixed;
  }

  /** log p(c) = sum_j w_j log p_j(c) - log Z. */
  private static double[] log(PluginRuns runs, double[] w, int row, double[] shares) {
    double[][] opinions = new double[w.length][];
    double[] scores = new double[0];
    for (int j = 0; j < w.length; j++) {
      if (w[j] > 0) {
        opinions[j] = runs.logOpinion(j, row);
        scores = scores.length == 0 ? new double[opinions[j].length] : scores;
        for (int c = 0; c < scores.length; c++) {
          scores[c] += w[j] * opinions[j][c];
        }
      }
    }
    int predicted = MixedPrediction.highest(scores);
    evidence(opinions, w, predicted, shares);
    return exponentiated(scores, scores[predicted]);
  }

  private static double[] exponentiated(double[] scores, double highest) {
    double[] mixed = new double[scores.length];
    double sum = 0;
    for (int c = 0; c < mixed.length; c++) {
      mixed[c] = StrictMath.exp(scores[c] - highest);
      sum += mixed[c];
    }
    for (int c = 0; c < mixed.length; c++) {
      mixed[c] /= sum;
    }
    return mixed;
  }

  /** A class that nobody has a name for is no alternative, so it is left out of the mean. */
  private static void evidence(double[][] logs, double[] w, int predicted, double[] shares) {
    double sum = 0;
    for (int j = 0; j < w.length; j++) {
      if (w[j] > 0) {
        double mean = 0;
        int classes = 0;
        for (double log : logs[j]) {
          if (log > PluginRuns.LEAST_JOINED) {
            mean += log;
            classes++;
          }
        }
        shares[j] = w[j] * (logs[j][predicted] - mean / classes);
        sum += shares[j];
      }
    }
    for (int j = 0; j < w.length; j++) {
      shares[j] = sum > 0 && Double.isFinite(sum) ? shares[j] / sum : w[j];
    }
  }

  private MixedPrediction predicted(
      double[] mixed, GateWeights weights, int task, double[] shares) {
    SortedMap<PluginId, Double> listened = new TreeMap<>();
    SortedMap<PluginId, Double> spoke = new TreeMap<>();
    SortedMap<String, Double> tasks = new TreeMap<>();
    int j = 0;
    for (PluginModule plugin : plugins.plugins()) {
      listened.put(plugin.id(), weights.at(j));
      spoke.put(plugin.id(), shares[j]);
      if (labels.isPresent() && weights.base() == 0) {
        tasks.merge(labels.get().of(plugin.id()).name(), weights.at(j), Double::sum);
      }
      j++;
    }
    boolean severalAndSilent = task != NO_TASK && weights.base() > 0;
    Optional<LabelSpace> meaning =
        severalAndSilent
            ? Optional.empty()
            : labels.map(spaces -> spaces.tasks().get(Math.max(0, task)));
    return new MixedPrediction(mixed, meaning, listened, weights.base(), spoke, tasks);
  }
}
