package io.medforge.study;

import io.medforge.merge.mixture.MixedPrediction;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.List;

/** Models as the table asks them; each runtime stays its owner's and open. */
final class Classifiers {
  private Classifiers() {}

  static Classifier base(ModelRuntime runtime) {
    return inputs -> malignancy(runtime.runBase(ModelInput.ofRows(inputs)));
  }

  static Classifier plugin(ModelRuntime runtime, PluginModule plugin) {
    return inputs -> malignancy(runtime.run(plugin, ModelInput.ofRows(inputs)));
  }

  static Classifier mixture(ModelRuntime runtime, MixtureModel model) {
    return inputs -> {
      List<MixedPrediction> predictions = model.predictAll(runtime, ModelInput.ofRows(inputs));
      return predictions.stream()
          .mapToDouble(prediction -> prediction.probabilities()[Cohort.MALIGNANT])
          .map(Classifiers::probability)
          .toArray();
    };
  }

  private static double[] malignancy(Outputs outputs) {
    double[] scores = new double[outputs.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = probability(outputs.probabilities(i)[Cohort.MALIGNANT]);
    }
    return scores;
  }

  /** A sum of shares may exceed 1 by its rounding. */
  private static double probability(double sum) {
    return Math.min(1, sum);
  }
}
