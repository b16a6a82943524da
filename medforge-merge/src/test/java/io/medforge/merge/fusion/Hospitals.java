package io.medforge.merge.fusion;

import io.medforge.merge.PluginSet;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Hospitals that each trained a LoRA of one linear softmax layer on patients of their own.
 *
 * <p>All share one disease, a weight the base does not know; each sees patients of its own kind (a
 * shifted mean), and a part of its labels is wrong. The LoRA is trained by gradient descent.
 *
 * @param modules one per hospital, in order of arrival
 * @param sets small synthetic sets that stand for them
 * @param heldOut larger sets that nobody trained on
 */
record Hospitals(
    List<PluginModule> modules,
    Map<PluginId, DistilledSet> sets,
    Map<PluginId, DistilledSet> heldOut) {
  static final String LAYER = "classifier.weight";
  static final int CLASSES = 3;
  static final int FEATURES = 8;
  private static final BaseModel BASE = BaseModel.named("linear-softmax");
  private static final LabelSpace GRADES = LabelSpace.of("grade", "low", "middle", "high");
  private static final double LABEL_NOISE = 0.15;
  private static final int RANK = 2;
  private static final int STEPS = 150;

  static Hospitals trained(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] disease = gaussians(random, CLASSES, FEATURES);
    List<PluginModule> modules = new ArrayList<>();
    Map<PluginId, DistilledSet> sets = new TreeMap<>();
    Map<PluginId, DistilledSet> heldOut = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      PluginId id = new PluginId("hospital-" + i, "grade", "1");
      double[] kind = gaussians(random, 1, FEATURES)[0];
      Patients patients = Patients.of(random, disease, kind, 120);
      modules.add(train(random, id, patients));
      sets.put(id, Patients.of(random, disease, kind, 24).asSet());
      heldOut.put(id, Patients.of(random, disease, kind, 300).asSet());
    }
    return new Hospitals(List.copyOf(modules), sets, heldOut);
  }

  PluginSet plugins() {
    return PluginSet.of(modules);
  }

  List<PluginId> order() {
    return modules.stream().map(PluginModule::id).toList();
  }

  static ModelRuntime runtime() {
    return new LinearSoftmax();
  }

  /** The mean cross-entropy of a plugin on what nobody trained on, in nats. */
  double heldOutLoss(PluginModule plugin) {
    double sum = 0;
    for (DistilledSet set : heldOut.values()) {
      Outputs outputs = runtime().run(plugin, set.inputs());
      double loss = 0;
      for (int row = 0; row < set.size(); row++) {
        loss -= StrictMath.log(outputs.probabilities(row)[set.classOf(row)]);
      }
      sum += loss / set.size();
    }
    return sum / heldOut.size();
  }

  /** Gradient descent on the cross-entropy of softmax(B A x). */
  private static PluginModule train(SplittableRandom random, PluginId id, Patients patients) {
    double[][] a = gaussians(random, RANK, FEATURES);
    double[][] b = new double[CLASSES][RANK];
    for (int step = 0; step < STEPS; step++) {
      double[][] gradient = patients.gradient(product(b, a));
      double[][] oldB = copy(b);
      for (int c = 0; c < CLASSES; c++) {
        for (int k = 0; k < FEATURES; k++) {
          for (int r = 0; r < RANK; r++) {
            b[c][r] -= 0.1 * gradient[c][k] * a[r][k];
          }
        }
      }
      for (int c = 0; c < CLASSES; c++) {
        for (int k = 0; k < FEATURES; k++) {
          for (int r = 0; r < RANK; r++) {
            a[r][k] -= 0.1 * gradient[c][k] * oldB[c][r];
          }
        }
      }
    }
    LowRankUpdate update =
        new LowRankUpdate(
            Tensor.of(Shape.of(RANK, FEATURES), flat(a)),
            Tensor.of(Shape.of(CLASSES, RANK), flat(b)),
            1);
    return PluginModule.of(id, BASE, Map.of(LAYER, update), Provenance.unknown());
  }

  @SuppressWarnings("ArrayRecordComponent") // Made and used here, never compared.
  private record Patients(float[][] x, int[] y) {
    static Patients of(SplittableRandom random, double[][] disease, double[] kind, int count) {
      float[][] x = new float[count][FEATURES];
      int[] y = new int[count];
      for (int n = 0; n < count; n++) {
        for (int k = 0; k < FEATURES; k++) {
          x[n][k] = (float) (kind[k] + random.nextGaussian());
        }
        y[n] =
            random.nextDouble() < LABEL_NOISE
                ? random.nextInt(CLASSES)
                : likeliest(scores(disease, x[n]));
      }
      return new Patients(x, y);
    }

    DistilledSet asSet() {
      return DistilledSet.of(GRADES, ModelInput.ofRows(x), y);
    }

    double[][] gradient(double[][] w) {
      double[][] gradient = new double[CLASSES][FEATURES];
      for (int n = 0; n < y.length; n++) {
        double[] p = softmax(scores(w, x[n]));
        p[y[n]] -= 1;
        for (int c = 0; c < CLASSES; c++) {
          for (int k = 0; k < FEATURES; k++) {
            gradient[c][k] += p[c] * x[n][k] / y.length;
          }
        }
      }
      return gradient;
    }
  }

  /** logits = W x with W zero in the base. */
  private static final class LinearSoftmax implements ModelRuntime {
    @Override
    public BaseModel base() {
      return BASE;
    }

    @Override
    public Outputs run(PluginModule plugin, ModelInput batch) {
      return answer(Plugins.product(plugin.updates().get(LAYER), 1), batch);
    }

    @Override
    public Outputs runBase(ModelInput batch) {
      return answer(new double[CLASSES][FEATURES], batch);
    }

    @Override
    public void close() {}

    private static Outputs answer(double[][] w, ModelInput batch) {
      float[] x = batch.values().toFloats();
      float[] logits = new float[batch.size() * CLASSES];
      for (int n = 0; n < batch.size(); n++) {
        float[] row = new float[FEATURES];
        System.arraycopy(x, n * FEATURES, row, 0, FEATURES);
        double[] scores = scores(w, row);
        for (int c = 0; c < CLASSES; c++) {
          logits[n * CLASSES + c] = (float) scores[c];
        }
      }
      return Outputs.ofLogits(batch.size(), CLASSES, logits);
    }
  }

  private static double[] scores(double[][] w, float[] x) {
    double[] scores = new double[w.length];
    for (int c = 0; c < w.length; c++) {
      for (int k = 0; k < x.length; k++) {
        scores[c] += w[c][k] * x[k];
      }
    }
    return scores;
  }

  private static double[] softmax(double[] scores) {
    double[] p = new double[scores.length];
    double sum = 0;
    for (int c = 0; c < p.length; c++) {
      p[c] = StrictMath.exp(scores[c] - scores[likeliest(scores)]);
      sum += p[c];
    }
    for (int c = 0; c < p.length; c++) {
      p[c] /= sum;
    }
    return p;
  }

  private static int likeliest(double[] scores) {
    int best = 0;
    for (int c = 1; c < scores.length; c++) {
      best = scores[c] > scores[best] ? c : best;
    }
    return best;
  }

  private static double[][] product(double[][] b, double[][] a) {
    double[][] product = new double[CLASSES][FEATURES];
    for (int c = 0; c < CLASSES; c++) {
      for (int k = 0; k < FEATURES; k++) {
        for (int r = 0; r < RANK; r++) {
          product[c][k] += b[c][r] * a[r][k];
        }
      }
    }
    return product;
  }

  private static double[][] gaussians(SplittableRandom random, int rows, int columns) {
    double[][] m = new double[rows][columns];
    for (double[] row : m) {
      for (int k = 0; k < columns; k++) {
        row[k] = random.nextGaussian();
      }
    }
    return m;
  }

  private static double[][] copy(double[][] m) {
    double[][] copy = new double[m.length][];
    for (int i = 0; i < m.length; i++) {
      copy[i] = m[i].clone();
    }
    return copy;
  }

  private static float[] flat(double[][] m) {
    float[] flat = new float[m.length * m[0].length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) m[i / m[0].length][i % m[0].length];
    }
    return flat;
  }
}
