package io.medforge.runtime;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.PluginModule;

/**
 * One frozen base model that answers with any plugin of that base. Thread-safe. The base is held
 * once, however many plugins it runs; nothing is rebuilt between plugins.
 */
public interface ModelRuntime extends AutoCloseable {
  /**
   * The base model held here.
   *
   * @return the base
   */
  BaseModel base();

  /**
   * Answers with a plugin.
   *
   * @param plugin a plugin of this base
   * @param batch the inputs
   * @return logits {@code [n, classes]}
   * @throws io.medforge.merge.IncompatiblePluginsException if the plugin is of another base, or
   *     changes a layer that this model does not have or has in another shape; the message names
   *     them
   * @throws IllegalArgumentException if the inputs have another shape than the model takes
   * @throws IllegalStateException if the runtime is closed
   */
  Outputs run(PluginModule plugin, ModelInput batch);

  /**
   * Answers with the base alone.
   *
   * @param batch the inputs
   * @return logits {@code [n, classes]}
   * @throws IllegalArgumentException if the inputs have another shape than the model takes
   * @throws IllegalStateException if the runtime is closed
   */
  Outputs runBase(ModelInput batch);

  /**
   * What the base alone computes right before its last layer, the features in which examples are
   * compared: phi(x) of {@link FeatureExtractor#penultimate}. No plugin takes part, so they are the
   * same whichever plugins meet.
   *
   * @param batch the inputs
   * @return features {@code [n, width]}, of one width for every batch
   * @throws UnsupportedOperationException if this runtime cannot give them; the message names the
   *     base and the reason
   * @throws IllegalArgumentException if the inputs have another shape than the model takes
   * @throws IllegalStateException if the runtime is closed
   */
  default Features features(ModelInput batch) {
    throw new UnsupportedOperationException(
        "expected a runtime that gives the features before its base's last layer, found "
            + getClass().getName()
            + ", at base "
            + base().name());
  }

  /** Frees the engine's memory. Closing twice is harmless. */
  @Override
  void close();
}
