package io.medforge.runtime.onnx;

import io.medforge.plugin.Tensor;
import io.medforge.runtime.GateParameters;
import io.medforge.runtime.Whitening;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Adds a gate: the formulas of {@link GateParameters}, in double, so that distances lose no digits
 * to cancellation. Not thread-safe.
 */
final class GateGraph {
  private static final String PREFIX = Hook.prefix() + "gate";

  private final GraphBody body;
  private final FeatureGraph features;
  private final PluginAnswers answers;
  private final String input;
  private int steps;

  /** Shares before abstention {@code [n, plugins]}, and where the base answers, {@code [n, 1]}. */
  record Gated(String shares, Optional<String> abstained) {}

  GateGraph(GraphBody body, FeatureGraph features, PluginAnswers answers, String input) {
    this.body = body;
    this.features = features;
    this.answers = answers;
    this.input = input;
  }

  /** Adds a gate that begins with equal weights. */
  Gated add(GateParameters gate) {
    double equal = 1.0 / answers.plugins();
    return apply(gate, Optional.empty(), Collections.nCopies(answers.plugins(), equal));
  }

  private Gated apply(GateParameters gate, Optional<Gated> before, List<Double> equal) {
    if (gate instanceof GateParameters.Sequence sequence) {
      Optional<Gated> now = before;
      for (GateParameters step : sequence.steps()) {
        now = Optional.of(apply(step, now, equal));
      }
      return now.orElseThrow();
    }
    String prefix = PREFIX + steps++ + ":";
    if (gate instanceof GateParameters.Static fixed) {
      return new Gated(constant(fixed.weights(), prefix), Optional.empty());
    }
    if (gate instanceof GateParameters.Prototypes prototypes) {
      return new Gated(prototypes(prototypes, prefix), Optional.empty());
    }
    if (gate instanceof GateParameters.Neighbours neighbours) {
      return new Gated(neighbours(neighbours, prefix), Optional.empty());
    }
    Gated from =
        before.orElseGet(() -> new Gated(constant(equal, prefix + "equal:"), Optional.empty()));
    if (gate instanceof GateParameters.TopK topK) {
      return new Gated(topK(topK, from.shares(), prefix), from.abstained());
    }
    if (gate instanceof GateParameters.Confidence confidence) {
      return new Gated(confidence(confidence, from.shares(), prefix), from.abstained());
    }
    if (gate instanceof GateParameters.Abstention abstention) {
      String far = far(abstention, prefix);
      Optional<String> either =
          from.abstained().map(other -> body.node("Or", prefix + "either", other, far));
      return new Gated(from.shares(), Optional.of(either.orElse(far)));
    }
    throw new AssertionError(gate);
  }

  /** A row for every input, however many there are. */
  private String constant(List<Double> weights, String prefix) {
    double[] row = weights.stream().mapToDouble(Double::doubleValue).toArray();
    String shape = body.node("Shape", prefix + "shape", input);
    String size = body.node("Gather", prefix + "size", shape, body.integers(prefix + "first", 0));
    String width = body.integers(prefix + "width", row.length);
    String target = body.node("Concat", "axis", 0, prefix + "target", size, width);
    return body.node(
        "Expand", prefix + "shares", body.doubles(prefix + "row", row, 1, row.length), target);
  }

  private String prototypes(GateParameters.Prototypes gate, String prefix) {
    String y = whitened(features.add(gate.features()), gate.whitening(), prefix);
    String distances = distances(y, gate.whitening().size(), gate.centres(), prefix);
    int groups = gate.logPriors().size();
    String[] least = new String[groups];
    for (int group = 0; group < groups; group++) {
      long[] members = membersOf(group, gate.groups());
      String columns = body.integers(prefix + "members" + group, members);
      String own = body.node("Gather", "axis", 1, prefix + "own" + group, distances, columns);
      least[group] = body.rowMinimum(own, prefix + "least" + group);
    }
    String nearest = body.node("Concat", "axis", 1, prefix + "nearest", least);
    String scale = body.number(prefix + "scale", -1 / (2 * gate.temperature()));
    String closeness = body.node("Mul", prefix + "closeness", nearest, scale);
    double[] priors = gate.logPriors().stream().mapToDouble(Double::doubleValue).toArray();
    String score =
        body.node(
            "Add", prefix + "score", closeness, body.doubles(prefix + "priors", priors, 1, groups));
    String posterior = body.node("Softmax", "axis", 1, prefix + "groups", score);
    return body.node(
        "MatMul", prefix + "shares", posterior, matrix(gate.routing(), prefix + "routing"));
  }

  private static long[] membersOf(int group, List<Integer> groups) {
    List<Integer> members = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      if (groups.get(i) == group) {
        members.add(i);
      }
    }
    return members.stream().mapToLong(Integer::longValue).toArray();
  }

  /** The k nearest have their votes, all others none. */
  private String neighbours(GateParameters.Neighbours gate, String prefix) {
    String y = whitened(features.add(gate.features()), gate.whitening(), prefix);
    String distances = distances(y, gate.whitening().size(), gate.examples(), prefix);
    String closeness = body.node("Neg", prefix + "closeness", distances);
    List<String> nearest = body.largest(closeness, gate.k(), prefix + "nearest");
    String least = body.rowMinimum(distances, prefix + "least");
    String beyond = body.node("Add", prefix + "beyond", nearest.get(0), least);
    String scale = body.number(prefix + "scale", 1 / (2 * gate.temperature()));
    String log = body.node("Mul", prefix + "log", beyond, scale);
    String kernel = body.node("Exp", prefix + "kernel", log);
    double[] counts = gate.counts().stream().mapToDouble(Double::doubleValue).toArray();
    String stored = body.doubles(prefix + "counts", counts, counts.length);
    String count = body.node("Gather", prefix + "count", stored, nearest.get(1));
    String vote = body.node("Mul", prefix + "vote", kernel, count);
    String votes = scattered(distances, nearest.get(1), vote, prefix + "votes");
    String total = body.rowSum(votes, counts.length, prefix + "total");
    String share = body.node("Div", prefix + "vote-share", votes, total);
    return body.node(
        "MatMul",
        prefix + "shares",
        share,
        matrix(gate.responsibilities(), prefix + "responsibilities"));
  }

  private String topK(GateParameters.TopK gate, String shares, String prefix) {
    int k = Math.min(gate.k(), answers.plugins());
    List<String> kept = body.largest(shares, k, prefix + "kept");
    String only = scattered(shares, kept.get(1), kept.get(0), prefix + "only");
    return normalised(only, prefix);
  }

  private String confidence(GateParameters.Confidence gate, String shares, String prefix) {
    String[] entropies = new String[answers.plugins()];
    for (int j = 0; j < entropies.length; j++) {
      entropies[j] = answers.relativeEntropy(j);
    }
    String entropy = body.node("Concat", "axis", 1, prefix + "entropies", entropies);
    String scale = body.number(prefix + "sharpness", -gate.sharpness());
    String log = body.node("Mul", prefix + "log", entropy, scale);
    String trust = body.node("Exp", prefix + "trust", log);
    return normalised(body.node("Mul", prefix + "weighed", shares, trust), prefix);
  }

  private String far(GateParameters.Abstention gate, String prefix) {
    String y = whitened(features.add(gate.features()), gate.whitening(), prefix);
    String distances = distances(y, gate.whitening().size(), gate.centres(), prefix);
    String least = body.rowMinimum(distances, prefix + "least");
    return body.node(
        "Greater", prefix + "far", least, body.number(prefix + "threshold", gate.threshold()));
  }

  private String normalised(String weights, String prefix) {
    String sum = body.rowSum(weights, answers.plugins(), prefix + "sum");
    return body.node("Div", prefix + "shares", weights, sum);
  }

  /** Zeros in the shape of a matrix, but these values in these columns. */
  private String scattered(String like, String columns, String values, String output) {
    String zeros = body.node("Sub", output + ":zeros", like, like);
    return body.node("ScatterElements", "axis", 1, output, zeros, columns, values);
  }

  private String whitened(String phi, Whitening whitening, String prefix) {
    double[] mean = whitening.mean().toDoubles();
    String centred =
        body.node(
            "Sub", prefix + "centred", phi, body.doubles(prefix + "mean", mean, 1, mean.length));
    int width = whitening.width();
    int size = whitening.size();
    double[] factor = transposed(whitening.factor().toDoubles(), size, width);
    return body.node(
        "MatMul",
        prefix + "whitened",
        centred,
        body.doubles(prefix + "factor", factor, width, size));
  }

  /** |y - c|^2 = |y|^2 - 2 y c' + |c|^2, {@code [n, centres]}. */
  private String distances(String y, int size, Tensor centres, String prefix) {
    double[] points = centres.toDoubles();
    int count = points.length / size;
    double[] norms = new double[count];
    for (int i = 0; i < points.length; i++) {
      norms[i / size] += points[i] * points[i];
    }
    double[] twice = transposed(points, count, size);
    for (int i = 0; i < twice.length; i++) {
      twice[i] *= -2;
    }
    String squares = body.node("Mul", prefix + "squares", y, y);
    String own = body.rowSum(squares, size, prefix + "own-norm");
    String products =
        body.node(
            "MatMul", prefix + "products", y, body.doubles(prefix + "centres", twice, size, count));
    String sum =
        body.node(
            "Add",
            prefix + "norms",
            products,
            body.doubles(prefix + "centre-norms", norms, 1, count));
    return body.node("Add", prefix + "distances", sum, own);
  }

  private String matrix(Tensor tensor, String name) {
    return body.doubles(name, tensor.toDoubles(), tensor.shape().toArray());
  }

  private static double[] transposed(double[] matrix, int rows, int columns) {
    double[] result = new double[matrix.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        result[j * rows + i] = matrix[i * columns + j];
      }
    }
    return result;
  }
}
