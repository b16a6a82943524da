package io.medforge.plugin.branch;

import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * A model that a plugin learns to imitate: a mixture, an ensemble, anything that answers with
 * probabilities. A mixture is one by a lambda over its predictions.
 */
@FunctionalInterface
public interface Teacher {
  /**
   * Answers.
   *
   * @param batch n inputs
   * @return n distributions over the student's classes, in its label space's order
   */
  List<double[]> probabilities(ModelInput batch);

  /**
   * A teacher whose answers are logits.
   *
   * @param model a model
   * @return the teacher that answers with their softmax
   */
  static Teacher of(Function<ModelInput, Outputs> model) {
    return batch -> {
      Outputs outputs = model.apply(batch);
      List<double[]> rows = new ArrayList<>();
      for (int row = 0; row < outputs.size(); row++) {
        rows.add(outputs.probabilities(row));
      }
      return Collections.unmodifiableList(rows);
    };
  }
}
