package io.medforge.cli.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands before an array's values: magic, version 1 to 3, the length of a Python dictionary
 * with exactly {@code descr}, {@code fortran_order} and {@code shape}, and the dictionary (NumPy
 * Enhancement Proposal 1). Read by a pattern that takes what NumPy writes and nothing else: no
 * expression is ever evaluated.
 *
 * @param type kind and bytes, for example {@code f4}
 * @param littleEndian the byte order
 * @param shape the extents; the product is at most 2^31 - 9
 * @param length how many bytes come before the values
 */
record NpyHeader(String type, boolean littleEndian, List<Integer> shape, int length) {
  /** Magic, version, and the first two bytes of the length. */
  static final int PREFIX = 10;

  /** How many bytes of the length the prefix holds. */
  static final int LENGTH_READ = 2;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LARGEST = Integer.MAX_VALUE - 8;
  private static final Map<String, Integer> BYTES =
      Map.of(
          "b1", 1, "u1", 1, "i1", 1, "u2", 2, "i2", 2, "u4", 4, "i4", 4, "i8", 8, "f4", 4, "f8", 8);
  private static final Pattern DICTIONARY =
      Pattern.compile(
          "\\{'descr': '([<>|=])([a-zA-Z][0-9]{1,2})', 'fortran_order': (True|False), "
              + "'shape': \\(([0-9, ]{0,200})\\),? ?\\}\\s*");

  /** The length of a header's text, as far as the prefix tells it. */
  static int textLength(byte[] start, String place) {
    if (start.length < PREFIX || !Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw MalformedDataException.of("a NumPy array", "another form", place);
    }
    int version = start[6];
    if (version < 1 || version > 3 || start[7] != 0) {
      throw MalformedDataException.of(
          "version 1.0 to 3.0 of the array format", version + "." + start[7], place);
    }
    return (start[8] & 0xff) | (start[9] & 0xff) << 8;
  }

  /** How many bytes the length takes: 2 in version 1, else 4. */
  static int lengthBytes(byte[] start) {
    return start[6] == 1 ? 2 : 4;
  }

  /** Parses what follows the prefix: the rest of the length, and the text. */
  static NpyHeader parse(byte[] start, byte[] rest, String place) {
    int more = lengthBytes(start) - LENGTH_READ;
    int length = textLength(start, place);
    if (rest.length != length + more || (more > 0 && (rest[0] != 0 || rest[1] != 0))) {
      throw MalformedDataException.of("a whole header below 64 KiB", "another", place);
    }
    Matcher text = DICTIONARY.matcher(new String(rest, more, length, StandardCharsets.ISO_8859_1));
    if (!text.matches()) {
      throw MalformedDataException.of(
          "a header with descr, fortran_order and shape", "another", place);
    }
    String type = text.group(2);
    if (!BYTES.containsKey(type)) {
      throw MalformedDataException.of("a type among " + new TreeSet<>(BYTES.keySet()), type, place);
    }
    List<Integer> shape = shape(text.group(4), place);
    if (text.group(3).equals("True") && shape.size() > 1) {
      throw MalformedDataException.of("an array in C order", "one in Fortran order", place);
    }
    return new NpyHeader(type, !text.group(1).equals(">"), shape, PREFIX + rest.length);
  }

  private static List<Integer> shape(String text, String place) {
    String[] fields = text.isBlank() ? new String[0] : text.split(",");
    List<Integer> shape = new ArrayList<>();
    long elements = 1;
    for (String each : fields) {
      String field = each.strip();
      if (!field.matches("[0-9]{1,10}") || Long.parseLong(field) > LARGEST) {
        throw MalformedDataException.of("extents of at most " + LARGEST, "another", place);
      }
      shape.add(Integer.parseInt(field));
      elements = Math.min(elements * Long.parseLong(field), Long.MAX_VALUE / LARGEST);
    }
    if (elements > LARGEST / 8) {
      throw MalformedDataException.of("at most " + LARGEST / 8 + " values", "more", place);
    }
    if (shape.isEmpty()) {
      throw MalformedDataException.of("an array with at least one axis", "a scalar", place);
    }
    return List.copyOf(shape);
  }

  long elements() {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
  }

  /** How many bytes the values take. */
  long bytes() {
    Integer each = BYTES.get(type);
    return each == null ? 0 : each * elements();
  }
}
