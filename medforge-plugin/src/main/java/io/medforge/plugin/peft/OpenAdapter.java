package io.medforge.plugin.peft;

import io.medforge.plugin.PluginModule;
import io.medforge.plugin.safetensors.SafetensorsFile;

/**
 * A module whose values stay in its adapter's file. All of them were read and checked once when it
 * was opened. Until it is closed the file must not change; afterwards reading a value throws {@link
 * IllegalStateException}. Safe for use by several threads.
 */
public final class OpenAdapter implements AutoCloseable {
  private final PluginModule module;
  private final SafetensorsFile file;

  OpenAdapter(PluginModule module, SafetensorsFile file) {
    this.module = module;
    this.file = file;
  }

  /**
   * The module.
   *
   * @return the module, whose values can be read until this is closed
   */
  public PluginModule module() {
    return module;
  }

  /**
   * Closes the file. Closing twice is harmless.
   *
   * @throws java.io.UncheckedIOException if the operating system refuses
   */
  @Override
  public void close() {
    file.close();
  }

  /** The module. */
  @Override
  public String toString() {
    return module.toString();
  }
}
