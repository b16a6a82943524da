package io.medforge.forge.repository;

import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A JSON object being taken apart: every field once, of its type, and none left over. */
final class Fields {
  private final Map<String, Object> fields;
  private final Set<String> left;
  private final String where;

  private Fields(Map<String, Object> fields, String where) {
    this.fields = fields;
    this.left = new TreeSet<>(fields.keySet());
    this.where = where;
  }

  static Fields of(@Nullable Object json, String where) {
    if (!(json instanceof Map<?, ?> map)) {
      throw new MalformedPluginException("expected an object, found another value, at " + where);
    }
    Map<String, Object> fields = new TreeMap<>();
    map.forEach((key, value) -> fields.put((String) key, value));
    return new Fields(fields, where);
  }

  String where() {
    return where;
  }

  boolean has(String key) {
    return fields.containsKey(key);
  }

  String text(String key) {
    return take(key, String.class, "a text");
  }

  Optional<String> optionalText(String key) {
    return has(key) ? Optional.of(text(key)) : Optional.empty();
  }

  int integer(String key) {
    long value = take(key, Long.class, "a whole number");
    if (value != (int) value) {
      throw malformed("a number of 32 bits", Long.toString(value), key);
    }
    return (int) value;
  }

  double number(String key) {
    return take(key, Double.class, "a number");
  }

  Digest digest(String key) {
    return parsed(key, Digest::parse, "a digest");
  }

  /** A text that stands for something else. */
  <T> T parsed(String key, Function<String, T> parser, String what) {
    String text = text(key);
    try {
      return parser.apply(text);
    } catch (RuntimeException e) {
      throw new MalformedPluginException(
          "expected " + what + ", found another text, at " + where + ", field " + key, e);
    }
  }

  Fields object(String key) {
    return of(take(key, Map.class, "an object"), where + ", field " + key);
  }

  boolean isObject(String key) {
    return fields.get(key) instanceof Map;
  }

  /** An object that will be taken apart elsewhere. */
  Fields peekObject(String key) {
    return of(fields.get(key), where + ", field " + key);
  }

  List<?> list(String key) {
    return take(key, List.class, "a list");
  }

  Set<String> keys() {
    return fields.keySet();
  }

  /** Checks that everything was understood. */
  void end() {
    if (!left.isEmpty()) {
      throw malformed("no other field", CanonicalJson.text(left.iterator().next()), "an object");
    }
  }

  private <T> T take(String key, Class<T> type, String what) {
    Object value = fields.get(key);
    left.remove(key);
    if (!type.isInstance(value)) {
      throw malformed(what, value == null ? "none" : "another value", key);
    }
    return type.cast(value);
  }

  private MalformedPluginException malformed(String expected, String found, String key) {
    return new MalformedPluginException(
        "expected " + expected + ", found " + found + ", at " + where + ", field " + key);
  }
}
