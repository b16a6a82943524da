package io.medforge.plugin.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a header, trusting nothing in it. The JSON is decoded as it streams by, so that memory
 * follows what the header really holds, a few hundred bytes per tensor, and never what it claims.
 */
final class HeaderReader {
  private static final int LENGTH_BYTES = 8;
  private static final int START_BYTES = 16;
  private static final int MAX_DIGITS = 20;

  private static final SortedMap<String, DType> DTYPES = dtypes();

  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // No table of names that hostile keys could fill, and nothing kept per thread.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(4)
                  .maxNumberLength(MAX_DIGITS)
                  .maxNameLength(Header.MAX_BYTES)
                  .maxStringLength(Header.MAX_BYTES)
                  .build())
          .build();

  private final JsonParser json;
  private final Place place;
  private final long dataBytes;
  private final long[] scratch = new long[Header.MAX_DIMENSIONS];
  private final SortedMap<String, String> metadata = new TreeMap<>();
  private final List<TensorEntry> entries = new ArrayList<>();

  private static SortedMap<String, DType> dtypes() {
    SortedMap<String, DType> byName = new TreeMap<>();
    for (DType dtype : DType.values()) {
      byName.put(dtype.name(), dtype);
    }
    return byName;
  }

  private HeaderReader(JsonParser json, Place place, long dataBytes) {
    this.json = json;
    this.place = place;
    this.dataBytes = dataBytes;
  }

  /**
   * Reads and checks the header of a file.
   *
   * @throws io.medforge.plugin.MalformedPluginException if the file is no valid safetensors file
   * @throws UncheckedIOException if the file cannot be read
   */
  static Header read(FileSource source) {
    Place place = Place.of(source.path());
    long dataStart = LENGTH_BYTES + headerLength(source, place);
    long dataBytes = source.length() - dataStart;
    Place header = place.in("header");
    try (JsonParser json =
        JSON.createParser(
            new InputStreamReader(
                new HeaderStream(source, LENGTH_BYTES, dataStart),
                StandardCharsets.UTF_8.newDecoder()))) {
      HeaderReader reader = new HeaderReader(json, place, dataBytes);
      reader.readAll();
      List<TensorEntry> laidOut = DataLayout.check(reader.entries, dataBytes, place);
      return new Header(Collections.unmodifiableSortedMap(reader.metadata), laidOut, dataStart);
    } catch (CharacterCodingException e) {
      throw header.malformed("UTF-8", "other bytes", e);
    } catch (JsonProcessingException e) {
      // The parser's own message quotes the file; it is shown bounded and printable.
      throw header.malformed(
          "JSON with each key once", JsonText.quote(e.getOriginalMessage()) + position(e), e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "expected a readable file, found " + e + ", at " + source.path(), e);
    }
  }

  private static String position(JsonProcessingException e) {
    return e.getLocation() == null
        ? ""
        : " after " + e.getLocation().getCharOffset() + " characters";
  }

  private static long headerLength(FileSource source, Place place) {
    byte[] start = new byte[(int) Math.min(START_BYTES, source.length())];
    source.read(0, start, 0, start.length);
    if (start.length < LENGTH_BYTES) {
      throw unreadable(
          place, start, "at least " + LENGTH_BYTES + " bytes", start.length + " (too short)");
    }
    long length = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (Long.compareUnsigned(length, Header.MAX_BYTES) > 0) {
      throw unreadable(
          place,
          start,
          "a header of at most " + Header.MAX_BYTES + " bytes",
          Long.toUnsignedString(length));
    }
    if (length > source.length() - LENGTH_BYTES) {
      throw unreadable(
          place,
          start,
          "a header within the file's " + source.length() + " bytes",
          length + " bytes of header (truncated)");
    }
    if (length == 0 || start[LENGTH_BYTES] != '{') {
      throw unreadable(
          place,
          start,
          "a header that starts with '{'",
          length == 0 ? "an empty one" : "byte " + (start[LENGTH_BYTES] & 0xff));
    }
    return length;
  }

  private static RuntimeException unreadable(
      Place place, byte[] start, String expected, String found) {
    String foreign = ForeignFormat.describe(place.file(), start);
    return foreign == null
        ? place.malformed(expected, found)
        : place.malformed("a safetensors file", foreign);
  }

  private void readAll() throws IOException {
    json.nextToken();
    expect(JsonToken.START_OBJECT, "an object", place.in("header"));
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      if (name.equals(Header.METADATA)) {
        readMetadata();
      } else {
        entries.add(readEntry(name));
      }
    }
    if (json.nextToken() != null) {
      throw place.in("header").malformed("nothing after the closing brace", found());
    }
  }

  private void readMetadata() throws IOException {
    Place at = place.in(Header.METADATA);
    expect(JsonToken.START_OBJECT, "an object of strings", at);
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      Place atKey = at.in("key", key);
      expect(JsonToken.VALUE_STRING, "a string", atKey);
      String value = json.getText();
      if (JsonText.hasLoneSurrogate(key) || JsonText.hasLoneSurrogate(value)) {
        throw atKey.malformed("Unicode text", "half a surrogate pair");
      }
      metadata.put(key, value);
    }
  }

  private TensorEntry readEntry(String name) throws IOException {
    Place at = place.in("tensor", name);
    String fault = TensorNames.fault(name);
    if (fault != null) {
      throw at.malformed("a printable name", fault);
    }
    DType dtype = null;
    Shape shape = null;
    long[] offsets = null;
    expect(JsonToken.START_OBJECT, "an object with dtype, shape and data_offsets", at);
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      switch (key) {
        case "dtype" -> dtype = readDType(at.in("dtype"));
        case "shape" -> shape = readShape(at.in("shape"));
        case "data_offsets" -> offsets = readOffsets(at.in("data_offsets"));
        default ->
            throw at.malformed("only dtype, shape and data_offsets", "key " + JsonText.quote(key));
      }
    }
    return entry(
        name,
        required(dtype, "dtype", at),
        required(shape, "shape", at),
        required(offsets, "data_offsets", at),
        at);
  }

  private TensorEntry entry(String name, DType dtype, Shape shape, long[] offsets, Place at) {
    long bytes;
    try {
      bytes = DataLayout.byteSize(dtype, shape.elements());
    } catch (ArithmeticException e) {
      throw at.malformed(
          "a whole number of bytes that fits 64 bits",
          dtype + shape.toString() + " (" + e.getMessage() + ")",
          e);
    }
    long begin = offsets[0];
    long end = offsets[1];
    if (end < begin || end - begin != bytes) {
      throw at.malformed(
          "data_offsets " + bytes + " bytes apart for " + dtype + shape, Arrays.toString(offsets));
    }
    if (end > dataBytes) {
      throw at.malformed(
          "data_offsets within the " + dataBytes + " bytes after the header",
          Arrays.toString(offsets) + " (truncated file)");
    }
    return new TensorEntry(name, dtype, shape, begin, end);
  }

  private DType readDType(Place at) throws IOException {
    expect(JsonToken.VALUE_STRING, "a string", at);
    String text = json.getText();
    DType dtype = DTYPES.get(text);
    if (dtype == null) {
      throw at.malformed("one of " + DTYPES.keySet(), JsonText.quote(text));
    }
    return dtype;
  }

  private Shape readShape(Place at) throws IOException {
    long[] dimensions = readIntegers(Header.MAX_DIMENSIONS, at);
    try {
      return Shape.of(dimensions);
    } catch (ArithmeticException e) {
      throw at.malformed(
          "at most 2^63 - 1 elements", Arrays.toString(dimensions) + " (overflow)", e);
    }
  }

  private long[] readOffsets(Place at) throws IOException {
    long[] offsets = readIntegers(2, at);
    if (offsets.length != 2) {
      throw at.malformed("[begin, end]", Arrays.toString(offsets));
    }
    return offsets;
  }

  private long[] readIntegers(int most, Place at) throws IOException {
    expect(JsonToken.START_ARRAY, "a list of integers", at);
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (count == most) {
        throw at.malformed("at most " + most + " integers", "more");
      }
      scratch[count++] = readInteger(at);
    }
    return Arrays.copyOf(scratch, count);
  }

  private long readInteger(Place at) throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT, "an integer from 0 to 2^63 - 1", at);
    String digits = json.getText();
    try {
      // A leading minus is refused even for zero, as the reference implementation does.
      return digits.startsWith("-") ? fail(at) : Long.parseLong(digits);
    } catch (NumberFormatException e) {
      return fail(at);
    }
  }

  private long fail(Place at) throws IOException {
    throw at.malformed("an integer from 0 to 2^63 - 1", found());
  }

  private void expect(JsonToken token, String expected, Place at) throws IOException {
    if (json.currentToken() != token) {
      throw at.malformed(expected, found());
    }
  }

  private String found() throws IOException {
    JsonToken token = json.currentToken();
    if (token == null) {
      return "the end of the header";
    }
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_STRING -> "the string " + JsonText.quote(json.getText());
      default -> json.getText();
    };
  }

  private static <T> T required(@Nullable T value, String key, Place at) {
    if (value == null) {
      throw at.malformed("the key " + key, "none");
    }
    return value;
  }
}
