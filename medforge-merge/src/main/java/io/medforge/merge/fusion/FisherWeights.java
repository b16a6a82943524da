package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Fisher-weighted averaging (Matena and Raffel, Merging models with Fisher-weighted averaging,
 * NeurIPS 2022):
 *
 * <pre>{@code
 * Delta = sum_i w_i F_i Delta_i / sum_i w_i F_i,  F_i = max(given F_i, floor)
 * }</pre>
 *
 * <p>with F_i the Fisher information, E[(d log p(y|x) / d theta)^2] over a centre's examples: how
 * sure a centre is of its parameters. It is supplied, one number per plugin and layer, or one per
 * element. Only proportions matter: the result is a mean whatever the coefficients w_i sum to, so
 * heads of one label space are merged by the rule, too. Fishers of models of different sharpness
 * differ in scale; who wants them to count alike divides each by its norm first, or says so by w_i.
 */
public final class FisherWeights {
  /** The default floor, which keeps parameters that no example touches from dividing by zero. */
  public static final double DEFAULT_FLOOR = 1e-6;

  private FisherWeights() {}

  /**
   * One number per plugin and layer, for example the trace or the mean of the diagonal. Exact in
   * product space: the rule is a weighted mean. The floor is {@link #DEFAULT_FLOOR}.
   *
   * @param fisher by plugin, then by layer; at least 0
   * @return a rule in product space; it needs coefficients of at least 0 and refuses a layer
   *     without Fisher information with {@link IncompatiblePluginsException}
   * @throws IllegalArgumentException if there is none, or one is negative or not finite
   */
  public static AveragingRule scalar(Map<PluginId, ? extends Map<String, Double>> fisher) {
    return scalar(fisher, DEFAULT_FLOOR);
  }

  /**
   * One number per plugin and layer.
   *
   * @param fisher by plugin, then by layer; at least 0
   * @param floor the least value that counts, above 0
   * @return a rule in product space; it needs coefficients of at least 0 and refuses a layer
   *     without Fisher information with {@link IncompatiblePluginsException}
   * @throws IllegalArgumentException if there is none, one is negative or not finite, or the floor
   *     is not above 0 and finite
   */
  public static AveragingRule scalar(
      Map<PluginId, ? extends Map<String, Double>> fisher, double floor) {
    PluginStatistics<Double> checked = PluginStatistics.of("Fisher information", fisher);
    Digest.Builder digest = Digest.builder();
    checked
        .values()
        .forEach(
            (plugin, layers) -> {
              digest.add(plugin.toString()).add(layers.size());
              layers.forEach(
                  (layer, value) -> {
                    checkValue(value, "plugin " + plugin + ", layer " + layer);
                    digest.add(layer).add(value.doubleValue());
                  });
            });
    return new Scalar(checked, checkedFloor(floor), digest.build());
  }

  /**
   * One number per element of the parameter. The result has no low rank, so it is merged in dense
   * space: low-rank updates are multiplied out tile by tile. The floor is {@link #DEFAULT_FLOOR}.
   *
   * @param fisher by plugin, then by layer: a tensor in the shape in which the base stores the
   *     parameter, of a floating-point type; each element at least 0, which is checked when it is
   *     read
   * @return a rule in dense space; it needs coefficients of at least 0 and refuses, with {@link
   *     IncompatiblePluginsException}, a layer without Fisher information or with such of another
   *     shape
   * @throws IllegalArgumentException if there is none or one is of no floating-point type
   */
  public static AveragingRule diagonal(Map<PluginId, ? extends Map<String, Tensor>> fisher) {
    return diagonal(fisher, DEFAULT_FLOOR);
  }

  /**
   * One number per element of the parameter, as {@link #diagonal(Map)}.
   *
   * @param fisher by plugin, then by layer: a tensor in the shape in which the base stores the
   *     parameter
   * @param floor the least value that counts, above 0
   * @return a rule in dense space
   * @throws IllegalArgumentException if there is none, one is of no floating-point type, or the
   *     floor is not above 0 and finite
   */
  public static AveragingRule diagonal(
      Map<PluginId, ? extends Map<String, Tensor>> fisher, double floor) {
    PluginStatistics<Tensor> checked = PluginStatistics.of("Fisher information", fisher);
    Digest.Builder digest = Digest.builder();
    checked
        .values()
        .forEach(
            (plugin, layers) -> {
              digest.add(plugin.toString()).add(layers.size());
              layers.forEach(
                  (layer, tensor) -> {
                    if (!tensor.dtype().isFloatingPoint()) {
                      throw new IllegalArgumentException(
                          "expected Fisher information of a floating-point type, found "
                              + tensor.dtype()
                              + ", at plugin "
                              + plugin
                              + ", layer "
                              + layer);
                    }
                    digest.add(layer).add(tensor);
                  });
            });
    return new Diagonal(checked, checkedFloor(floor), digest.build());
  }

  private static double checkedFloor(double floor) {
    if (!(floor > 0 && floor < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("expected a finite floor above 0, found " + floor);
    }
    return floor;
  }

  private static void checkValue(double value, String where) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "expected finite Fisher information of at least 0, found " + value + ", at " + where);
    }
  }

  private static RuleDescription describe(
      String name, double floor, Digest fisher, FusionSpace space) {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("fisher", fisher.toString());
    parameters.put("floor", Double.toString(floor));
    return new RuleDescription(name, parameters, List.of(space), false, true);
  }

  private record Scalar(PluginStatistics<Double> fisher, double floor, Digest digest)
      implements AveragingRule {
    @Override
    public RuleDescription description() {
      return describe("fisher-scalar", floor, digest, FusionSpace.PRODUCT);
    }

    @Override
    public LayerAverage average(LayerUpdates layer) {
      PluginStatistics.counting("fisher-scalar", layer);
      List<Double> counts = new ArrayList<>();
      double sum = 0;
      for (LayerUpdates.Member member : layer.members()) {
        double information = Math.max(floor, fisher.of(member.plugin(), layer.layer()));
        counts.add(member.weight() * information);
        sum += member.weight() * information;
      }
      double total = sum;
      return new LayerAverage.Combination(counts.stream().map(count -> count / total).toList());
    }
  }

  private record Diagonal(PluginStatistics<Tensor> fisher, double floor, Digest digest)
      implements AveragingRule {
    @Override
    public RuleDescription description() {
      return describe("fisher-diagonal", floor, digest, FusionSpace.DENSE);
    }

    @Override
    public LayerAverage average(LayerUpdates layer) {
      PluginStatistics.counting("fisher-diagonal", layer);
      List<Tensor> information = new ArrayList<>();
      for (LayerUpdates.Member member : layer.members()) {
        Tensor given = fisher.of(member.plugin(), layer.layer());
        if (!given.shape().equals(layer.shape())) {
          throw new IncompatiblePluginsException(
              "expected Fisher information of "
                  + layer.shape()
                  + ", found "
                  + given.shape()
                  + ", at plugin "
                  + member.plugin()
                  + ", layer "
                  + layer.layer());
        }
        information.add(given);
      }
      Shape shape = layer.shape();
      FisherElements elements = new FisherElements(layer, layer.deltas(), information, floor);
      return new LayerAverage.Elements(new ComputedTensor(shape, elements));
    }
  }

  /** {@code sum w F Delta / sum w F}, element by element, in double. */
  private record FisherElements(
      LayerUpdates layer, List<Tensor> deltas, List<Tensor> fisher, double floor)
      implements ComputedTensor.Elements {
    @Override
    public void compute(long from, float[] into, int offset, int count) {
      double[] sum = new double[count];
      double[] total = new double[count];
      double[] delta = new double[count];
      double[] information = new double[count];
      for (int i = 0; i < deltas.size(); i++) {
        LayerUpdates.Member member = layer.members().get(i);
        deltas.get(i).read(from, delta, 0, count);
        fisher.get(i).read(from, information, 0, count);
        for (int e = 0; e < count; e++) {
          check(member.plugin(), from + e, information[e]);
          double share = member.weight() * Math.max(floor, information[e]);
          sum[e] += share * delta[e];
          total[e] += share;
        }
      }
      for (int e = 0; e < count; e++) {
        into[offset + e] = (float) (sum[e] / total[e]);
      }
    }

    private void check(PluginId plugin, long element, double value) {
      if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
        throw new IncompatiblePluginsException(
            "expected finite Fisher information of at least 0, found "
                + value
                + ", at plugin "
                + plugin
                + ", layer "
                + layer.layer()
                + ", element "
                + element);
      }
    }
  }
}
