package io.medforge.plugin.branch;

import io.medforge.plugin.LabelSpace;
import io.medforge.runtime.ModelInput;
import java.util.Random;

/** Synthetic patients: Gaussian classes in a space of correlated measurements. */
final class Patients {
  static final int WIDTH = 12;
  static final LabelSpace BINARY = LabelSpace.of("biopsy", "benign", "malignant");

  private final ModelInput inputs;
  private final int[] classes;

  private Patients(ModelInput inputs, int[] classes) {
    this.inputs = inputs;
    this.classes = classes;
  }

  ModelInput inputs() {
    return inputs;
  }

  int[] classes() {
    return classes;
  }

  static Patients draw(long seed, int rows, int labels) {
    Random random = new Random(seed);
    float[][] values = new float[rows][WIDTH];
    int[] classes = new int[rows];
    for (int row = 0; row < rows; row++) {
      classes[row] = row % labels;
      double common = random.nextGaussian();
      for (int i = 0; i < WIDTH; i++) {
        double shift = i % labels == classes[row] ? 0.8 : -0.4;
        values[row][i] = (float) (shift + 0.5 * common + random.nextGaussian());
      }
    }
    return new Patients(ModelInput.ofRows(values), classes);
  }

  float[] row(int index) {
    float[] row = new float[WIDTH];
    inputs.values().read((long) index * WIDTH, row, 0, WIDTH);
    return row;
  }
}
