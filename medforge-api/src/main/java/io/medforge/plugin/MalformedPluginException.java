package io.medforge.plugin;

/**
 * A file, folder or value that is no valid plugin. The message names the file, the tensor, what was
 * expected and what was found; it never carries a patient's data.
 */
public final class MalformedPluginException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A malformed plugin.
   *
   * @param message "expected X, found Y, at Z"
   */
  public MalformedPluginException(String message) {
    super(message);
  }

  /**
   * A malformed plugin.
   *
   * @param message "expected X, found Y, at Z"
   * @param cause what revealed it
   */
  public MalformedPluginException(String message, Throwable cause) {
    super(message, cause);
  }
}
