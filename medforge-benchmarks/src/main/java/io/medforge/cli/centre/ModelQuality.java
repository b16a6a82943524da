package io.medforge.cli.centre;

import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;

/**
 * How a model answers some patients. Immutable.
 *
 * @param accuracy the share answered right
 * @param loss the mean cross-entropy
 * @param rows how many patients
 */
record ModelQuality(double accuracy, double loss, int rows) {
  static ModelQuality of(
      ModelRuntime runtime, PluginModule module, ModelInput inputs, int[] classes) {
    return of(runtime.run(module, inputs), classes);
  }

  static ModelQuality ofBase(ModelRuntime runtime, ModelInput inputs, int[] classes) {
    return of(runtime.runBase(inputs), classes);
  }

  private static ModelQuality of(Outputs answers, int[] classes) {
    int right = 0;
    double loss = 0;
    for (int row = 0; row < classes.length; row++) {
      double[] probabilities = answers.probabilities(row);
      int best = 0;
      for (int i = 1; i < probabilities.length; i++) {
        best = probabilities[i] > probabilities[best] ? i : best;
      }
      right += best == classes[row] ? 1 : 0;
      loss -= StrictMath.log(Math.max(probabilities[classes[row]], Double.MIN_NORMAL));
    }
    return new ModelQuality((double) right / classes.length, loss / classes.length, classes.length);
  }
}
