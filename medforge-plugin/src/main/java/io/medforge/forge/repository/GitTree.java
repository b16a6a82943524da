package io.medforge.forge.repository;

import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.TreeFormatter;
import org.eclipse.jgit.treewalk.CanonicalTreeParser;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.jspecify.annotations.Nullable;

/** Git trees with files more or less, written from the inside out: only what changes is written. */
final class GitTree {
  /** One line of a tree. */
  private record Line(FileMode mode, ObjectId id) {}

  private GitTree() {}

  /** The tree with files at their paths; every folder that changes is written once. */
  static ObjectId put(
      ObjectReader reader,
      ObjectInserter inserter,
      @Nullable ObjectId tree,
      SortedMap<String, ObjectId> blobs)
      throws IOException {
    SortedMap<String, Line> lines = lines(reader, tree);
    SortedMap<String, SortedMap<String, ObjectId>> folders = new TreeMap<>();
    blobs.forEach(
        (path, blob) -> {
          int slash = path.indexOf('/');
          if (slash < 0) {
            lines.put(path, new Line(FileMode.REGULAR_FILE, blob));
          } else {
            // Git sorts a folder as if its name ended in a slash.
            folders
                .computeIfAbsent(path.substring(0, slash + 1), any -> new TreeMap<>())
                .put(path.substring(slash + 1), blob);
          }
        });
    for (Map.Entry<String, SortedMap<String, ObjectId>> folder : folders.entrySet()) {
      Line old = lines.get(folder.getKey());
      ObjectId inner = put(reader, inserter, old == null ? null : old.id(), folder.getValue());
      lines.put(folder.getKey(), new Line(FileMode.TREE, inner));
    }
    return write(inserter, lines);
  }

  /** The tree without a file, or the same tree if there is none. */
  static ObjectId remove(ObjectReader reader, ObjectInserter inserter, ObjectId tree, String path)
      throws IOException {
    SortedMap<String, Line> lines = lines(reader, tree);
    int slash = path.indexOf('/');
    if (slash < 0) {
      lines.remove(path);
    } else {
      String folder = path.substring(0, slash) + "/";
      Line old = lines.get(folder);
      if (old != null) {
        ObjectId inner = remove(reader, inserter, old.id(), path.substring(slash + 1));
        lines.put(folder, new Line(FileMode.TREE, inner));
      }
    }
    return write(inserter, lines);
  }

  private static SortedMap<String, Line> lines(ObjectReader reader, @Nullable ObjectId tree)
      throws IOException {
    SortedMap<String, Line> lines = new TreeMap<>();
    if (tree == null) {
      return lines;
    }
    CanonicalTreeParser parser = new CanonicalTreeParser(null, reader, tree);
    for (; !parser.eof(); parser.next()) {
      FileMode mode = parser.getEntryFileMode();
      String suffix = mode.equals(FileMode.TREE) ? "/" : "";
      lines.put(parser.getEntryPathString() + suffix, new Line(mode, parser.getEntryObjectId()));
    }
    return lines;
  }

  private static ObjectId write(ObjectInserter inserter, SortedMap<String, Line> lines)
      throws IOException {
    TreeFormatter formatter = new TreeFormatter();
    lines.forEach(
        (name, line) ->
            formatter.append(
                name.endsWith("/") ? name.substring(0, name.length() - 1) : name,
                line.mode(),
                line.id()));
    return inserter.insert(formatter);
  }

  /** The blob at a path, or null if there is none. */
  static @Nullable ObjectId find(ObjectReader reader, ObjectId tree, String path)
      throws IOException {
    try (TreeWalk walk = TreeWalk.forPath(reader, path, tree)) {
      return walk == null ? null : walk.getObjectId(0);
    }
  }

  /** How many records there are: the last folder's number and what is in it. */
  static int records(ObjectReader reader, ObjectId tree) throws IOException {
    ObjectId log = find(reader, tree, Layout.LOG);
    if (log == null) {
      return 0;
    }
    SortedMap<String, Line> folders = lines(reader, log);
    if (folders.isEmpty()) {
      return 0;
    }
    Line last = folders.get(folders.lastKey());
    int full = folders.size() - 1;
    return full * Layout.RECORDS_PER_FOLDER + (last == null ? 0 : lines(reader, last.id()).size());
  }
}
