package io.medforge.runtime;

import io.medforge.plugin.LabelMapping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A mixture in plain Java, one input after another: what an exported one must equal. */
public final class ReferenceMixture {
  private final ModelRuntime runtime;
  private final MixtureParameters mixture;

  public ReferenceMixture(ModelRuntime runtime, MixtureParameters mixture) {
    this.runtime = runtime;
    this.mixture = mixture;
  }

  /** Of one input. */
  public static final class Answer {
    private final double[] probabilities;
    private final double[] shares;

    Answer(double[] probabilities, double[] shares) {
      this.probabilities = probabilities.clone();
      this.shares = shares.clone();
    }

    public double[] probabilities() {
      return probabilities.clone();
    }

    public double[] shares() {
      return shares.clone();
    }

    public boolean abstained() {
      return Arrays.stream(shares).sum() == 0;
    }
  }

  public List<Answer> answers(ModelInput batch) {
    List<Answer> answers = new ArrayList<>();
    List<Outputs> outputs = mixture.plugins().stream().map(p -> runtime.run(p, batch)).toList();
    Outputs base = runtime.runBase(batch);
    for (int row = 0; row < batch.size(); row++) {
      double[][] logits = new double[outputs.size()][];
      for (int j = 0; j < logits.length; j++) {
        logits[j] = scaled(outputs.get(j).logits(row), mixture.temperatures().get(j));
      }
      double[] equal = new double[logits.length];
      Arrays.fill(equal, 1.0 / equal.length);
      double[] shares = weigh(mixture.gate(), equal, batch, row, logits);
      double[] mixed =
          Arrays.stream(shares).sum() == 0 ? base.probabilities(row) : pool(logits, shares);
      answers.add(new Answer(mixed, shares));
    }
    return answers;
  }

  private static double[] scaled(float[] logits, double temperature) {
    double[] scaled = new double[logits.length];
    for (int c = 0; c < scaled.length; c++) {
      scaled[c] = logits[c] / temperature;
    }
    return scaled;
  }

  private double[] pool(double[][] logits, double[] shares) {
    double[] mixed = null;
    for (int j = 0; j < logits.length; j++) {
      double[] opinion = softmax(logits[j]);
      if (!mixture.labels().isEmpty()) {
        for (LabelMapping join : mixture.joins()) {
          opinion = join.from().equals(mixture.labels().get(j)) ? join.apply(opinion) : opinion;
        }
      }
      mixed = mixed == null ? new double[opinion.length] : mixed;
      for (int c = 0; c < mixed.length && shares[j] > 0; c++) {
        mixed[c] +=
            shares[j]
                * (mixture.pool() == Pool.LINEAR
                    ? opinion[c]
                    : Math.log(Math.max(opinion[c], Double.MIN_NORMAL)));
      }
    }
    return mixture.pool() == Pool.LINEAR ? mixed : softmax(mixed);
  }

  private double[] weigh(
      GateParameters gate, double[] before, ModelInput batch, int row, double[][] logits) {
    int n = before.length;
    if (gate instanceof GateParameters.Static fixed) {
      return fixed.weights().stream().mapToDouble(w -> w).toArray();
    }
    if (gate instanceof GateParameters.Sequence sequence) {
      double[] now = before;
      for (GateParameters step : sequence.steps()) {
        now = weigh(step, now, batch, row, logits);
      }
      return now;
    }
    if (gate instanceof GateParameters.Prototypes g) {
      double[] d = distances(g.features(), g.whitening(), g.centres().toDoubles(), batch, row);
      double[] score = new double[g.logPriors().size()];
      for (int h = 0; h < score.length; h++) {
        double least = Double.POSITIVE_INFINITY;
        for (int p = 0; p < d.length; p++) {
          least = g.groups().get(p) == h ? Math.min(least, d[p]) : least;
        }
        score[h] = g.logPriors().get(h) - least / (2 * g.temperature());
      }
      double[] q = softmax(score);
      double[] routing = g.routing().toDoubles();
      double[] shares = new double[n];
      for (int i = 0; i < routing.length; i++) {
        shares[i % n] += q[i / n] * routing[i];
      }
      return shares;
    }
    if (gate instanceof GateParameters.Neighbours g) {
      double[] d = distances(g.features(), g.whitening(), g.examples().toDoubles(), batch, row);
      List<Integer> order = new ArrayList<>(IntStream.range(0, d.length).boxed().toList());
      order.sort(Comparator.comparing(t -> d[t]));
      double[] responsibilities = g.responsibilities().toDoubles();
      double[] shares = new double[n];
      for (int t : order.subList(0, g.k())) {
        double vote =
            g.counts().get(t) * Math.exp(-(d[t] - d[order.get(0)]) / (2 * g.temperature()));
        for (int j = 0; j < n; j++) {
          shares[j] += vote * responsibilities[t * n + j];
        }
      }
      return normalised(shares);
    }
    if (gate instanceof GateParameters.TopK g) {
      List<Integer> order = new ArrayList<>(IntStream.range(0, n).boxed().toList());
      order.sort(Comparator.comparing(j -> -before[j]));
      double[] kept = before.clone();
      order.subList(Math.min(n, g.k()), n).forEach(j -> kept[j] = 0);
      return normalised(kept);
    }
    if (gate instanceof GateParameters.Confidence g) {
      double[] weights = before.clone();
      for (int j = 0; j < n; j++) {
        double entropy = 0;
        for (double p : softmax(logits[j])) {
          entropy -= p * Math.log(p);
        }
        weights[j] *= Math.exp(-g.sharpness() * entropy / Math.log(logits[j].length));
      }
      return normalised(weights);
    }
    GateParameters.Abstention g = (GateParameters.Abstention) gate;
    double[] d = distances(g.features(), g.whitening(), g.centres().toDoubles(), batch, row);
    return Collections.min(Arrays.stream(d).boxed().toList()) > g.threshold()
        ? new double[n]
        : before;
  }

  /** |F (phi - mean) - c|^2. */
  private double[] distances(
      FeatureExtractor features, Whitening whitening, double[] points, ModelInput batch, int row) {
    float[] phi = features.extract(runtime, batch).row(row);
    double[] mean = whitening.mean().toDoubles();
    double[] factor = whitening.factor().toDoubles();
    double[] y = new double[whitening.size()];
    for (int i = 0; i < factor.length; i++) {
      y[i / mean.length] += factor[i] * (phi[i % mean.length] - mean[i % mean.length]);
    }
    double[] distances = new double[points.length / y.length];
    for (int i = 0; i < points.length; i++) {
      double difference = y[i % y.length] - points[i];
      distances[i / y.length] += difference * difference;
    }
    return distances;
  }

  private static double[] normalised(double[] weights) {
    double sum = Arrays.stream(weights).sum();
    return sum == 0 ? weights : Arrays.stream(weights).map(w -> w / sum).toArray();
  }

  private static double[] softmax(double[] logits) {
    double highest = Arrays.stream(logits).max().orElseThrow();
    double[] exp = Arrays.stream(logits).map(z -> Math.exp(z - highest)).toArray();
    return normalised(exp);
  }
}
