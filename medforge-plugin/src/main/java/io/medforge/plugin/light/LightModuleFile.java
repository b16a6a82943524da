package io.medforge.plugin.light;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.TensorBundle;
import io.medforge.plugin.Update;
import io.medforge.plugin.safetensors.TensorBundleFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The file form of a lightened module: a tensor bundle in safetensors, in which 8-bit values stay
 * 8-bit. Reading gives back the same values, and so the same digest.
 *
 * <p>Per layer: {@code kind/LAYER} ({@code low-rank}, {@code dense}, {@code replacement}), {@code
 * scaling/LAYER} (hexadecimal, exact) and {@code layout/LAYER} of a low-rank one, {@code
 * labels/LAYER} and {@code class.0/LAYER}, ... of a replacement. A tensor is {@code a/LAYER},
 * {@code b/LAYER} or {@code value/LAYER}; stored as {@link Storage#INT8}, that is I8 in the values'
 * shape, with {@code scale/} and the tensor's name beside it: F32, one per 64 values in row-major
 * order, the last block may be short. Besides: {@code form}, {@code base}, {@code base-digest} if
 * known, {@code module-digest}.
 */
public final class LightModuleFile {
  private static final String FORM = "light-module-v1";
  private static final String SCALE = "scale/";

  private LightModuleFile() {}

  /**
   * Writes a module's content, whole or not at all.
   *
   * @param module the module, from {@link Storage#store} or any other; its id and provenance are
   *     not written
   * @param file a new file in an existing folder
   * @throws IllegalArgumentException if a layer or label has half a surrogate pair
   * @throws java.io.UncheckedIOException if the file exists or cannot be written
   */
  public static void write(PluginModule module, Path file) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    SortedMap<String, String> texts = new TreeMap<>();
    texts.put("form", FORM);
    texts.put("base", module.base().name());
    module.base().digest().ifPresent(digest -> texts.put("base-digest", digest.toString()));
    texts.put("module-digest", module.digest().toString());
    module.updates().forEach((layer, update) -> add(layer, update, tensors, texts));
    TensorBundleFile.write(TensorBundle.of(tensors, texts), file);
  }

  private static void add(
      String layer,
      Update update,
      SortedMap<String, Tensor> tensors,
      SortedMap<String, String> texts) {
    if (update instanceof LowRankUpdate lowRank) {
      texts.put("kind/" + layer, "low-rank");
      texts.put("scaling/" + layer, Double.toHexString(lowRank.scaling()));
      texts.put("layout/" + layer, lowRank.layout().name());
      add("a/" + layer, lowRank.a(), tensors);
      add("b/" + layer, lowRank.b(), tensors);
    } else if (update instanceof DenseUpdate dense) {
      texts.put("kind/" + layer, "dense");
      add("value/" + layer, dense.delta(), tensors);
    } else if (update instanceof Replacement replacement) {
      texts.put("kind/" + layer, "replacement");
      texts.put("labels/" + layer, replacement.labels().name());
      List<String> classes = replacement.labels().classes();
      for (int i = 0; i < classes.size(); i++) {
        texts.put("class." + i + "/" + layer, classes.get(i));
      }
      add("value/" + layer, replacement.tensor(), tensors);
    }
  }

  private static void add(String name, Tensor tensor, SortedMap<String, Tensor> tensors) {
    if (tensor instanceof BlockwiseInt8 light) {
      tensors.put(name, light.codes());
      tensors.put(SCALE + name, light.scales());
    } else {
      tensors.put(name, tensor);
    }
  }

  /**
   * Reads a module onto the heap.
   *
   * @param file the file
   * @param id who made it and which one it is
   * @param provenance where it comes from
   * @return the module
   * @throws MalformedPluginException if it is no such file, something in it is missing, superfluous
   *     or does not fit, or the content is not that of its digest; the message names the file
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static PluginModule read(Path file, PluginId id, Provenance provenance) {
    TensorBundle bundle = TensorBundleFile.read(file);
    try {
      return new Reading(bundle).module(id, provenance);
    } catch (MalformedPluginException e) {
      throw new MalformedPluginException(e.getMessage() + ", at " + file, e);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new MalformedPluginException(
          "expected a lightened module, found this: " + e.getMessage() + ", at " + file, e);
    }
  }

  /** Takes a bundle apart, and leaves nothing over. */
  private static final class Reading {
    private final SortedMap<String, Tensor> tensors;
    private final SortedMap<String, String> texts;

    Reading(TensorBundle bundle) {
      this.tensors = new TreeMap<String, Tensor>(bundle.tensors());
      this.texts = new TreeMap<String, String>(bundle.metadata());
    }

    PluginModule module(PluginId id, Provenance provenance) {
      String form = text("form");
      if (!form.equals(FORM)) {
        throw new IllegalArgumentException("another form than " + FORM);
      }
      BaseModel base = base();
      Digest digest = Digest.parse(text("module-digest"));
      SortedMap<String, Update> updates = new TreeMap<>();
      for (String key : new ArrayList<>(texts.keySet())) {
        if (key.startsWith("kind/")) {
          String layer = key.substring("kind/".length());
          updates.put(layer, update(text(key), layer));
        }
      }
      if (!tensors.isEmpty() || !texts.isEmpty()) {
        throw new IllegalArgumentException(
            tensors.size() + " tensors and " + texts.size() + " texts too many");
      }
      PluginModule module = PluginModule.of(id, base, updates, provenance);
      if (!module.digest().equals(digest)) {
        throw new IllegalArgumentException(
            "the content of " + module.digest() + " instead of " + digest);
      }
      return module;
    }

    private BaseModel base() {
      String name = text("base");
      return texts.containsKey("base-digest")
          ? BaseModel.of(name, Digest.parse(text("base-digest")))
          : BaseModel.named(name);
    }

    private Update update(String kind, String layer) {
      return switch (kind) {
        case "low-rank" ->
            new LowRankUpdate(
                tensor("a/" + layer),
                tensor("b/" + layer),
                Double.parseDouble(text("scaling/" + layer)),
                LowRankUpdate.Layout.valueOf(text("layout/" + layer)));
        case "dense" -> new DenseUpdate(tensor("value/" + layer));
        case "replacement" -> new Replacement(tensor("value/" + layer), labels(layer));
        default -> throw new IllegalArgumentException("an unknown kind of update");
      };
    }

    private LabelSpace labels(String layer) {
      List<String> classes = new ArrayList<>();
      while (texts.containsKey("class." + classes.size() + "/" + layer)) {
        classes.add(text("class." + classes.size() + "/" + layer));
      }
      return new LabelSpace(text("labels/" + layer), classes);
    }

    private Tensor tensor(String name) {
      Tensor tensor = tensors.remove(name);
      if (tensor == null) {
        throw new IllegalArgumentException("a missing tensor");
      }
      Tensor scales = tensors.remove(SCALE + name);
      return scales == null ? tensor : BlockwiseInt8.of(tensor, scales);
    }

    private String text(String key) {
      String text = texts.remove(key);
      if (text == null) {
        throw new IllegalArgumentException("a missing text");
      }
      return text;
    }
  }
}
