package io.medforge.cli.forge;

import io.medforge.cli.CanonicalJson;
import io.medforge.cli.MergeRecordJson;
import io.medforge.merge.MergeRecord;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.nio.file.Path;

/**
 * One module of merged parameters.
 *
 * @param module what PEFT loads as an adapter
 */
record FusedModule(PluginModule module) implements ForgedModel {
  @Override
  public Outputs answer(ModelRuntime runtime, ModelInput batch) {
    return runtime.run(module, batch);
  }

  @Override
  public void write(Path folder, MergeRecord record) {
    PeftAdapter.write(module, folder);
    ShowCommand.write(
        folder.resolve("merge-record.json"), CanonicalJson.toText(MergeRecordJson.of(record)));
  }
}
