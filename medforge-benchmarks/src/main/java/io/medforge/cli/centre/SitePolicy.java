package io.medforge.cli.centre;

import io.medforge.forge.LeakageCertificate;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a hospital lets leave, as a JSON file that states every limit; null sets none. Immutable.
 *
 * @param maxBytes the most that all files may have together
 * @param minLevel the least level of the leakage certificate
 * @param minClassCount the fewest patients behind any class
 */
record SitePolicy(
    @Nullable Long maxBytes,
    LeakageCertificate.@Nullable Level minLevel,
    @Nullable Integer minClassCount) {
  static SitePolicy read(Path file) {
    return RecordFile.read(file, SitePolicy.class);
  }

  /** Refuses what it forbids, by name. */
  void check(long bytes, LeakageCertificate.Level level, int smallestClass, Path file) {
    if (maxBytes != null && bytes > maxBytes) {
      throw forbidden("at most " + maxBytes + " bytes", Long.toString(bytes), file);
    }
    if (minLevel != null && level.compareTo(minLevel) < 0) {
      throw forbidden("a certificate of level " + minLevel + " or better", level.toString(), file);
    }
    if (minClassCount != null && smallestClass < minClassCount) {
      throw forbidden(
          "at least " + minClassCount + " patients behind each class",
          Integer.toString(smallestClass),
          file);
    }
  }

  private static IllegalArgumentException forbidden(String expected, String found, Path file) {
    return new IllegalArgumentException(
        "expected " + expected + ", found " + found + ", at the policy " + file);
  }
}
