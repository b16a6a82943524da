package io.medforge.forge.repository;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON in one form only: keys sorted by code unit, no blanks, the fewest escapes, numbers in their
 * shortest digits whatever the JDK, UTF-8 without half surrogate pairs. One value, one text; a text
 * in another form is refused. Values are {@link Map}s by text, {@link List}s, texts, booleans,
 * {@link Long}s (or {@link Integer}s) and finite {@link Double}s.
 */
public final class CanonicalJson {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_TEXT = 16 * 1024 * 1024;
  // 17 significant digits tell any two doubles apart.
  private static final int[] DIGITS = {15, 16, 17};
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(MAX_TEXT)
                  .build())
          .build();

  private CanonicalJson() {}

  /**
   * Writes a value.
   *
   * @param value a map, list, text, boolean or number, with such values within
   * @return its one text, without a line's end
   * @throws IllegalArgumentException if a part has another type, is a number that JSON cannot hold,
   *     or a text with half a surrogate pair
   */
  public static String text(Object value) {
    StringBuilder json = new StringBuilder();
    append(json, value);
    return json.toString();
  }

  /**
   * Writes a value as bytes.
   *
   * @param value as for {@link #text}
   * @return its text in UTF-8
   * @throws IllegalArgumentException as {@link #text} does
   */
  public static byte[] bytes(Object value) {
    return text(value).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a value.
   *
   * @param bytes canonical JSON
   * @param where what is being read, for messages
   * @return a map, list, text, boolean, {@link Long} or {@link Double}; unmodifiable to nobody else
   * @throws MalformedPluginException if the bytes are no JSON or not in canonical form
   */
  public static Object parse(byte[] bytes, String where) {
    Object value;
    try (JsonParser parser = FACTORY.createParser(bytes)) {
      parser.nextToken();
      value = read(parser);
      if (parser.nextToken() != null) {
        throw malformed("one JSON value", "more after it", where, null);
      }
    } catch (IOException e) {
      throw malformed("JSON", "other bytes (" + e.getClass().getSimpleName() + ")", where, e);
    } catch (NumberFormatException | ArithmeticException e) {
      throw malformed("numbers that fit 64 bits", "another", where, e);
    }
    if (!Arrays.equals(canonical(value, where), bytes)) {
      throw malformed("JSON in canonical form", "another form", where, null);
    }
    return value;
  }

  private static byte[] canonical(Object value, String where) {
    try {
      return bytes(value);
    } catch (IllegalArgumentException e) {
      // The one thing that JSON's escapes can say and Unicode cannot.
      throw malformed("Unicode text", "half a surrogate pair", where, e);
    }
  }

  private static Object read(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      Map<String, Object> object = new TreeMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        parser.nextToken();
        object.put(key, read(parser));
      }
      return object;
    }
    if (token == JsonToken.START_ARRAY) {
      List<Object> array = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        array.add(read(parser));
      }
      return array;
    }
    if (token == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    if (token == JsonToken.VALUE_NUMBER_INT) {
      return parser.getLongValue();
    }
    if (token == JsonToken.VALUE_NUMBER_FLOAT) {
      double number = parser.getDoubleValue();
      if (!Double.isFinite(number)) {
        throw new NumberFormatException("beyond the range of a double");
      }
      return number;
    }
    if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
      return token == JsonToken.VALUE_TRUE;
    }
    throw new IOException("expected a JSON value, found " + token);
  }

  private static void append(StringBuilder json, @Nullable Object value) {
    if (value instanceof String text) {
      appendText(json, text);
    } else if (value instanceof Boolean || value instanceof Long || value instanceof Integer) {
      json.append(value);
    } else if (value instanceof Double number) {
      json.append(digits(number));
    } else if (value instanceof Map<?, ?> map) {
      appendObject(json, map);
    } else if (value instanceof List<?> list) {
      json.append('[');
      for (Iterator<?> each = list.iterator(); each.hasNext(); ) {
        append(json, each.next());
        json.append(each.hasNext() ? "," : "");
      }
      json.append(']');
    } else {
      throw new IllegalArgumentException(
          "expected a map, list, text, boolean, long or double, found "
              + (value == null ? "null" : value.getClass().getName()));
    }
  }

  private static void appendObject(StringBuilder json, Map<?, ?> map) {
    Map<String, Object> sorted = new TreeMap<>();
    map.forEach((key, value) -> sorted.put((String) key, value));
    json.append('{');
    String separator = "";
    for (Map.Entry<String, Object> entry : sorted.entrySet()) {
      json.append(separator);
      appendText(json, entry.getKey());
      json.append(':');
      append(json, entry.getValue());
      separator = ",";
    }
    json.append('}');
  }

  private static String digits(double number) {
    if (!Double.isFinite(number)) {
      throw new IllegalArgumentException("expected a number that JSON can hold, found " + number);
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(number);
    for (int precision : DIGITS) {
      BigDecimal rounded = exact.round(new MathContext(precision)).stripTrailingZeros();
      if (rounded.doubleValue() == number) {
        String text = rounded.toString();
        // A double stays a double when read again.
        return text.contains(".") || text.contains("E") ? text : text + ".0";
      }
    }
    throw new IllegalStateException("expected 17 digits to be enough, at " + number);
  }

  private static void appendText(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> appendPlain(json, text, i);
      }
    }
    json.append('"');
  }

  private static void appendPlain(StringBuilder json, String text, int i) {
    char c = text.charAt(i);
    if (c < ' ') {
      json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      return;
    }
    boolean paired =
        Character.isHighSurrogate(c)
            ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
            : !Character.isLowSurrogate(c)
                || (i > 0 && Character.isHighSurrogate(text.charAt(i - 1)));
    if (!paired) {
      throw new IllegalArgumentException(
          "expected Unicode text, found half a surrogate pair, at character " + i);
    }
    json.append(c);
  }

  private static MalformedPluginException malformed(
      String expected, String found, String where, @Nullable Throwable cause) {
    String message = "expected " + expected + ", found " + found + ", at " + where;
    return cause == null
        ? new MalformedPluginException(message)
        : new MalformedPluginException(message, cause);
  }
}
