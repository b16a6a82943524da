package io.medforge.plugin;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who made a plugin module and which one it is, for example {@code st-anna/lung:2.1.0}.
 *
 * <p>Each part consists of ASCII letters, digits, underscores, hyphens and single dots between
 * them, begins with a letter or digit, does not end in {@code .lock} and has at most 128
 * characters, so that it is safe as a file name, a Git branch and a log line. Ordered by centre,
 * name, version, each as text.
 *
 * @param centre the hospital or laboratory
 * @param name the task or module
 * @param version the version
 */
public record PluginId(String centre, String name, String version) implements Comparable<PluginId> {
  // As git check-ref-format asks: no two dots in a row, no dot at the end, no ".lock".
  private static final Pattern PART =
      Pattern.compile("(?!.*\\.lock$)[A-Za-z0-9](?:[A-Za-z0-9_-]|\\.(?=[A-Za-z0-9_-])){0,127}");
  private static final Pattern ID = Pattern.compile("([^/:]*)/([^/:]*):([^/:]*)");
  private static final Comparator<PluginId> ORDER =
      Comparator.comparing(PluginId::centre)
          .thenComparing(PluginId::name)
          .thenComparing(PluginId::version);

  /**
   * Checks the parts.
   *
   * @param centre the hospital or laboratory
   * @param name the task or module
   * @param version the version
   * @throws IllegalArgumentException if a part has another form
   */
  public PluginId {
    check("centre", centre);
    check("name", name);
    check("version", version);
  }

  /**
   * Reads {@code centre/name:version}.
   *
   * @param text the id as {@link #toString()} writes it
   * @return the id
   * @throws IllegalArgumentException if the text has another form
   */
  public static PluginId parse(String text) {
    Matcher matcher = ID.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "expected centre/name:version, each of letters, digits, '.', '_', '-', found "
              + Quotation.of(text));
    }
    return new PluginId(matcher.group(1), matcher.group(2), matcher.group(3));
  }

  @Override
  public int compareTo(PluginId other) {
    return ORDER.compare(this, other);
  }

  /** {@code centre/name:version}. */
  @Override
  public String toString() {
    return centre + "/" + name + ":" + version;
  }

  private static void check(String part, String value) {
    if (!PART.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "expected letters, digits, '_', '-' and single '.' within (at most 128, beginning with a"
              + " letter or digit, not ending in .lock) as the "
              + part
              + " of a plugin id, found "
              + Quotation.of(value));
    }
  }
}
