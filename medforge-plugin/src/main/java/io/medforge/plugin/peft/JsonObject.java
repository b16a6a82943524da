package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.plugin.MalformedPluginException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * One JSON object from an untrusted text, asked for values of stated types. Strict: standard JSON
 * only, no duplicate keys, nothing after the object, at most {@value #MAX_DEPTH} levels. Keys keep
 * the text's order, since PEFT's patterns mean something by it.
 */
final class JsonObject {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_NUMBER_CHARACTERS = 400;
  // Beyond it an integer is no longer exactly the double that Python divides.
  private static final long MAX_EXACT_INTEGER = 1L << 53;

  private static final ObjectReader READER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxNumberLength(MAX_NUMBER_CHARACTERS)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build()
          .readerFor(JsonNode.class);

  private final ObjectNode node;
  private final String at;

  private JsonObject(ObjectNode node, String at) {
    this.node = node;
    this.at = at;
  }

  /**
   * Parses a text.
   *
   * @param at where the text stands, for messages
   * @throws MalformedPluginException if it is no JSON object or breaks a limit
   */
  static JsonObject parse(String text, String at) {
    try {
      JsonNode root = READER.readValue(text);
      if (root instanceof ObjectNode object) {
        return new JsonObject(object, at);
      }
      throw malformed("a JSON object", typeOf(root), at);
    } catch (JsonProcessingException e) {
      throw malformed("JSON", quote(e.getOriginalMessage()), at, e);
    }
  }

  String at() {
    return at;
  }

  List<String> keys() {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /** Whether a value says nothing: it is absent, null, false, or an empty text, list or object. */
  boolean saysNothing(String key) {
    JsonNode value = node.path(key);
    return isAbsent(value)
        || (value.isBoolean() && !value.booleanValue())
        || (value.isTextual() && value.textValue().isEmpty())
        || (value.isContainerNode() && value.isEmpty());
  }

  /** What a value is, for messages. */
  String describe(String key) {
    JsonNode value = node.path(key);
    return value.isValueNode() ? quote(value.asText()) : typeOf(value);
  }

  /** A truth value; absent and null are false, as in Python. */
  boolean flag(String key) {
    JsonNode value = node.path(key);
    if (!isAbsent(value) && !value.isBoolean()) {
      throw wrong("true or false", key);
    }
    return value.booleanValue();
  }

  /** A text, or empty if it is absent or null. */
  Optional<String> text(String key) {
    JsonNode value = node.path(key);
    if (isAbsent(value)) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw wrong("a text", key);
    }
    return Optional.of(unicode(value.textValue(), key));
  }

  /** A text within an object, or empty if there is none. */
  Optional<String> textWithin(String key, String inner) {
    JsonNode value = node.path(key).path(inner);
    return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
  }

  /** A text, number or truth value as text. */
  String scalar(String key, String otherwise) {
    JsonNode value = node.path(key);
    return value.isMissingNode() ? otherwise : value.isValueNode() ? value.asText() : typeOf(value);
  }

  /** A list of texts; absent and null are empty. */
  List<String> texts(String key) {
    JsonNode value = node.path(key);
    if (isAbsent(value)) {
      return List.of();
    }
    if (!value.isArray()) {
      throw wrong("a list of texts", key);
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode item : value) {
      if (!item.isTextual()) {
        throw malformed("a list of texts", typeOf(item) + " in it", at + ", key " + quote(key));
      }
      texts.add(unicode(item.textValue(), key));
    }
    return List.copyOf(texts);
  }

  /** A rank: an integer of at least 1. */
  int rank(String key, int otherwise) {
    return node.has(key) ? rankIn(node.path(key), at + ", key " + quote(key)) : otherwise;
  }

  /** A finite number. */
  double number(String key, double otherwise) {
    return node.has(key) ? numberIn(node.path(key), at + ", key " + quote(key)) : otherwise;
  }

  /** An object of ranks, in the text's order; absent and null are empty. */
  Map<String, Integer> ranks(String key) {
    return object(key, JsonObject::rankIn);
  }

  /** An object of finite numbers, in the text's order; absent and null are empty. */
  Map<String, Double> numbers(String key) {
    return object(key, JsonObject::numberIn);
  }

  /** An object of texts, in the text's order; absent and null are empty. */
  Map<String, String> textsByKey(String key) {
    return object(
        key,
        (value, place) -> {
          if (!value.isTextual()) {
            throw malformed("a text", typeOf(value), place);
          }
          return unicode(value.textValue(), key);
        });
  }

  /** The objects under this object's keys. */
  Map<String, JsonObject> objects() {
    Map<String, JsonObject> objects = new LinkedHashMap<>();
    for (String key : keys()) {
      if (!(node.path(key) instanceof ObjectNode object)) {
        throw wrong("an object", key);
      }
      objects.put(unicode(key, key), new JsonObject(object, at + ", key " + quote(key)));
    }
    return objects;
  }

  private <T> Map<String, T> object(String key, BiFunction<JsonNode, String, T> read) {
    JsonNode value = node.path(key);
    Map<String, T> values = new LinkedHashMap<>();
    if (isAbsent(value)) {
      return values;
    }
    if (!value.isObject()) {
      throw wrong("an object", key);
    }
    String place = at + ", key " + quote(key) + ".";
    value
        .properties()
        .forEach(
            field ->
                values.put(
                    unicode(field.getKey(), key),
                    read.apply(field.getValue(), place + quote(field.getKey()))));
    return values;
  }

  /** Refuses half a surrogate pair, which an escape can spell but no file can store again. */
  private String unicode(String text, String key) {
    if (text.codePoints()
        .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      throw malformed("Unicode text", "half a surrogate pair", at + ", key " + quote(key));
    }
    return text;
  }

  private static int rankIn(JsonNode value, String place) {
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
      throw malformed("a rank, an integer of at least 1", show(value), place);
    }
    return value.intValue();
  }

  private static double numberIn(JsonNode value, String place) {
    boolean exact =
        value.isIntegralNumber()
            ? value.canConvertToLong()
                && value.longValue() >= -MAX_EXACT_INTEGER
                && value.longValue() <= MAX_EXACT_INTEGER
            : value.isNumber() && Double.isFinite(value.doubleValue());
    if (!exact) {
      throw malformed("a finite number (an integer of at most 2^53)", show(value), place);
    }
    return value.doubleValue();
  }

  private MalformedPluginException wrong(String expected, String key) {
    return malformed(expected, show(node.path(key)), at + ", key " + quote(key));
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static String show(JsonNode value) {
    return value.isValueNode() && !value.isNull() ? quote(value.asText()) : typeOf(value);
  }

  private static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list of " + value.size();
      case OBJECT -> "an object with " + value.size() + " keys";
      case STRING -> "a text";
      case NUMBER -> "a number";
      case BOOLEAN -> value.asText();
      case NULL -> "null";
      case MISSING -> "nothing";
      case BINARY, POJO -> "something else";
    };
  }
}
