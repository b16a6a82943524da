package io.medforge.cli;

import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads {@code --join FROM:TO:CLASS=CLASS,...}, which reads one label space in another. */
final class LabelJoin {
  private static final int PARTS = 3;

  private LabelJoin() {}

  /**
   * Parses.
   *
   * @param text {@code from:to:a=x,b=y}: every class of {@code from} and what it becomes
   * @param known the label spaces of the distilled sets
   * @return the mapping
   * @throws IllegalArgumentException if the text has another form, or names a label space or class
   *     that is not there; the message quotes it
   */
  static LabelMapping parse(String text, Collection<LabelSpace> known) {
    String[] parts = text.split(":", -1);
    if (parts.length != PARTS) {
      throw malformed(text);
    }
    SortedMap<String, String> classes = new TreeMap<>();
    for (String pair : parts[2].split(",", -1)) {
      String[] sides = pair.split("=", -1);
      if (sides.length != 2 || classes.put(sides[0].strip(), sides[1].strip()) != null) {
        throw malformed(text);
      }
    }
    return LabelMapping.of(named(parts[0], known, text), named(parts[1], known, text), classes);
  }

  private static LabelSpace named(String name, Collection<LabelSpace> known, String text) {
    List<LabelSpace> found =
        known.stream().filter(space -> space.name().equals(name.strip())).distinct().toList();
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          "expected one label space of the sets, "
              + known.stream().map(LabelSpace::name).distinct().sorted().toList()
              + ", found "
              + (found.isEmpty() ? "none" : found.size() + " of different classes")
              + " of the name \""
              + name.strip()
              + "\", at --join "
              + text);
    }
    return found.get(0);
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "expected --join FROM:TO:CLASS=CLASS,CLASS=CLASS with each class of FROM once, found "
            + text);
  }
}
