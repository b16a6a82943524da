package io.medforge.merge;

import io.medforge.plugin.PluginId;

/**
 * Plugins that cannot meet: another base, other shapes, missing or extra layers, something a
 * strategy does not support. The message names the plugins, the layer, what was expected and what
 * was found.
 */
public final class IncompatiblePluginsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Incompatible plugins.
   *
   * @param message "expected X, found Y, at Z"
   */
  public IncompatiblePluginsException(String message) {
    super(message);
  }

  /**
   * One plugin's layer that does not fit.
   *
   * @param plugin the plugin
   * @param layer the layer
   * @param expected what would fit
   * @param found what is there
   * @return "expected X, found Y, at plugin P, layer L"
   */
  public static IncompatiblePluginsException at(
      PluginId plugin, String layer, String expected, Object found) {
    return new IncompatiblePluginsException(
        "expected " + expected + ", found " + found + ", at plugin " + plugin + ", layer " + layer);
  }
}
