package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.KMeans;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.Features;
import io.medforge.runtime.Whitening;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Finds out why a mixture answered as it did. */
final class Explaining {
  private final PluginSet plugins;
  private final Optional<LabelSpaces> labels;
  private final OutputMemory memory;
  private final PluginRuns runs;
  private final MixedPrediction prediction;

  private Explaining(
      PluginSet plugins,
      Optional<LabelSpaces> labels,
      OutputMemory memory,
      PluginRuns runs,
      MixedPrediction prediction) {
    this.plugins = plugins;
    this.labels = labels;
    this.memory = memory;
    this.runs = runs;
    this.prediction = prediction;
  }

  static Explanation of(
      PluginSet plugins,
      Optional<LabelSpaces> labels,
      OutputMemory memory,
      PluginRuns runs,
      MixedPrediction prediction,
      int nearest) {
    if (nearest < 0) {
      throw new IllegalArgumentException("expected at least 0 examples, found " + nearest);
    }
    if (!digests(plugins).equals(digests(memory.plugins()))) {
      throw new IncompatiblePluginsException(
          "expected a memory of the mixture's plugins "
              + digests(plugins)
              + ", found one of "
              + digests(memory.plugins()));
    }
    return new Explaining(plugins, labels, memory, runs, prediction).explain(nearest);
  }

  private static List<String> digests(PluginSet plugins) {
    return plugins.plugins().stream()
        .map(plugin -> plugin.id() + " (" + plugin.digest() + ")")
        .toList();
  }

  private Explanation explain(int nearest) {
    double[][] distances = nearest == 0 ? new double[0][] : distances();
    List<Explanation.Opinion> opinions = new ArrayList<>();
    int j = 0;
    for (PluginModule plugin : plugins.plugins()) {
      LabelSpace space = memory.labelSpaces().of(plugin.id());
      double[] probabilities = sameTask(space) ? opinion(j) : new double[0];
      opinions.add(
          new Explanation.Opinion(
              plugin.id(),
              space,
              OutputMemory.get(prediction.weights(), plugin.id()),
              OutputMemory.get(prediction.shares(), plugin.id()),
              Arrays.stream(probabilities).boxed().toList(),
              probabilities.length == 0 ? 0 : probabilities[prediction.predictedClass()],
              probabilities.length > 0
                  && MixedPrediction.highest(probabilities) == prediction.predictedClass(),
              nearest == 0 ? List.of() : neighbours(plugin.id(), space, distances[j], nearest)));
      j++;
    }
    return new Explanation(prediction, opinions, disagreement(opinions));
  }

  private boolean sameTask(LabelSpace space) {
    return labels.isEmpty() || prediction.labels().map(space::equals).orElse(false);
  }

  private double[] opinion(int j) {
    runs.outputs(j);
    return runs.opinion(j, 0);
  }

  /** Whitened distances of the input to the remembered examples, by set. */
  private double[][] distances() {
    List<MemoryPrototypes.Example> examples = MemoryPrototypes.examples(memory);
    Whitening whitening = MemoryPrototypes.whitening(examples);
    Features features = runs.features(memory.features());
    if (features.width() != whitening.width()) {
      throw new IncompatiblePluginsException(
          "expected "
              + whitening.width()
              + " features as in the memory, found "
              + features.width());
    }
    double[] x = new double[features.width()];
    features.read(0, x);
    MemoryPrototypes.Example input = new MemoryPrototypes.Example(x, -1, -1, 1);
    double[] y = MemoryPrototypes.whitened(whitening, List.of(input))[0];
    double[][] points = MemoryPrototypes.whitened(whitening, examples);
    double[][] bySet = new double[plugins.size()][];
    for (int j = 0; j < bySet.length; j++) {
      int group = j;
      bySet[j] =
          IntStream.range(0, points.length)
              .filter(t -> examples.get(t).group() == group)
              .mapToDouble(t -> Math.sqrt(KMeans.distance(points[t], y)))
              .toArray();
    }
    return bySet;
  }

  private List<Explanation.Neighbour> neighbours(
      PluginId plugin, LabelSpace space, double[] distances, int most) {
    RememberedSet set = memory.remembered(plugin);
    int[] classes = memory.classes(plugin);
    Answers own = memory.find(plugin, plugin).orElseThrow();
    return IntStream.range(0, distances.length)
        .boxed()
        .sorted(
            Comparator.<Integer>comparingDouble(row -> distances[row]).thenComparing(row -> row))
        .limit(most)
        .map(
            row ->
                new Explanation.Neighbour(
                    set.rows()[row],
                    space.classes().get(classes[row]),
                    distances[row],
                    StrictMath.exp(own.logLikelihood(row))))
        .toList();
  }

  /** H(sum_j w_j p_j) - sum_j w_j H(p_j), over log C, with weights within the task. */
  private static double disagreement(List<Explanation.Opinion> opinions) {
    double total = 0;
    double[] mixed = new double[0];
    double own = 0;
    for (Explanation.Opinion each : opinions) {
      if (!each.probabilities().isEmpty() && each.weight() > 0) {
        double[] p = each.probabilities().stream().mapToDouble(Double::doubleValue).toArray();
        mixed = mixed.length == 0 ? new double[p.length] : mixed;
        for (int c = 0; c < p.length; c++) {
          mixed[c] += each.weight() * p[c];
        }
        own += each.weight() * Entropy.of(p);
        total += each.weight();
      }
    }
    if (total == 0 || mixed.length < 2) {
      return 0;
    }
    for (int c = 0; c < mixed.length; c++) {
      mixed[c] /= total;
    }
    double divergence = Entropy.of(mixed) - own / total;
    return Math.max(0, Math.min(1, divergence / StrictMath.log(mixed.length)));
  }
}
