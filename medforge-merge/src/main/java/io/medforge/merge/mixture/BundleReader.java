package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DType;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.TensorBundle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Reads what this package wrote into a bundle; whatever does not fit is refused by name. */
final class BundleReader {
  /** More of anything than any mixture has; refused before something is allocated for it. */
  private static final int MOST = 1 << 20;

  private final TensorBundle bundle;

  BundleReader(TensorBundle bundle, String format, String version) {
    this.bundle = bundle;
    expect("format", format);
    expect("version", version);
  }

  private void expect(String key, String expected) {
    String found = bundle.text(key);
    if (!found.equals(expected)) {
      throw new MalformedPluginException(
          "expected " + key + " " + expected + ", found another, at a tensor bundle");
    }
  }

  String text(String key) {
    return bundle.text(key);
  }

  int number(String key, int least) {
    return parsed(
        key,
        () -> {
          int number = Integer.parseInt(bundle.text(key));
          if (number < least || number > MOST) {
            throw new IllegalArgumentException(
                "expected " + least + " to " + MOST + ", found " + number);
          }
          return number;
        });
  }

  double real(String key) {
    return parsed(key, () -> Double.parseDouble(bundle.text(key)));
  }

  Digest digest(String key) {
    return parsed(key, () -> Digest.parse(bundle.text(key)));
  }

  /** A value made of a bundle's text; what is wrong with it is said with its key. */
  <T> T parsed(String key, Supplier<T> read) {
    try {
      return read.get();
    } catch (NumberFormatException e) {
      throw new MalformedPluginException(
          "expected a number, found other text, at " + key + " of a tensor bundle", e);
    } catch (IllegalArgumentException e) {
      throw new MalformedPluginException(e.getMessage() + ", at " + key + " of a tensor bundle", e);
    }
  }

  LabelSpace labels(String prefix) {
    String name = bundle.text(prefix + ".name");
    int size = number(prefix + ".classes", 0);
    List<String> classes = new ArrayList<>();
    for (int c = 0; c < size; c++) {
      classes.add(bundle.text(prefix + ".class." + c));
    }
    return parsed(prefix, () -> new LabelSpace(name, classes));
  }

  List<LabelMapping> joins() {
    List<LabelMapping> joins = new ArrayList<>();
    int count = number("joins", 0);
    for (int i = 0; i < count; i++) {
      String prefix = "join." + i;
      LabelSpace from = labels(prefix + ".from");
      LabelSpace to = labels(prefix + ".to");
      Map<String, String> classes = new TreeMap<>();
      for (int c = 0; c < from.size(); c++) {
        classes.put(from.classes().get(c), bundle.text(prefix + ".becomes." + c));
      }
      joins.add(parsed(prefix, () -> LabelMapping.of(from, to, classes)));
    }
    return joins;
  }

  /** The bundle's plugins, which must be those given. */
  List<PluginId> plugins(PluginSet branches) {
    int n = number("plugins", 1);
    List<PluginId> ids = new ArrayList<>();
    List<PluginModule> found = branches.plugins();
    for (int i = 0; i < n; i++) {
      String key = "plugin." + i;
      ids.add(parsed(key + ".id", () -> PluginId.parse(bundle.text(key + ".id"))));
    }
    for (PluginModule plugin : found) {
      if (!ids.contains(plugin.id())) {
        throw new IncompatiblePluginsException(
            "expected the recorded plugins " + ids + ", found " + plugin.id() + " too");
      }
    }
    for (int i = 0; i < n; i++) {
      PluginId id = ids.get(i);
      Digest recorded = digest("plugin." + i + ".digest");
      PluginModule plugin =
          found.stream()
              .filter(each -> each.id().equals(id))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IncompatiblePluginsException(
                          "expected the recorded plugin " + id + ", found none"));
      if (!plugin.digest().equals(recorded)) {
        throw new IncompatiblePluginsException(
            "expected plugin "
                + id
                + " of base "
                + bundle.text("base")
                + " with "
                + recorded
                + " as recorded, found "
                + plugin.digest()
                + " of base "
                + plugin.base().name());
      }
      if (!found.get(i).id().equals(id)) {
        throw new MalformedPluginException(
            "expected plugins in canonical order, found " + ids + ", at a tensor bundle");
      }
    }
    return ids;
  }

  Tensor matrix(String name, int rows) {
    Tensor tensor = bundle.tensor(name);
    if (tensor.shape().dimensions() != 2
        || tensor.shape().dimension(0) != rows
        || tensor.shape().dimension(1) < 1
        || tensor.shape().dimension(1) > MOST) {
      throw new MalformedPluginException(
          "expected [" + rows + ", ...], found " + tensor.shape() + ", at tensor " + name);
    }
    return tensor;
  }

  Tensor tensor(String name) {
    return bundle.tensor(name);
  }

  float[] floats(String name, Tensor tensor) {
    if (tensor.dtype() != DType.F32) {
      throw new MalformedPluginException(
          "expected F32, found " + tensor.dtype() + ", at tensor " + name);
    }
    return tensor.toFloats();
  }

  int[] integers(String name, int least) {
    Tensor tensor = bundle.tensor(name);
    if (tensor.dtype() != DType.I32
        || tensor.shape().dimensions() != 1
        || tensor.shape().elements() < 1
        || tensor.shape().elements() > MOST) {
      throw new MalformedPluginException(
          "expected a list of I32, found " + tensor.dtype() + tensor.shape() + ", at " + name);
    }
    byte[] bytes = new byte[Math.toIntExact(4 * tensor.shape().elements())];
    tensor.readBytes(0, bytes, 0, bytes.length);
    int[] values = new int[bytes.length / 4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(values);
    for (int value : values) {
      if (value < least) {
        throw new MalformedPluginException(
            "expected numbers of at least " + least + ", found " + value + ", at tensor " + name);
      }
    }
    return values;
  }

  static Tensor integers(int... values) {
    byte[] bytes = new byte[4 * values.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(values);
    return Tensor.ofBytes(DType.I32, Shape.of(values.length), bytes);
  }
}
