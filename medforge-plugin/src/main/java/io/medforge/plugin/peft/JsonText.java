package io.medforge.plugin.peft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Builds one JSON object whose text depends on its content only: keys in the order they were put,
 * Unix line ends, and numbers in the same digits on every JDK.
 */
final class JsonText {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final ObjectWriter COMPACT = MAPPER.writer();
  private static final ObjectWriter INDENTED = MAPPER.writer(printer());
  private static final double MAX_EXACT_INTEGER = 0x1p53;
  // 17 significant digits tell any two doubles apart.
  private static final int[] DIGITS = {15, 16, 17};

  private final ObjectNode node;
  private final ObjectWriter writer;

  private JsonText(ObjectNode node, ObjectWriter writer) {
    this.node = node;
    this.writer = writer;
  }

  static JsonText compact() {
    return new JsonText(JsonNodeFactory.instance.objectNode(), COMPACT);
  }

  static JsonText indented() {
    return new JsonText(JsonNodeFactory.instance.objectNode(), INDENTED);
  }

  JsonText put(String key, String value) {
    node.put(key, value);
    return this;
  }

  JsonText put(String key, boolean value) {
    node.put(key, value);
    return this;
  }

  JsonText put(String key, long value) {
    node.put(key, value);
    return this;
  }

  JsonText put(String key, double value) {
    putNumber(node, key, value);
    return this;
  }

  JsonText putNull(String key) {
    node.putNull(key);
    return this;
  }

  JsonText put(String key, Collection<String> values) {
    ArrayNode array = node.putArray(key);
    values.forEach(array::add);
    return this;
  }

  JsonText putNumbers(String key, Map<String, ? extends Number> values) {
    ObjectNode object = node.putObject(key);
    values.forEach((name, value) -> putNumber(object, name, value.doubleValue()));
    return this;
  }

  JsonText putTexts(String key, Map<String, String> values) {
    ObjectNode object = node.putObject(key);
    values.forEach(object::put);
    return this;
  }

  JsonText object(String key, Consumer<JsonText> fill) {
    fill.accept(new JsonText(node.putObject(key), writer));
    return this;
  }

  @Override
  public String toString() {
    try {
      return writer.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("expected text, found what JSON cannot hold", e);
    }
  }

  /**
   * Whole numbers as integers, the rest with as few of 15 to 17 digits as give the double back.
   * Double.toString would differ between JDK 17 and 25.
   */
  private static void putNumber(ObjectNode object, String key, double value) {
    boolean negativeZero = Double.doubleToLongBits(value) == Double.doubleToLongBits(-0.0);
    if (negativeZero) {
      object.put(key, -0.0);
    } else if (value == StrictMath.rint(value) && Math.abs(value) <= MAX_EXACT_INTEGER) {
      object.put(key, (long) value);
    } else {
      object.put(key, shortDecimal(value));
    }
  }

  private static BigDecimal shortDecimal(double value) {
    BigDecimal exact = new BigDecimal(value);
    for (int digits : DIGITS) {
      BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (rounded.doubleValue() == value) {
        // BigDecimal's own text switches to exponents below 1e-6, which JSON allows too.
        BigDecimal shortest = rounded.stripTrailingZeros();
        // Beyond 2^53 an integer without a fraction would be refused as inexact when read.
        return shortest.scale() == 0 ? shortest.setScale(1) : shortest;
      }
    }
    return exact;
  }

  private static DefaultPrettyPrinter printer() {
    DefaultIndenter twoSpaces = new DefaultIndenter("  ", "\n");
    return new DefaultPrettyPrinter()
        .withObjectIndenter(twoSpaces)
        .withArrayIndenter(twoSpaces)
        .withSeparators(
            Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("")
                .withArrayEmptySeparator(""));
  }
}
