package io.medforge.forge.admission;

import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.Optional;

/**
 * Asks a merged model. Implementations are thread-safe and deterministic.
 *
 * @param <R> what the main branch merges into
 */
@FunctionalInterface
public interface ItemAnswers<R> {
  /**
   * Answers a batch.
   *
   * @param model the merged model, or empty where the base alone answers
   * @param batch the inputs
   * @return logits {@code [n, classes]}
   */
  Outputs answer(Optional<R> model, ModelInput batch);

  /**
   * Answers of fused modules.
   *
   * @param runtime their base model
   * @return answers by running the module on its base
   */
  static ItemAnswers<PluginModule> by(ModelRuntime runtime) {
    return (model, batch) ->
        model.isPresent() ? runtime.run(model.get(), batch) : runtime.runBase(batch);
  }
}
