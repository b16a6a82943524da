package io.medforge.plugin.checkpoint;

import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The files beside the tensors that are made of them.
 *
 * @param names all that may be
 * @param made makes them
 */
record BesideTensors(Set<String> names, FilesBeside made) {
  static final BesideTensors NONE = new BesideTensors(Set.of(), written -> Map.of());
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  BesideTensors {
    names = Set.copyOf(names);
    for (String name : names) {
      if (!FILE_NAME.matcher(name).matches() || name.contains(Checkpoint.SUFFIX)) {
        throw new IllegalArgumentException(
            "expected a file name of letters, digits, '.', '_', '-' that is none of tensors, found "
                + CheckpointIndex.quote(name));
      }
    }
  }

  /** Makes them of tensors that are read from their files. */
  Map<String, byte[]> madeOf(List<Path> files) throws IOException {
    if (names.isEmpty()) {
      return Map.of();
    }
    SortedMap<String, Tensor> written = new TreeMap<>();
    List<SafetensorsFile> open = new ArrayList<>();
    try {
      for (Path file : files) {
        SafetensorsFile shard = SafetensorsFile.open(file);
        open.add(shard);
        written.putAll(shard.tensors());
      }
      Map<String, byte[]> contents = made.of(written);
      if (!names.containsAll(contents.keySet())) {
        throw new IllegalArgumentException(
            "expected files among " + names + ", found " + contents.keySet());
      }
      return contents;
    } finally {
      open.forEach(SafetensorsFile::close);
    }
  }

  /** Those of other names. */
  List<Path> others(List<Path> files) {
    return files.stream().filter(file -> !names.contains(Checkpoint.nameOf(file))).toList();
  }
}
