package io.medforge.cli.centre;

import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.light.LightModuleFile;
import io.medforge.plugin.peft.PeftAdapter;
import java.nio.file.Files;
import java.nio.file.Path;

/** A module in the form in which it leaves: an adapter folder, or a file with 8-bit values. */
final class LightFolder {
  static final String MODULE = "module.safetensors";
  static final String RECORD = "lightening.json";

  private LightFolder() {}

  /** Writes a module into a folder that exists. */
  static void write(PluginModule module, boolean eightBit, Path folder) {
    if (eightBit) {
      LightModuleFile.write(module, folder.resolve(MODULE));
    } else {
      PeftAdapter.write(module, folder.resolve(Branch.ADAPTER));
    }
  }

  /**
   * Reads a module.
   *
   * @param provenance of the module where its form cannot carry one
   */
  static PluginModule read(Path folder, PluginId plugin, Provenance provenance) {
    Path file = folder.resolve(MODULE);
    return Files.exists(file)
        ? LightModuleFile.read(file, plugin, provenance)
        : readAdapter(folder.resolve(Branch.ADAPTER), plugin);
  }

  static PluginModule readAdapter(Path folder, PluginId plugin) {
    return PeftAdapter.reader(folder).id(plugin).read();
  }
}
