package io.medforge.forge.repository;

import io.medforge.plugin.Digest;
import java.util.Locale;

/** What the files of a log are called, in a folder as in a Git tree. */
final class Layout {
  static final String GENESIS = "forge.json";
  static final String LOG = "log";
  static final int RECORDS_PER_FOLDER = 100;

  private Layout() {}

  static String logFolder(int index) {
    return String.format(Locale.ROOT, "%s/%04d", LOG, index / RECORDS_PER_FOLDER);
  }

  static String record(int index) {
    return String.format(Locale.ROOT, "%s/%06d.json", logFolder(index), index);
  }

  static String openings(Digest record) {
    return named("openings", record, ".json");
  }

  static String object(Digest digest) {
    return named("objects", digest, ".safetensors");
  }

  private static String named(String folder, Digest digest, String suffix) {
    return folder + "/" + digest.hex().substring(0, 2) + "/" + digest.hex() + suffix;
  }
}
