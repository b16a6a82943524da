package io.medforge.study.xray;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Asks a runtime once for what many methods want: the hospitals' own plugins' answers, and the
 * base's features, of the same batch. Everything else is asked anew. For one thread.
 */
final class RememberingRuntime implements ModelRuntime {
  private final ModelRuntime runtime;
  private final IdentityHashMap<PluginModule, Map<ModelInput, Outputs>> answers =
      new IdentityHashMap<>();
  private final IdentityHashMap<ModelInput, Features> features = new IdentityHashMap<>();

  /**
   * A runtime.
   *
   * @param runtime answers; closed with this one
   * @param plugins whose answers are remembered
   */
  RememberingRuntime(ModelRuntime runtime, Collection<PluginModule> plugins) {
    this.runtime = runtime;
    plugins.forEach(plugin -> answers.put(plugin, new IdentityHashMap<>()));
  }

  @Override
  public BaseModel base() {
    return runtime.base();
  }

  @Override
  public Outputs run(PluginModule plugin, ModelInput batch) {
    Map<ModelInput, Outputs> remembered = answers.get(plugin);
    return remembered == null
        ? runtime.run(plugin, batch)
        : remembered.computeIfAbsent(batch, input -> runtime.run(plugin, input));
  }

  @Override
  public Outputs runBase(ModelInput batch) {
    return runtime.runBase(batch);
  }

  @Override
  public Features features(ModelInput batch) {
    return features.computeIfAbsent(batch, runtime::features);
  }

  @Override
  public void close() {
    runtime.close();
  }
}
