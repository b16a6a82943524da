package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Each plugin's answers to one batch, each computed when first needed. One thread's work. */
final class PluginRuns {
  private final PluginSet plugins;
  private final Optional<LabelSpace> labels;
  private final ModelRuntime runtime;
  private final ModelInput batch;
  private final List<Optional<Outputs>> outputs;

  PluginRuns(
      PluginSet plugins, Optional<LabelSpace> labels, ModelRuntime runtime, ModelInput batch) {
    this.plugins = plugins;
    this.labels = labels;
    this.runtime = runtime;
    this.batch = batch;
    this.outputs = new ArrayList<>(Collections.nCopies(plugins.size(), Optional.empty()));
  }

  PluginSet plugins() {
    return plugins;
  }

  Outputs outputs(int plugin) {
    return outputs.get(plugin).orElseGet(() -> run(plugin));
  }

  private Outputs run(int index) {
    PluginModule plugin = plugins.plugins().get(index);
    Outputs found = runtime.run(plugin, batch);
    if (found.size() != batch.size()) {
      throw new IllegalStateException(
          "expected one answer for each of "
              + batch.size()
              + " inputs, found "
              + found.size()
              + ", at plugin "
              + plugin.id());
    }
    int expected = expectedClasses().orElse(found.classes());
    if (found.classes() != expected) {
      throw new IncompatiblePluginsException(
          "expected "
              + expected
              + " classes"
              + labels.map(space -> " as in label space " + space.name()).orElse("")
              + ", found "
              + found.classes()
              + ", at plugin "
              + plugin.id());
    }
    outputs.set(index, Optional.of(found));
    return found;
  }

  private Optional<Integer> expectedClasses() {
    return labels
        .map(LabelSpace::size)
        .or(() -> outputs.stream().flatMap(Optional::stream).findFirst().map(Outputs::classes));
  }
}
