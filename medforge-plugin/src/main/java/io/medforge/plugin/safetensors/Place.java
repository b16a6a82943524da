package io.medforge.plugin.safetensors;

import io.medforge.plugin.MalformedPluginException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where in a file something is wrong: words every complaint as "expected X, found Y, at Z". */
record Place(Path file, String within) {

  static Place of(Path file) {
    return new Place(file, "");
  }

  /** A part of this place: a tensor, a key. */
  Place in(String part) {
    return new Place(file, within + ", " + part);
  }

  Place inTensor(String name) {
    return in("tensor " + JsonText.quote(name));
  }

  MalformedPluginException malformed(String expected, String found) {
    return malformed(expected, found, null);
  }

  MalformedPluginException malformed(String expected, String found, @Nullable Throwable cause) {
    String message = "expected " + expected + ", found " + found + ", at " + file + within;
    return cause == null
        ? new MalformedPluginException(message)
        : new MalformedPluginException(message, cause);
  }
}
