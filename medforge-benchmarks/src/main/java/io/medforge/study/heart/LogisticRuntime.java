package io.medforge.study.heart;

import io.medforge.merge.PluginFit;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The logistic model as a MedForge base and its plugins: a base whose 14 numbers are all 0, and
 * plugins whose rank-1 updates are a model's weights (A = w, B = 1) and its intercept, a matrix of
 * one number. So a plugin is the model itself, exactly, and every merge of MedForge applies to it,
 * the published reference's included. Logits are [w x + b, 0]. Thread-safe; holds nothing.
 */
final class LogisticRuntime implements ModelRuntime {
  /** The layer of the weights, {@code [1, k]}. */
  static final String WEIGHTS = "logistic.weight";

  /** The layer of the intercept, {@code [1, 1]}. */
  static final String INTERCEPT = "intercept.weight";

  /** What the logits mean. */
  static final LabelSpace LABELS = LabelSpace.of("heart-disease", "diseased", "healthy");

  private final SortedMap<String, Shape> shapes;
  private final int features;
  private final BaseModel base;

  /**
   * The zero base of some width.
   *
   * @param features k
   */
  LogisticRuntime(int features) {
    this.features = features;
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    parameters.put(WEIGHTS, Tensor.of(Shape.of(1, features), new float[features]));
    parameters.put(INTERCEPT, Tensor.of(Shape.of(1, 1), 0f));
    SortedMap<String, Shape> known = new TreeMap<>();
    parameters.forEach((name, tensor) -> known.put(name, tensor.shape()));
    this.shapes = Collections.unmodifiableSortedMap(known);
    this.base = BaseModel.of("heart-logistic", BaseModel.digestOf(parameters));
  }

  /** A model as a plugin: its numbers rounded to F16, as they are sent. */
  PluginModule plugin(PluginId id, LogisticModel model) {
    double[] parameters = model.parameters();
    double[] weights = Arrays.copyOf(parameters, features);
    SortedMap<String, Update> updates = new TreeMap<>();
    updates.put(WEIGHTS, rankOne(Tensor.encode(DType.F16, Shape.of(1, features), weights)));
    updates.put(INTERCEPT, rankOne(Tensor.encode(DType.F16, Shape.of(1, 1), parameters[features])));
    return PluginModule.of(
        id, base, updates, Provenance.unknown().with("trained-with", "ridge logistic regression"));
  }

  private static Update rankOne(Tensor row) {
    return new LowRankUpdate(row, Tensor.of(Shape.of(1, 1), 1f), 1);
  }

  @Override
  public BaseModel base() {
    return base;
  }

  @Override
  public Outputs run(PluginModule plugin, ModelInput batch) {
    PluginFit.check(plugin, base, shapes);
    double[] parameters = new double[features + 1];
    plugin
        .updates()
        .forEach(
            (layer, update) -> {
              if (!(update instanceof LowRankUpdate lowRank)) {
                throw new IllegalArgumentException(
                    "expected low-rank updates, found another, at plugin "
                        + plugin.id()
                        + ", layer "
                        + layer);
              }
              addTo(parameters, layer.equals(WEIGHTS) ? 0 : features, lowRank);
            });
    return answer(parameters, batch);
  }

  /** Adds s B A, {@code [1, k]}. */
  private static void addTo(double[] parameters, int from, LowRankUpdate update) {
    double[] a = update.a().toDoubles();
    double[] b = update.b().toDoubles();
    int in = a.length / b.length;
    for (int r = 0; r < b.length; r++) {
      for (int f = 0; f < in; f++) {
        parameters[from + f] += update.scaling() * b[r] * a[r * in + f];
      }
    }
  }

  @Override
  public Outputs runBase(ModelInput batch) {
    return answer(new double[features + 1], batch);
  }

  /** The inputs are what enters the last layer. */
  @Override
  public Features features(ModelInput batch) {
    check(batch);
    return Features.of(batch.size(), features, batch.values().toFloats());
  }

  private Outputs answer(double[] parameters, ModelInput batch) {
    check(batch);
    float[] values = batch.values().toFloats();
    float[] logits = new float[2 * batch.size()];
    float[] row = new float[features];
    for (int i = 0; i < batch.size(); i++) {
      System.arraycopy(values, i * features, row, 0, features);
      logits[2 * i] = (float) LogisticModel.logit(parameters, row);
    }
    return Outputs.ofLogits(batch.size(), 2, logits);
  }

  private void check(ModelInput batch) {
    Shape shape = batch.values().shape();
    if (shape.dimensions() != 2 || shape.dimension(1) != features) {
      throw new IllegalArgumentException(
          "expected inputs [n, " + features + "], found " + shape + ", at base " + base);
    }
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
