package io.medforge.merge.mixture;

import io.medforge.merge.kernel.NearestCentres;
import io.medforge.merge.kernel.NearestInGroups;
import io.medforge.merge.kernel.RelativeDistances;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.Features;
import io.medforge.runtime.GateParameters;
import io.medforge.runtime.Whitening;
import java.util.Arrays;
import java.util.List;

/**
 * A gate's arithmetic. Weights are n + 1 numbers that sum to 1, the base's last; a step changes how
 * the plugins share what the base does not have, or gives all to the base. Immutable, and without
 * allocation but for what a runtime or a plugin's answer needs.
 */
@FunctionalInterface
interface GateStep {
  void apply(GateQuery query, double[] weights);

  /** The step of some numbers. */
  static GateStep of(GateParameters numbers) {
    if (numbers instanceof GateParameters.Static fixed) {
      double[] shares = fixed.weights().stream().mapToDouble(Double::doubleValue).toArray();
      return (query, weights) -> share(weights, shares, 0);
    }
    if (numbers instanceof GateParameters.Prototypes prototypes) {
      return new PrototypeStep(prototypes);
    }
    if (numbers instanceof GateParameters.Neighbours neighbours) {
      return new NeighbourStep(neighbours);
    }
    if (numbers instanceof GateParameters.Confidence confidence) {
      return new ConfidenceStep(confidence.sharpness());
    }
    if (numbers instanceof GateParameters.TopK top) {
      return new TopKStep(top.k());
    }
    if (numbers instanceof GateParameters.Abstention abstention) {
      return new AbstentionStep(abstention);
    }
    List<GateStep> steps =
        ((GateParameters.Sequence) numbers).steps().stream().map(GateStep::of).toList();
    return (query, weights) -> steps.forEach(step -> step.apply(query, weights));
  }

  /** Gives the plugins shares of what the base does not have. */
  static void share(double[] weights, double[] shares, int offset) {
    int n = weights.length - 1;
    double part = 1 - weights[n];
    for (int j = 0; j < n; j++) {
      weights[j] = part * shares[offset + j];
    }
  }

  /** Rescales the plugins' weights to what the base does not have; all zero stay so. */
  static void normalise(double[] weights) {
    int n = weights.length - 1;
    double sum = 0;
    for (int j = 0; j < n; j++) {
      sum += weights[j];
    }
    if (sum > 0) {
      double part = 1 - weights[n];
      for (int j = 0; j < n; j++) {
        weights[j] = weights[j] / sum * part;
      }
    }
  }
}

/** Squared whitened distances of a query's input to centres, but for what they have in common. */
final class ComparedDistances {
  private static final int X = 0;
  private static final int DISTANCES = 2;

  private final FeatureExtractor features;
  private final RelativeDistances centres;

  ComparedDistances(FeatureExtractor features, Whitening whitening, Tensor centres) {
    this.features = features;
    this.centres =
        new RelativeDistances(
            whitening.mean().toDoubles(), whitening.factor().toDoubles(), centres.toDoubles());
  }

  /** In a workspace, valid until the next question. */
  double[] of(GateQuery query) {
    Features found = query.features(features, centres.features());
    double[] x = query.workspace(X, centres.features());
    double[] distances = query.workspace(DISTANCES, centres.centres());
    found.read(query.row(), x);
    centres.of(x, distances);
    return distances;
  }

  int size() {
    return centres.centres();
  }
}

/** Squared whitened distances of a query's input to centres. */
final class CentreDistances {
  private static final int X = 0;
  private static final int Y = 1;
  private static final int DISTANCES = 2;

  private final FeatureExtractor features;
  private final NearestCentres centres;

  CentreDistances(FeatureExtractor features, Whitening whitening, Tensor centres) {
    this.features = features;
    this.centres =
        new NearestCentres(
            whitening.mean().toDoubles(), whitening.factor().toDoubles(), centres.toDoubles());
  }

  /** In a workspace, valid until the next question. */
  double[] of(GateQuery query) {
    Features found = query.features(features, centres.features());
    double[] x = query.workspace(X, centres.features());
    double[] distances = query.workspace(DISTANCES, centres.centres());
    found.read(query.row(), x);
    centres.distances(x, query.workspace(Y, centres.coordinates()), distances);
    return distances;
  }

  int size() {
    return centres.centres();
  }
}

/** Nearness to groups of prototypes, and who counts for each group. */
final class PrototypeStep implements GateStep {
  private static final int X = 0;
  private static final int BOUNDS = 1;
  private static final int SCORES = 3;

  private final FeatureExtractor features;
  private final NearestInGroups nearest;
  private final double[] logPriors;
  private final double scale;
  private final double[] routing;

  PrototypeStep(GateParameters.Prototypes numbers) {
    this.features = numbers.features();
    this.nearest =
        new NearestInGroups(
            numbers.whitening().mean().toDoubles(),
            numbers.whitening().factor().toDoubles(),
            numbers.centres().toDoubles(),
            numbers.groups().stream().mapToInt(Integer::intValue).toArray());
    this.logPriors = numbers.logPriors().stream().mapToDouble(Double::doubleValue).toArray();
    this.scale = 2 * numbers.temperature();
    this.routing = numbers.routing().toDoubles();
  }

  @Override
  public void apply(GateQuery query, double[] weights) {
    double[] scores = posterior(query);
    int n = weights.length - 1;
    double part = 1 - weights[n];
    Arrays.fill(weights, 0, n, 0);
    for (int h = 0; h < logPriors.length; h++) {
      for (int j = 0; j < n; j++) {
        weights[j] += part * scores[h] * routing[h * n + j];
      }
    }
    GateStep.normalise(weights);
  }

  /** softmax_h(logPrior_h - min distance / 2 tau), in a workspace; what is common cancels. */
  private double[] posterior(GateQuery query) {
    int groups = logPriors.length;
    Features found = query.features(features, nearest.features());
    double[] x = query.workspace(X, nearest.features());
    double[] scores = query.workspace(SCORES, groups);
    found.read(query.row(), x);
    nearest.of(x, query.roughWorkspace(nearest.centres()), query.workspace(BOUNDS, groups), scores);
    double highest = Double.NEGATIVE_INFINITY;
    for (int h = 0; h < groups; h++) {
      scores[h] = logPriors[h] - scores[h] / scale;
      highest = Math.max(highest, scores[h]);
    }
    double sum = 0;
    for (int h = 0; h < groups; h++) {
      scores[h] = StrictMath.exp(scores[h] - highest);
      sum += scores[h];
    }
    for (int h = 0; h < groups; h++) {
      scores[h] /= sum;
    }
    return scores;
  }
}

/** The k nearest remembered examples vote. */
final class NeighbourStep implements GateStep {
  private final ComparedDistances distances;
  private final double[] counts;
  private final double[] responsibilities;
  private final int k;
  private final double scale;

  NeighbourStep(GateParameters.Neighbours numbers) {
    this.distances =
        new ComparedDistances(numbers.features(), numbers.whitening(), numbers.examples());
    this.counts = numbers.counts().stream().mapToDouble(Double::doubleValue).toArray();
    this.responsibilities = numbers.responsibilities().toDoubles();
    this.k = numbers.k();
    this.scale = 2 * numbers.temperature();
  }

  @Override
  public void apply(GateQuery query, double[] weights) {
    double[] near = distances.of(query);
    int n = weights.length - 1;
    Arrays.fill(weights, 0, n, 0);
    double least = 0;
    for (int found = 0; found < k; found++) {
      int nearest = -1;
      for (int t = 0; t < distances.size(); t++) {
        if (near[t] < Double.POSITIVE_INFINITY && (nearest < 0 || near[t] < near[nearest])) {
          nearest = t;
        }
      }
      least = found == 0 ? near[nearest] : least;
      double vote = counts[nearest] * StrictMath.exp(-(near[nearest] - least) / scale);
      for (int j = 0; j < n; j++) {
        weights[j] += vote * responsibilities[nearest * n + j];
      }
      near[nearest] = Double.POSITIVE_INFINITY;
    }
    GateStep.normalise(weights);
  }
}

/** What came before, times exp(-sharpness entropy). */
record ConfidenceStep(double sharpness) implements GateStep {
  @Override
  public void apply(GateQuery query, double[] weights) {
    query.prepare(weights);
    int n = weights.length - 1;
    double least = Double.POSITIVE_INFINITY;
    double[] doubts = new double[n];
    for (int j = 0; j < n; j++) {
      if (weights[j] > 0) {
        doubts[j] = sharpness * Entropy.normalised(query.ownProbabilities(j));
        least = Math.min(least, doubts[j]);
      }
    }
    for (int j = 0; j < n; j++) {
      if (weights[j] > 0) {
        weights[j] *= StrictMath.exp(least - doubts[j]);
      }
    }
    GateStep.normalise(weights);
  }
}

/** The k largest. */
record TopKStep(int k) implements GateStep {
  private static final int TAKEN = 4;

  @Override
  public void apply(GateQuery query, double[] weights) {
    int n = weights.length - 1;
    if (k >= n) {
      return;
    }
    double[] taken = query.workspace(TAKEN, n);
    Arrays.fill(taken, 0, n, 0);
    for (int found = 0; found < k; found++) {
      int best = -1;
      for (int j = 0; j < n; j++) {
        if (taken[j] == 0 && (best < 0 || weights[j] > weights[best])) {
          best = j;
        }
      }
      taken[best] = 1;
    }
    for (int j = 0; j < n; j++) {
      weights[j] *= taken[j];
    }
    GateStep.normalise(weights);
  }
}

/** All to the base if nothing remembered is near. */
final class AbstentionStep implements GateStep {
  private final CentreDistances distances;
  private final double threshold;

  AbstentionStep(GateParameters.Abstention numbers) {
    this.distances =
        new CentreDistances(numbers.features(), numbers.whitening(), numbers.centres());
    this.threshold = numbers.threshold();
  }

  @Override
  public void apply(GateQuery query, double[] weights) {
    double[] near = distances.of(query);
    double least = Double.POSITIVE_INFINITY;
    for (int p = 0; p < distances.size(); p++) {
      least = Math.min(least, near[p]);
    }
    if (!(least <= threshold)) {
      Arrays.fill(weights, 0);
      weights[weights.length - 1] = 1;
    }
  }
}
