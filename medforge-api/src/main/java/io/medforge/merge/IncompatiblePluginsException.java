package io.medforge.merge;

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
}
