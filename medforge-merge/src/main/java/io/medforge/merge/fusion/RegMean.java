package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.Cholesky;
import io.medforge.merge.kernel.HouseholderQr;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * RegMean in adapter space: the low-rank update that answers each centre's inputs most nearly as
 * that centre's own plugin does, in closed form (Jin, Ren, Preotiuc-Pietro and Cheng, Dataless
 * knowledge fusion by merging weights of language models, ICLR 2023). Per layer:
 *
 * <pre>{@code
 * min over Delta of  sum_i w_i |X_i (Delta - Delta_i)^T|^2 + lambda |Delta - mean|^2
 * with the rows of Delta in the span of the rows of all A_i,
 * mean = sum w_i Delta_i / sum w_i,  lambda = ridge * trace(sum_i w_i G_i) / q
 * }</pre>
 *
 * <p>with X_i the inputs of the layer at centre i, {@code [n_i, k]}, Delta_i = s_i B_i A_i, Q a
 * basis of those rows (q = min(k, R) vectors) and G_i = Q^T X_i^T X_i Q. The ridge is relative to
 * the mean eigenvalue of the data, so it means the same at every layer; a large one gives the
 * weighted mean. Where R reaches k this is RegMean on the whole matrices; RegMean itself has no
 * ridge and scales off-diagonal elements down instead.
 *
 * <p>Every row of X_i counts once, so a centre counts by its number of rows unless its coefficient
 * says otherwise. Immutable and thread-safe as far as the tensors are.
 */
public final class RegMean implements AveragingRule {
  /*
   * With A^T = Q R_a by QR over all plugins' rows, row j of A_i is Q p for a column p of R_a, so
   *
   *   Delta = sum_i B_i T_i S^-1 Q^T,  T_i = s_i P_i (w_i G_i + lambda w_i / W),
   *   S = sum_i w_i G_i + lambda I,  W = sum_i w_i,
   *
   * with P_i the r_i x q matrix of those p. S is q x q, symmetric and, by the ridge, positive definite:
   * Cholesky. Nothing of size k x k or d x k is formed; of the data only the q x q matrices G_i are
   * held, and each row of X_i is read once. O(sum n_i k q + q^3).
   */
  private final PluginStatistics<Tensor> features;
  private final double ridge;
  private final Digest digest;

  private RegMean(PluginStatistics<Tensor> features, double ridge) {
    this.features = features;
    this.ridge = ridge;
    Digest.Builder builder = Digest.builder();
    features
        .values()
        .forEach(
            (plugin, layers) -> {
              builder.add(plugin.toString()).add(layers.size());
              layers.forEach((layer, tensor) -> builder.add(layer).add(tensor));
            });
    this.digest = builder.build();
  }

  /**
   * The rule. Dense updates (biases, whole layers) are merged by the weighted mean, as RegMean
   * merges whatever is no linear layer; so are heads.
   *
   * @param features X_i by plugin, then by layer: {@code [n_i, k]} in a floating-point type, the
   *     inputs of the layer on distilled examples (for a convolution its unfolded patches); for
   *     every low-rank layer of every plugin
   * @param ridge above 0; 0.01 to 0.1 is usual
   * @return a rule in product space; it needs coefficients of at least 0 and refuses, with {@link
   *     IncompatiblePluginsException}, a layer without features or with such of another width
   * @throws IllegalArgumentException if there are no features, one is no matrix of a floating-point
   *     type, or the ridge is not above 0 and finite
   */
  public static AveragingRule rule(
      Map<PluginId, ? extends Map<String, Tensor>> features, double ridge) {
    if (!(ridge > 0 && ridge < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("expected a finite ridge above 0, found " + ridge);
    }
    PluginStatistics<Tensor> checked = PluginStatistics.of("features", features);
    checked
        .values()
        .forEach(
            (plugin, layers) ->
                layers.forEach(
                    (layer, tensor) -> {
                      if (tensor.shape().dimensions() != 2 || !tensor.dtype().isFloatingPoint()) {
                        throw new IllegalArgumentException(
                            "expected features [n, k] of a floating-point type, found "
                                + tensor.dtype()
                                + tensor.shape()
                                + ", at plugin "
                                + plugin
                                + ", layer "
                                + layer);
                      }
                    }));
    return new RegMean(checked, ridge);
  }

  @Override
  public RuleDescription description() {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("features", digest.toString());
    parameters.put("ridge", Double.toString(ridge));
    return new RuleDescription("regmean", parameters, List.of(FusionSpace.PRODUCT), false, false);
  }

  @Override
  public LayerAverage average(LayerUpdates layer) {
    if (!layer.isLowRank()) {
      return new LayerAverage.Combination(layer.weights());
    }
    List<LayerUpdates.Member> members = PluginStatistics.counting("regmean", layer);
    Basis basis = Basis.of(layer.layer(), members);
    int q = basis.qr().size();
    double[][] vectors = basis.vectors();
    double[][][] grams = new double[members.size()][][];
    double[][] sum = new double[q][q];
    double total = 0;
    for (int i = 0; i < grams.length; i++) {
      LayerUpdates.Member member = members.get(i);
      grams[i] = gram(layer.layer(), member, vectors, basis.width());
      addTo(sum, grams[i], member.weight());
      total += member.weight();
    }
    double lambda = ridge * trace(sum) / q;
    if (lambda == 0) {
      return mean(layer, total);
    }
    for (int j = 0; j < q; j++) {
      sum[j][j] += lambda;
    }
    Cholesky solver = factorise(layer.layer(), sum);
    double[][] right = new double[basis.total()][];
    int at = 0;
    for (int i = 0; i < grams.length; i++) {
      LowRankUpdate update = (LowRankUpdate) members.get(i).update();
      double weight = members.get(i).weight();
      for (int j = 0; j < update.rank(); j++) {
        double[] row = pulled(grams[i], basis.coordinates(at), weight, lambda * weight / total);
        solver.solve(row);
        scale(row, update.scaling());
        right[at++] = Arrays.copyOf(row, basis.width());
      }
    }
    basis.qr().multiply(right);
    double[] ones = new double[right.length];
    Arrays.fill(ones, 1);
    return new LayerAverage.Factored(basis.left(), right, ones);
  }

  /** What the ridge alone asks for: where no input meets any row, every update answers alike. */
  private static LayerAverage mean(LayerUpdates layer, double total) {
    return new LayerAverage.Combination(layer.weights().stream().map(w -> w / total).toList());
  }

  private static Cholesky factorise(String layer, double[][] matrix) {
    try {
      return Cholesky.of(matrix);
    } catch (ArithmeticException e) {
      IncompatiblePluginsException refusal =
          new IncompatiblePluginsException(
              e.getMessage() + ", at layer " + layer + " (a larger ridge may help)");
      refusal.initCause(e);
      throw refusal;
    }
  }

  /** {@code (w G + prior I) p}. */
  private static double[] pulled(double[][] gram, double[] p, double weight, double prior) {
    double[] row = new double[p.length];
    for (int m = 0; m < row.length; m++) {
      double sum = 0;
      for (int l = 0; l < p.length; l++) {
        sum += gram[m][l] * p[l];
      }
      row[m] = weight * sum + prior * p[m];
    }
    return row;
  }

  /** G = Q^T X^T X Q, one row of X at a time. */
  private double[][] gram(String layer, LayerUpdates.Member member, double[][] vectors, int width) {
    Tensor x = features.of(member.plugin(), layer);
    if (x.shape().dimension(1) != width) {
      throw new IncompatiblePluginsException(
          "expected features [n, "
              + width
              + "], found "
              + x.shape()
              + ", at plugin "
              + member.plugin()
              + ", layer "
              + layer);
    }
    double[][] gram = new double[vectors.length][vectors.length];
    double[] row = new double[width];
    double[] seen = new double[vectors.length];
    for (long n = 0; n < x.shape().dimension(0); n++) {
      x.read(n * width, row, 0, width);
      for (int m = 0; m < seen.length; m++) {
        seen[m] = dot(vectors[m], row);
        if (!Double.isFinite(seen[m])) {
          throw new IncompatiblePluginsException(
              "expected finite features, found others, at plugin "
                  + member.plugin()
                  + ", layer "
                  + layer
                  + ", row "
                  + n);
        }
      }
      for (int m = 0; m < seen.length; m++) {
        for (int l = 0; l < seen.length; l++) {
          gram[m][l] += seen[m] * seen[l];
        }
      }
    }
    return gram;
  }

  private static void addTo(double[][] sum, double[][] term, double weight) {
    for (int m = 0; m < sum.length; m++) {
      for (int l = 0; l < sum.length; l++) {
        sum[m][l] += weight * term[m][l];
      }
    }
  }

  private static double trace(double[][] matrix) {
    double sum = 0;
    for (int j = 0; j < matrix.length; j++) {
      sum += matrix[j][j];
    }
    return sum;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  private static void scale(double[] x, double factor) {
    for (int i = 0; i < x.length; i++) {
      x[i] *= factor;
    }
  }

  /** The columns of all B_i, and the rows of all A_i as A^T = Q R. */
  @SuppressWarnings("ArrayRecordComponent") // Made and used within one merge, never compared.
  private record Basis(double[][] left, HouseholderQr qr, int width, int total) {
    static Basis of(String layer, List<LayerUpdates.Member> members) {
      int total = 0;
      for (LayerUpdates.Member member : members) {
        long rank = ((LowRankUpdate) member.update()).rank();
        total = Math.addExact(total, ProductSpaceRule.length(layer, "rank", rank));
      }
      LowRankUpdate first = (LowRankUpdate) members.get(0).update();
      int d = ProductSpaceRule.length(layer, "output width", first.out());
      int k = ProductSpaceRule.length(layer, "input width", first.in());
      double[][] left = new double[total][d];
      double[][] rows = new double[total][k];
      int at = 0;
      for (LayerUpdates.Member member : members) {
        LowRankUpdate update = (LowRankUpdate) member.update();
        int r = (int) update.rank();
        LowRankFactors.readColumns(update.b(), left, at, r);
        LowRankFactors.readRows(update.a(), rows, at, r);
        at += r;
      }
      return new Basis(left, HouseholderQr.of(rows, k), k, total);
    }

    /** The columns of Q. */
    double[][] vectors() {
      double[][] vectors = new double[qr.size()][width];
      for (int m = 0; m < vectors.length; m++) {
        vectors[m][m] = 1;
      }
      qr.multiply(vectors);
      return vectors;
    }

    /** Row j of all A_i in the basis. */
    double[] coordinates(int j) {
      double[] p = new double[qr.size()];
      for (int m = 0; m < p.length; m++) {
        p[m] = qr.r(m, j);
      }
      return p;
    }
  }
}
