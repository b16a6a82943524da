package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.Tensor;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/** The weighted median of every element, or its weighted mean without the k extremes each side. */
record CoordinateRule(OptionalInt cut) implements AveragingRule {
  CoordinateRule {
    if (cut.isPresent() && cut.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "expected to cut at least 1 on each side, found "
              + cut.getAsInt()
              + " (which would be the mean)");
    }
  }

  @Override
  public RuleDescription description() {
    SortedMap<String, String> parameters = new TreeMap<>();
    cut.ifPresent(k -> parameters.put("cut", Integer.toString(k)));
    return new RuleDescription(
        cut.isPresent() ? "trimmed-mean" : "coordinate-median",
        parameters,
        List.of(FusionSpace.DENSE),
        false,
        true);
  }

  @Override
  public LayerAverage average(LayerUpdates layer) {
    int n = layer.size();
    if (cut.isPresent() && 2L * cut.getAsInt() >= n) {
      throw new IncompatiblePluginsException(
          "expected more than 2 k = "
              + 2L * cut.getAsInt()
              + " plugins for a trimmed mean that cuts k = "
              + cut.getAsInt()
              + " on each side, found "
              + n
              + ", at layer "
              + layer.layer());
    }
    List<Double> shares =
        GramWeighting.shares(
            layer.members().stream().map(LayerUpdates.Member::plugin).toList(),
            layer.weights(),
            "layer " + layer.layer());
    return new LayerAverage.Elements(
        new ComputedTensor(layer.shape(), new Coordinates(layer.deltas(), shares, cut)));
  }

  private record Coordinates(List<Tensor> deltas, List<Double> shares, OptionalInt cut)
      implements ComputedTensor.Elements {
    private static final double ROUNDING = 1e-12;

    @Override
    public void compute(long from, float[] into, int offset, int count) {
      int n = deltas.size();
      double[][] tiles = new double[n][count];
      for (int i = 0; i < n; i++) {
        deltas.get(i).read(from, tiles[i], 0, count);
      }
      double[] values = new double[n];
      double[] weights = new double[n];
      for (int t = 0; t < count; t++) {
        for (int i = 0; i < n; i++) {
          values[i] = tiles[i][t];
          weights[i] = shares.get(i);
        }
        sort(values, weights);
        into[offset + t] =
            (float)
                (cut.isPresent() ? mean(values, weights, cut.getAsInt()) : median(values, weights));
      }
    }

    /** By insertion: n is small, and equal values stay in canonical order. */
    private static void sort(double[] values, double[] weights) {
      for (int i = 1; i < values.length; i++) {
        double value = values[i];
        double weight = weights[i];
        int at = i;
        while (at > 0 && values[at - 1] > value) {
          values[at] = values[at - 1];
          weights[at] = weights[at - 1];
          at--;
        }
        values[at] = value;
        weights[at] = weight;
      }
    }

    /** The value at half of the weight; the mean of two if half is reached exactly between them. */
    private static double median(double[] values, double[] weights) {
      double below = 0;
      int at = 0;
      while (at < values.length - 1 && below + weights[at] < 0.5 - ROUNDING) {
        below += weights[at];
        at++;
      }
      int next = at + 1;
      while (next < values.length && weights[next] == 0) {
        next++;
      }
      boolean between = next < values.length && below + weights[at] <= 0.5 + ROUNDING;
      return between ? (values[at] + values[next]) / 2 : values[at];
    }

    private static double mean(double[] values, double[] weights, int cut) {
      double sum = 0;
      double total = 0;
      for (int i = cut; i < values.length - cut; i++) {
        sum += weights[i] * values[i];
        total += weights[i];
      }
      if (total == 0) {
        throw new IncompatiblePluginsException(
            "expected a coefficient above 0 among the values between the extremes, found none");
      }
      return sum / total;
    }
  }
}
