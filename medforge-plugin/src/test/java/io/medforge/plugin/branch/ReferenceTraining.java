package io.medforge.plugin.branch;

import io.medforge.plugin.Tensor;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Backpropagation and AdamW by hand, in double, for a perceptron of layers fc1 and fc2 trained on
 * the whole batch: what the trainers must equal.
 */
final class ReferenceTraining {
  /** One trained array and its optimiser's state. */
  private static final class Variable {
    final double[] values;
    final double[] first;
    final double[] second;

    Variable(double[] values) {
      this.values = values;
      this.first = new double[values.length];
      this.second = new double[values.length];
    }
  }

  private final SortedMap<String, double[]> base = new TreeMap<>();
  private final SortedMap<String, Variable> trained = new TreeMap<>();
  private final double scaling;
  private final int hidden;

  /** Variables are named as parameters, or {@code A:name} and {@code B:name} for factors. */
  ReferenceTraining(SortedMap<String, Tensor> base, Map<String, Tensor> trained, double scaling) {
    base.forEach((name, tensor) -> this.base.put(name, tensor.toDoubles()));
    trained.forEach((name, tensor) -> this.trained.put(name, new Variable(tensor.toDoubles())));
    this.scaling = scaling;
    this.hidden = this.base.get("fc1.bias").length;
  }

  double[] values(String variable) {
    return trained.get(variable).values;
  }

  void train(Patients patients, int labels, int steps, double rate, double decay) {
    for (int step = 1; step <= steps; step++) {
      Map<String, double[]> gradients = gradients(patients, labels);
      for (Map.Entry<String, Variable> entry : trained.entrySet()) {
        adamW(entry.getValue(), gradients.get(entry.getKey()), step, rate, decay);
      }
    }
  }

  private double[] effective(String name) {
    if (trained.containsKey(name)) {
      return trained.get(name).values;
    }
    double[] weight = base.get(name).clone();
    if (trained.containsKey("A:" + name)) {
      double[] a = values("A:" + name);
      double[] b = values("B:" + name);
      int k = name.startsWith("fc1") ? Patients.WIDTH : hidden;
      int r = a.length / k;
      for (int i = 0; i < weight.length; i++) {
        for (int q = 0; q < r; q++) {
          weight[i] += scaling * b[i / k * r + q] * a[q * k + i % k];
        }
      }
    }
    return weight;
  }

  private Map<String, double[]> gradients(Patients patients, int labels) {
    double[] w1 = effective("fc1.weight");
    double[] b1 = effective("fc1.bias");
    double[] w2 = effective("fc2.weight");
    double[] b2 = effective("fc2.bias");
    double[] dw1 = new double[w1.length];
    double[] db1 = new double[b1.length];
    double[] dw2 = new double[w2.length];
    double[] db2 = new double[b2.length];
    int n = patients.classes().length;
    for (int row = 0; row < n; row++) {
      float[] x = patients.row(row);
      double[] h = new double[hidden];
      for (int i = 0; i < hidden; i++) {
        h[i] = b1[i];
        for (int j = 0; j < x.length; j++) {
          h[i] += w1[i * x.length + j] * x[j];
        }
        h[i] = Math.max(0, h[i]);
      }
      double[] p = new double[labels];
      double sum = 0;
      for (int c = 0; c < labels; c++) {
        double z = b2[c];
        for (int i = 0; i < hidden; i++) {
          z += w2[c * hidden + i] * h[i];
        }
        p[c] = Math.exp(z);
        sum += p[c];
      }
      double[] dh = new double[hidden];
      for (int c = 0; c < labels; c++) {
        double dz = (p[c] / sum - (patients.classes()[row] == c ? 1 : 0)) / n;
        db2[c] += dz;
        for (int i = 0; i < hidden; i++) {
          dw2[c * hidden + i] += dz * h[i];
          dh[i] += h[i] > 0 ? dz * w2[c * hidden + i] : 0;
        }
      }
      for (int i = 0; i < hidden; i++) {
        db1[i] += dh[i];
        for (int j = 0; j < x.length; j++) {
          dw1[i * x.length + j] += dh[i] * x[j];
        }
      }
    }
    Map<String, double[]> gradients = new TreeMap<>();
    gradients.put("fc1.bias", db1);
    gradients.put("fc2.bias", db2);
    putWeight(gradients, "fc1.weight", dw1, Patients.WIDTH);
    putWeight(gradients, "fc2.weight", dw2, hidden);
    return gradients;
  }

  private void putWeight(Map<String, double[]> gradients, String name, double[] dw, int k) {
    gradients.put(name, dw);
    if (trained.containsKey("A:" + name)) {
      double[] a = values("A:" + name);
      double[] b = values("B:" + name);
      int r = a.length / k;
      double[] da = new double[a.length];
      double[] db = new double[b.length];
      for (int i = 0; i < dw.length; i++) {
        for (int q = 0; q < r; q++) {
          da[q * k + i % k] += scaling * b[i / k * r + q] * dw[i];
          db[i / k * r + q] += scaling * a[q * k + i % k] * dw[i];
        }
      }
      gradients.put("A:" + name, da);
      gradients.put("B:" + name, db);
    }
  }

  private static void adamW(Variable v, double[] g, int step, double rate, double decay) {
    for (int i = 0; i < g.length; i++) {
      v.first[i] = 0.9 * v.first[i] + 0.1 * g[i];
      v.second[i] = 0.999 * v.second[i] + 0.001 * g[i] * g[i];
      double m = v.first[i] / (1 - Math.pow(0.9, step));
      double s = v.second[i] / (1 - Math.pow(0.999, step));
      v.values[i] -= rate * decay * v.values[i];
      v.values[i] -= rate * m / (Math.sqrt(s) + 1e-8);
    }
  }
}
