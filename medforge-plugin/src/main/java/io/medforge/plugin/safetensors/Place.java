package io.medforge.plugin.safetensors;

import io.medforge.plugin.MalformedPluginException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where in a file something is wrong: words every complaint as "expected X, found Y, at Z". Cheap
 * to make, since there is one for every part of a header and most are never worded.
 */
final class Place {
  private final Path file;
  private final @Nullable Place outer;
  private final String kind;
  private final @Nullable String name;

  private Place(Path file, @Nullable Place outer, String kind, @Nullable String name) {
    this.file = file;
    this.outer = outer;
    this.kind = kind;
    this.name = name;
  }

  static Place of(Path file) {
    return new Place(file, null, "", null);
  }

  /** A part of this place. */
  Place in(String part) {
    return new Place(file, this, part, null);
  }

  /** A part of this place whose name comes from the file, so that it will be quoted. */
  Place in(String part, String partName) {
    return new Place(file, this, part, partName);
  }

  Path file() {
    return file;
  }

  MalformedPluginException malformed(String expected, String found) {
    return malformed(expected, found, null);
  }

  MalformedPluginException malformed(String expected, String found, @Nullable Throwable cause) {
    String message = "expected " + expected + ", found " + found + ", at " + this;
    return cause == null
        ? new MalformedPluginException(message)
        : new MalformedPluginException(message, cause);
  }

  @Override
  public String toString() {
    if (outer == null) {
      return file.toString();
    }
    return outer + ", " + kind + (name == null ? "" : " " + JsonText.quote(name));
  }
}
