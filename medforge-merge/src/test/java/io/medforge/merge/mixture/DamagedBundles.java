package io.medforge.merge.mixture;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.TensorBundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Bytes as edits of a valid bundle, for fuzzing: each of the first 64 lines of text is one. {@code
 * -NAME} drops a text or tensor, {@code NAME=TEXT} sets a text, {@code NAME@ROWS,COLUMNS} puts a
 * tensor of zeros in another's place, {@code NAME#INDEX} makes one element NaN. What is no edit, or
 * names what no bundle can hold, changes nothing.
 */
final class DamagedBundles {
  private static final int LARGEST = 4096;
  private static final int MOST_EDITS = 64;

  private DamagedBundles() {}

  /** The committed edits of a kind of bundle. */
  static Stream<byte[]> seeds(String kind) {
    try (Stream<Path> files =
        Files.list(Path.of(DamagedBundles.class.getResource("hostile/" + kind).toURI()))) {
      return files.sorted().map(DamagedBundles::bytes).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A valid bundle, edited. */
  static TensorBundle damage(TensorBundle valid, byte[] edits) {
    SortedMap<String, Tensor> tensors = new TreeMap<>(valid.tensors());
    SortedMap<String, String> text = new TreeMap<>(valid.metadata());
    String[] lines = new String(edits, StandardCharsets.UTF_8).split("\n", MOST_EDITS + 1);
    for (int i = 0; i < Math.min(MOST_EDITS, lines.length); i++) {
      edit(lines[i], tensors, text);
    }
    tensors.keySet().removeIf(DamagedBundles::cannotBeNamed);
    text.keySet().removeIf(DamagedBundles::cannotBeNamed);
    return TensorBundle.of(tensors, text);
  }

  private static boolean cannotBeNamed(String name) {
    return name.isBlank() || name.chars().anyMatch(Character::isISOControl);
  }

  private static void edit(
      String line, SortedMap<String, Tensor> tensors, SortedMap<String, String> text) {
    int at = line.indexOf('@');
    int element = line.indexOf('#');
    int equals = line.indexOf('=');
    if (line.startsWith("-")) {
      tensors.remove(line.substring(1));
      text.remove(line.substring(1));
    } else if (equals > 0) {
      text.put(line.substring(0, equals), line.substring(equals + 1));
    } else if (at > 0) {
      tensors.put(line.substring(0, at), zeros(line.substring(at + 1)));
    } else if (element > 0) {
      spoil(line.substring(0, element), line.substring(element + 1), tensors);
    }
  }

  private static Tensor zeros(String shape) {
    List<Long> dimensions = new ArrayList<>();
    long elements = 1;
    for (String part : shape.split(",", -1)) {
      long dimension = number(part);
      elements *= Math.max(1, dimension);
      if (elements > LARGEST) {
        break;
      }
      dimensions.add(dimension);
    }
    Shape of = Shape.of(dimensions.stream().mapToLong(Long::longValue).toArray());
    return Tensor.of(of, new double[Math.toIntExact(of.elements())]);
  }

  private static void spoil(String name, String index, SortedMap<String, Tensor> tensors) {
    Tensor tensor = tensors.get(name);
    if (tensor != null && tensor.shape().elements() > 0) {
      double[] values = tensor.toDoubles();
      values[(int) (number(index) % values.length)] = Double.NaN;
      tensors.put(name, Tensor.of(tensor.shape(), values));
    }
  }

  /** 0 to 4096 of any text. */
  private static long number(String text) {
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      value = c >= '0' && c <= '9' ? Math.min(LARGEST, 10 * value + c - '0') : value;
    }
    return value;
  }
}
