package io.medforge.cli.forge;

import io.medforge.cli.MixtureFolder;
import io.medforge.cli.StoredMixture;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.mixture.MixedPrediction;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Every admitted plugin whole, the gate that weighs them, and the memory that the gate was fitted
 * on.
 *
 * @param mixture as {@code medforge predict} reads it
 */
record RememberedMixture(StoredMixture mixture) implements ForgedModel {
  /** Logarithms of the mixed probabilities: their softmax is the mixture's answer. */
  @Override
  public Outputs answer(ModelRuntime runtime, ModelInput batch) {
    List<MixedPrediction> predictions = mixture.model().predictAll(runtime, batch);
    int classes = predictions.get(0).probabilities().length;
    float[] logits = new float[predictions.size() * classes];
    for (int row = 0; row < predictions.size(); row++) {
      double[] probabilities = predictions.get(row).probabilities();
      for (int label = 0; label < classes; label++) {
        // A probability of 0 has no finite logarithm; no float distinguishes what is below this.
        double probability = Math.max(probabilities[label], Double.MIN_NORMAL);
        logits[row * classes + label] = (float) StrictMath.log(probability);
      }
    }
    return Outputs.ofLogits(predictions.size(), classes, logits);
  }

  @Override
  public void write(Path folder, MergeRecord record) throws IOException {
    MixtureFolder.write(folder, mixture, record);
  }
}
