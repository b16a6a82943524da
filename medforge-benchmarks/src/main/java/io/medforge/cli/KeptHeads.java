package io.medforge.cli;

import io.medforge.merge.MergeRecord;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Heads that a fusion kept with their plugins, one file per plugin: nothing that an adapter holds
 * is lost because it could not be merged. Immutable.
 */
final class KeptHeads {
  /** The folder beside the fused adapter. */
  static final String FOLDER = "heads";

  private final SortedMap<PluginId, SortedMap<String, Tensor>> byOwner;

  private KeptHeads(SortedMap<PluginId, SortedMap<String, Tensor>> byOwner) {
    this.byOwner = byOwner;
  }

  /**
   * What a fusion kept apart.
   *
   * @param record the fusion's
   * @param plugins what was fused
   * @return the heads, possibly none
   * @throws IllegalStateException if the record names a layer that is no head of its owner
   */
  static KeptHeads of(MergeRecord record, List<PluginModule> plugins) {
    SortedMap<PluginId, SortedMap<String, Tensor>> byOwner = new TreeMap<>();
    for (PluginModule plugin : plugins) {
      record
          .keptApart()
          .forEach(
              (layer, owners) -> {
                if (owners.contains(plugin.id())) {
                  byOwner
                      .computeIfAbsent(plugin.id(), id -> new TreeMap<>())
                      .put(layer, head(plugin, layer));
                }
              });
    }
    return new KeptHeads(byOwner);
  }

  private static Tensor head(PluginModule plugin, String layer) {
    if (plugin.updates().get(layer) instanceof Replacement head) {
      return head.tensor();
    }
    throw new IllegalStateException(
        "expected a head kept apart, found another update, at plugin "
            + plugin.id()
            + ", layer "
            + layer);
  }

  /**
   * Writes one file per owner.
   *
   * @param folder the fused adapter's folder
   * @throws IOException if the folder cannot be made
   */
  void writeTo(Path folder) throws IOException {
    if (byOwner.isEmpty()) {
      return;
    }
    Path heads = Files.createDirectory(folder.resolve(FOLDER));
    for (var entry : byOwner.entrySet()) {
      Path file = heads.resolve(file(entry.getKey()));
      Files.createDirectories(file.resolveSibling(""));
      SafetensorsWriter.to(file)
          .metadata(Map.of("format", "pt", "plugin", entry.getKey().toString()))
          .write(entry.getValue());
    }
  }

  /** One line per owner, for people. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    byOwner.forEach(
        (owner, tensors) ->
            lines.add(
                owner + ": " + tensors.keySet() + " -> " + Path.of(FOLDER).resolve(file(owner))));
    return lines;
  }

  /** An id's parts are safe in file names; folders keep different ids apart. */
  private static Path file(PluginId owner) {
    return Path.of(owner.centre(), owner.name(), owner.version() + ".safetensors");
  }
}
