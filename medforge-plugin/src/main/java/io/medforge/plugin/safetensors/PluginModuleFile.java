package io.medforge.plugin.safetensors;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The content of {@link PluginModule}s as safetensors files: every kind of update, exactly as it
 * is, so that the digest is the same again. (A PEFT adapter is for other tools to read, and holds
 * what PEFT knows; see {@code io.medforge.plugin.peft}.)
 *
 * <p>A file holds what the module's digest speaks of, base and updates, and not who made it, so
 * that renamed copies are one file. Tensors are {@code a/LAYER} and {@code b/LAYER}, {@code
 * delta/LAYER} or {@code value/LAYER}; texts are {@code base}, {@code base-digest}, {@code
 * scaling/LAYER} (hexadecimal, exact), {@code layout/LAYER}, {@code labels/LAYER}, {@code
 * class.0/LAYER}, ..., {@code medforge.kind} and {@code medforge.digest}.
 */
public final class PluginModuleFile {
  private static final String KIND = "plugin-module-v1";
  private static final String BASE = "base";
  private static final String BASE_DIGEST = "base-digest";
  private static final String A = "a/";
  private static final String B = "b/";
  private static final String DELTA = "delta/";
  private static final String VALUE = "value/";
  private static final String SCALING = "scaling/";
  private static final String LAYOUT = "layout/";
  private static final String LABELS = "labels/";
  private static final int HEAP_BYTES = 64 * 1024;

  private PluginModuleFile() {}

  /**
   * Writes a module's content, whole or not at all. Tensors are copied in pieces.
   *
   * @param module the module; its id and provenance are not written
   * @param file a new file in an existing folder
   * @throws IllegalArgumentException if a layer or label has half a surrogate pair
   * @throws java.io.UncheckedIOException if the file exists or cannot be written
   */
  public static void write(PluginModule module, Path file) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    SortedMap<String, String> metadata = new TreeMap<>();
    metadata.put(BASE, module.base().name());
    module.base().digest().ifPresent(digest -> metadata.put(BASE_DIGEST, digest.toString()));
    module.updates().forEach((layer, update) -> add(layer, update, tensors, metadata));
    TypedContent.write(file, KIND, module.digest(), tensors, metadata);
  }

  private static void add(
      String layer,
      Update update,
      SortedMap<String, Tensor> tensors,
      SortedMap<String, String> metadata) {
    if (update instanceof LowRankUpdate lowRank) {
      tensors.put(A + layer, lowRank.a());
      tensors.put(B + layer, lowRank.b());
      metadata.put(SCALING + layer, Double.toHexString(lowRank.scaling()));
      metadata.put(LAYOUT + layer, lowRank.layout().name());
    } else if (update instanceof DenseUpdate dense) {
      tensors.put(DELTA + layer, dense.delta());
    } else if (update instanceof Replacement replacement) {
      tensors.put(VALUE + layer, replacement.tensor());
      metadata.put(LABELS + layer, replacement.labels().name());
      List<String> classes = replacement.labels().classes();
      for (int i = 0; i < classes.size(); i++) {
        metadata.put(classKey(i, layer), classes.get(i));
      }
    }
  }

  /**
   * Reads a module. Every value is read once and checked; tensors of more than 64 KiB then stay in
   * the file, which is opened again whenever one of them is read and must not change or go.
   *
   * @param file the file
   * @param id who made it and which one it is
   * @param provenance where it comes from
   * @return the module
   * @throws io.medforge.plugin.MalformedPluginException if it is no module's file, a value is NaN
   *     or infinite, or the content is not that of its digest
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static PluginModule read(Path file, PluginId id, Provenance provenance) {
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      TypedContent stored = TypedContent.of(open, KIND);
      TypedContent content = stored.detached(HEAP_BYTES);
      BaseModel base;
      SortedMap<String, Update> updates;
      try {
        base = base(content);
        updates = updates(content);
      } catch (IllegalArgumentException e) {
        throw Place.of(file).malformed("a plugin module", String.valueOf(e.getMessage()), e);
      }
      PluginModule module = PluginModule.of(id, base, updates, provenance);
      content.checkDigest(module.digest());
      return module;
    }
  }

  private static BaseModel base(TypedContent content) {
    String name = content.text(BASE);
    Optional<String> digest = Optional.ofNullable(content.metadata().get(BASE_DIGEST));
    return digest
        .map(text -> BaseModel.of(name, Digest.parse(text)))
        .orElseGet(() -> BaseModel.named(name));
  }

  private static SortedMap<String, Update> updates(TypedContent content) {
    SortedMap<String, Update> updates = new TreeMap<>();
    int texts = content.metadata().containsKey(BASE_DIGEST) ? 2 : 1;
    int tensors = 0;
    for (String name : content.tensors().keySet()) {
      String layer = name.substring(name.indexOf('/') + 1);
      if (name.startsWith(A)) {
        put(updates, layer, lowRank(content, layer), content);
        tensors += 2;
        texts += 2;
      } else if (name.startsWith(DELTA)) {
        put(updates, layer, new DenseUpdate(content.tensor(name)), content);
        tensors++;
      } else if (name.startsWith(VALUE)) {
        LabelSpace labels = labels(content, layer);
        put(updates, layer, new Replacement(content.tensor(name), labels), content);
        tensors++;
        texts += 1 + labels.size();
      }
    }
    content.checkCounts(tensors, texts);
    return updates;
  }

  private static void put(
      SortedMap<String, Update> updates, String layer, Update update, TypedContent content) {
    if (updates.put(layer, update) != null) {
      throw Place.of(content.file()).in("layer", layer).malformed("one update", "two");
    }
  }

  private static LowRankUpdate lowRank(TypedContent content, String layer) {
    double scaling = Double.parseDouble(content.text(SCALING + layer));
    LowRankUpdate.Layout layout = LowRankUpdate.Layout.valueOf(content.text(LAYOUT + layer));
    return new LowRankUpdate(content.tensor(A + layer), content.tensor(B + layer), scaling, layout);
  }

  private static LabelSpace labels(TypedContent content, String layer) {
    List<String> classes = new ArrayList<>();
    for (int i = 0; content.metadata().containsKey(classKey(i, layer)); i++) {
      classes.add(content.text(classKey(i, layer)));
    }
    return new LabelSpace(content.text(LABELS + layer), classes);
  }

  private static String classKey(int index, String layer) {
    return "class." + index + "/" + layer;
  }
}
