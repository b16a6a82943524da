package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.KMeans;
import io.medforge.merge.kernel.NearestCentres;
import io.medforge.merge.kernel.ShrinkageCovariance;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.Features;
import io.medforge.runtime.Whitening;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Remembered examples in whitened coordinates, and the prototypes that stand for them. The shared
 * covariance is that of the examples about the mean of their set and class, shrunk (Ledoit and
 * Wolf); prototypes are the means of k-means++ clusters, set by set and class by class.
 *
 * @param whitening of features
 * @param centres the prototypes, whitened, P rows
 * @param groups the place of the plugin whose set each prototype is from
 */
@SuppressWarnings("ArrayRecordComponent") // Made here, read by the gates, never compared.
record MemoryPrototypes(Whitening whitening, double[][] centres, int[] groups) {
  private static final long SEED = 0x6d656d6f7279L;

  /** One remembered example. */
  @SuppressWarnings("ArrayRecordComponent")
  record Example(double[] features, int group, int label, double count) {}

  /** All of a memory, by set in canonical order, then by example. */
  static List<Example> examples(OutputMemory memory) {
    List<Example> all = new ArrayList<>();
    int group = 0;
    for (PluginModule plugin : memory.plugins().plugins()) {
      PluginId id = plugin.id();
      Features features = memory.features(id);
      int[] classes = memory.classes(id);
      int[] counts = memory.counts(id);
      for (int row = 0; row < classes.length; row++) {
        double[] x = new double[features.width()];
        features.read(row, x);
        all.add(new Example(x, group, classes[row], counts[row]));
      }
      group++;
    }
    return all;
  }

  /** Refuses a memory that cannot tell classes apart. */
  static void checkClasses(OutputMemory memory) {
    for (var task : memory.labelSpaces().tasks()) {
      TreeSet<Integer> seen = new TreeSet<>();
      for (PluginModule plugin : memory.plugins().plugins()) {
        if (memory.labelSpaces().of(plugin.id()).equals(task)) {
          for (int label : memory.classes(plugin.id())) {
            seen.add(label);
          }
        }
      }
      if (seen.size() < 2) {
        throw new IncompatiblePluginsException(
            "expected remembered examples of at least two classes of "
                + task.name()
                + ", found only class "
                + task.classes().get(seen.first()));
      }
    }
  }

  /** Every second example of each set and class: the first, third ... or the second, fourth ... */
  static List<Example> half(List<Example> all, boolean first) {
    List<Example> half = new ArrayList<>();
    for (List<Example> cell : cells(all)) {
      for (int i = first ? 0 : 1; i < cell.size(); i += 2) {
        half.add(cell.get(i));
      }
    }
    return half;
  }

  /** By set and class. */
  private static List<List<Example>> cells(List<Example> all) {
    List<Example> sorted = new ArrayList<>(all);
    sorted.sort(Comparator.comparingInt(Example::group).thenComparingInt(Example::label));
    List<List<Example>> cells = new ArrayList<>();
    for (Example each : sorted) {
      List<Example> last = cells.isEmpty() ? List.of() : cells.get(cells.size() - 1);
      if (last.isEmpty()
          || last.get(0).group() != each.group()
          || last.get(0).label() != each.label()) {
        cells.add(new ArrayList<>());
      }
      cells.get(cells.size() - 1).add(each);
    }
    return cells;
  }

  /** Prototypes of some examples, at most so many of each set and class. */
  static MemoryPrototypes of(List<Example> examples, int perClass) {
    Whitening whitening = whitening(examples);
    List<double[]> centres = new ArrayList<>();
    List<Integer> groups = new ArrayList<>();
    for (List<Example> cell : cells(examples)) {
      double[][] points = whitened(whitening, cell);
      long seed = SEED + 1000L * cell.get(0).group() + cell.get(0).label();
      for (double[] centre : KMeans.of(points, perClass, seed).centres()) {
        centres.add(centre);
        groups.add(cell.get(0).group());
      }
    }
    return new MemoryPrototypes(
        whitening,
        centres.toArray(double[][]::new),
        groups.stream().mapToInt(Integer::intValue).toArray());
  }

  static Whitening whitening(List<Example> examples) {
    int width = examples.get(0).features().length;
    double[][] residuals = new double[examples.size()][];
    double[] counts = new double[examples.size()];
    int at = 0;
    for (List<Example> cell : cells(examples)) {
      double[] mean = mean(cell);
      for (Example each : cell) {
        double[] residual = each.features().clone();
        for (int f = 0; f < width; f++) {
          residual[f] -= mean[f];
        }
        counts[at] = each.count();
        residuals[at++] = residual;
      }
    }
    double[] factor = ShrinkageCovariance.of(residuals, counts).whitening();
    return new Whitening(
        Tensor.of(Shape.of(width), mean(examples)), Tensor.of(Shape.of(width, width), factor));
  }

  private static double[] mean(List<Example> examples) {
    double[] mean = new double[examples.get(0).features().length];
    double total = 0;
    for (Example each : examples) {
      for (int f = 0; f < mean.length; f++) {
        mean[f] += each.count() * each.features()[f];
      }
      total += each.count();
    }
    for (int f = 0; f < mean.length; f++) {
      mean[f] /= total;
    }
    return mean;
  }

  static double[][] whitened(Whitening whitening, List<Example> examples) {
    NearestCentres map =
        new NearestCentres(
            whitening.mean().toDoubles(),
            whitening.factor().toDoubles(),
            new double[whitening.size()]);
    double[][] points = new double[examples.size()][whitening.size()];
    for (int i = 0; i < points.length; i++) {
      map.map(examples.get(i).features(), points[i]);
    }
    return points;
  }

  /** The centres as the api keeps them. */
  Tensor centreTensor() {
    return matrix(centres);
  }

  static Tensor matrix(double[][] rows) {
    double[] flat = new double[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
    }
    return Tensor.of(Shape.of(rows.length, rows[0].length), flat);
  }

  /** Least squared distance of a whitened point to a prototype of each group of n. */
  double[] nearestByGroup(double[] whitened, int n) {
    double[] least = new double[n];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    for (int p = 0; p < centres.length; p++) {
      least[groups[p]] = Math.min(least[groups[p]], KMeans.distance(whitened, centres[p]));
    }
    return least;
  }
}
