package io.medforge.cli.forge;

import io.medforge.forge.admission.ItemAnswers;
import io.medforge.merge.MergeRecord;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.io.IOException;
import java.nio.file.Path;

/** What a forge of the command line merges into. Immutable. */
sealed interface ForgedModel permits FusedModule, RememberedMixture {
  /**
   * Answers a batch.
   *
   * @param runtime the base model
   * @param batch the inputs
   * @return logits {@code [n, classes]}
   */
  Outputs answer(ModelRuntime runtime, ModelInput batch);

  /**
   * Writes the model's own files and its record.
   *
   * @param folder an empty one
   * @param record how the model came to be
   * @throws IOException if it cannot be written
   */
  void write(Path folder, MergeRecord record) throws IOException;

  /** Answers of items; the base alone answers where nothing is admitted. */
  static ItemAnswers<ForgedModel> answers(ModelRuntime runtime) {
    return (model, batch) ->
        model.isPresent() ? model.get().answer(runtime, batch) : runtime.runBase(batch);
  }
}
