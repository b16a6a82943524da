package io.medforge.cli.forge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** An object of JSON whose every key must be known: what is misspelled must not be dropped. */
final class StrictJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode node;
  private final String where;

  private StrictJson(JsonNode node, String where) {
    this.node = node;
    this.where = where;
    if (!node.isObject()) {
      throw new IllegalArgumentException(
          "expected an object, found " + node.getNodeType() + ", at " + where);
    }
  }

  static StrictJson parse(String text, String where) {
    try {
      return new StrictJson(MAPPER.readTree(text), where);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "expected JSON, found " + e.getOriginalMessage() + ", at " + where, e);
    }
  }

  StrictJson keys(String... known) {
    node.fieldNames()
        .forEachRemaining(
            key -> {
              if (!Set.of(known).contains(key)) {
                throw new IllegalArgumentException(
                    "expected one of the keys "
                        + List.of(known)
                        + ", found "
                        + PlainText.of(key)
                        + ", at "
                        + where);
              }
            });
    return this;
  }

  Optional<StrictJson> object(String key) {
    return node.has(key)
        ? Optional.of(new StrictJson(node.get(key), where + "." + key))
        : Optional.empty();
  }

  StrictJson need(String key) {
    return object(key).orElseThrow(() -> lacking(key));
  }

  List<StrictJson> objects(String key) {
    List<StrictJson> all = new ArrayList<>();
    for (JsonNode each : array(key)) {
      all.add(new StrictJson(each, where + "." + key + "[" + all.size() + "]"));
    }
    return all;
  }

  List<String> texts(String key) {
    List<String> all = new ArrayList<>();
    for (JsonNode each : array(key)) {
      if (!each.isTextual()) {
        throw wrong("texts", key);
      }
      all.add(each.textValue());
    }
    return all;
  }

  private JsonNode array(String key) {
    JsonNode found = node.path(key);
    if (!found.isArray()) {
      throw wrong("an array", key);
    }
    return found;
  }

  boolean has(String key) {
    return node.has(key);
  }

  String text(String key) {
    if (!node.path(key).isTextual()) {
      throw wrong("a text", key);
    }
    return node.get(key).textValue();
  }

  double number(String key) {
    if (!node.path(key).isNumber()) {
      throw wrong("a number", key);
    }
    return node.get(key).doubleValue();
  }

  double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  long whole(String key) {
    if (!node.path(key).canConvertToLong() || !node.path(key).isIntegralNumber()) {
      throw wrong("a whole number", key);
    }
    return node.get(key).longValue();
  }

  List<String> names() {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private IllegalArgumentException lacking(String key) {
    return new IllegalArgumentException("expected " + key + ", found nothing, at " + where);
  }

  IllegalArgumentException wrong(String expected, String key) {
    return new IllegalArgumentException(
        "expected "
            + expected
            + " as "
            + key
            + ", found "
            + PlainText.of(node.path(key).toString())
            + ", at "
            + where);
  }

  /** The object as JSON without blanks. */
  @Override
  public String toString() {
    return node.toString();
  }
}
