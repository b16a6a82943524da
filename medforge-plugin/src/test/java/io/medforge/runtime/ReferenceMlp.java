package io.medforge.runtime;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** A multi-layer perceptron in plain Java and double, the obvious way: what runtimes must equal. */
public final class ReferenceMlp {
  public static final List<String> LAYERS = List.of("fc1", "fc2", "fc3");

  private final SortedMap<String, Tensor> parameters;

  public ReferenceMlp(SortedMap<String, Tensor> parameters) {
    this.parameters = parameters;
  }

  public SortedMap<String, Tensor> parameters() {
    return parameters;
  }

  public BaseModel base() {
    return BaseModel.of("mlp", BaseModel.digestOf(parameters));
  }

  public static ReferenceMlp random(long seed, int... widths) {
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    for (int i = 0; i < LAYERS.size(); i++) {
      int in = widths[i];
      int out = widths[i + 1];
      parameters.put(
          LAYERS.get(i) + ".weight", gaussian(seed + 2L * i, 1 / Math.sqrt(in), out, in));
      parameters.put(LAYERS.get(i) + ".bias", gaussian(seed + 2L * i + 1, 0.1, out));
    }
    return new ReferenceMlp(parameters);
  }

  /** Gaussian values. */
  public static Tensor gaussian(long seed, double deviation, long... shape) {
    Random random = new Random(seed);
    float[] values = new float[(int) Shape.of(shape).elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return Tensor.of(Shape.of(shape), values);
  }

  public PluginModule plugin(String name, Map<String, Update> updates) {
    return PluginModule.of(
        new PluginId("centre", name, "1"), base(), updates, Provenance.unknown());
  }

  /** A plugin with one low-rank update per weight, ranks in layer order. */
  public PluginModule lora(long seed, int... ranks) {
    Map<String, Update> updates = new TreeMap<>();
    for (int i = 0; i < ranks.length; i++) {
      String layer = LAYERS.get(i) + ".weight";
      updates.put(layer, lowRank(layer, seed + i, ranks[i]));
    }
    return plugin("lora" + seed, updates);
  }

  public LowRankUpdate lowRank(String layer, long seed, int rank) {
    Shape shape = parameters.get(layer).shape();
    return new LowRankUpdate(
        gaussian(seed, 0.3, rank, shape.dimension(1)),
        gaussian(seed + 100, 0.3, shape.dimension(0), rank),
        1.5);
  }

  public static ModelInput inputs(long seed, int rows, int width) {
    return new ModelInput(gaussian(seed, 1, rows, width));
  }

  public static LabelSpace labels(int classes) {
    return new LabelSpace("task" + classes, List.of("a", "b", "c", "d", "e").subList(0, classes));
  }

  /** Logits in double. */
  public double[][] logits(PluginModule plugin, ModelInput batch) {
    int width = (int) batch.values().shape().dimension(1);
    double[] flat = batch.values().toDoubles();
    double[][] result = new double[batch.size()][];
    for (int row = 0; row < batch.size(); row++) {
      double[] x = java.util.Arrays.copyOfRange(flat, row * width, (row + 1) * width);
      for (String layer : LAYERS) {
        x = linear(layer, plugin, x);
        for (int i = 0; !layer.equals("fc3") && i < x.length; i++) {
          x[i] = Math.max(0, x[i]);
        }
      }
      result[row] = x;
    }
    return result;
  }

  /** What enters the base's last layer, in double. */
  public double[][] features(ModelInput batch) {
    int width = (int) batch.values().shape().dimension(1);
    double[] flat = batch.values().toDoubles();
    double[][] result = new double[batch.size()][];
    for (int row = 0; row < batch.size(); row++) {
      double[] x = java.util.Arrays.copyOfRange(flat, row * width, (row + 1) * width);
      for (String layer : LAYERS.subList(0, 2)) {
        x = java.util.Arrays.stream(linear(layer, null, x)).map(v -> Math.max(0, v)).toArray();
      }
      result[row] = x;
    }
    return result;
  }

  private double[] linear(String layer, PluginModule plugin, double[] x) {
    double[] weight = effective(layer + ".weight", plugin);
    double[] bias = effective(layer + ".bias", plugin);
    double[] y = bias.clone();
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i] += weight[i * x.length + j] * x[j];
      }
    }
    return y;
  }

  private double[] effective(String name, PluginModule plugin) {
    double[] value = parameters.get(name).toDoubles();
    Update update = plugin == null ? null : plugin.updates().get(name);
    if (update instanceof Replacement replacement) {
      return replacement.tensor().toDoubles();
    }
    if (update instanceof DenseUpdate dense) {
      double[] delta = dense.delta().toDoubles();
      for (int i = 0; i < value.length; i++) {
        value[i] += delta[i];
      }
    } else if (update instanceof LowRankUpdate lowRank) {
      double[] a = lowRank.a().toDoubles();
      double[] b = lowRank.b().toDoubles();
      int r = (int) lowRank.rank();
      int k = (int) lowRank.in();
      for (int i = 0; i < value.length; i++) {
        for (int q = 0; q < r; q++) {
          value[i] += lowRank.scaling() * b[i / k * r + q] * a[q * k + i % k];
        }
      }
    }
    return value;
  }
}
