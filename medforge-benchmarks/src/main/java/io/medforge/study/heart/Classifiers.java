package io.medforge.study.heart;

import io.medforge.merge.mixture.MixtureModel;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import io.medforge.study.evidence.CentreClassifier;
import java.util.SortedMap;
import java.util.TreeMap;

/** Finished models as the table asks them; each runtime stays its owner's and open. */
final class Classifiers {
  private Classifiers() {}

  static CentreClassifier plugin(ModelRuntime runtime, PluginModule plugin) {
    return (centre, inputs) -> diseased(runtime.run(plugin, inputs));
  }

  /** The model's own numbers, in double, never sent. */
  static CentreClassifier model(LogisticModel model) {
    return (centre, inputs) -> {
      float[] values = inputs.values().toFloats();
      float[] row = new float[model.features()];
      double[] scores = new double[inputs.size()];
      for (int i = 0; i < scores.length; i++) {
        System.arraycopy(values, i * row.length, row, 0, row.length);
        scores[i] = model.probability(row);
      }
      return scores;
    };
  }

  static CentreClassifier mixture(ModelRuntime runtime, MixtureModel model) {
    return (centre, inputs) ->
        model.predictAll(runtime, inputs).stream()
            .mapToDouble(prediction -> prediction.probabilities()[CentreRows.DISEASED])
            // A sum of shares may exceed 1 by its rounding.
            .map(probability -> Math.min(1, probability))
            .toArray();
  }

  /** Each hospital asks its own. */
  static CentreClassifier byCentre(SortedMap<String, CentreClassifier> own) {
    SortedMap<String, CentreClassifier> copy = new TreeMap<>(own);
    return (centre, inputs) -> {
      CentreClassifier classifier = copy.get(centre);
      if (classifier == null) {
        throw new IllegalArgumentException(
            "expected a hospital of " + copy.keySet() + ", found " + centre);
      }
      return classifier.finding(centre, inputs);
    };
  }

  static double[] diseased(Outputs outputs) {
    double[] scores = new double[outputs.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = outputs.probabilities(i)[CentreRows.DISEASED];
    }
    return scores;
  }
}
