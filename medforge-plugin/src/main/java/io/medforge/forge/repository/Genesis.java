package io.medforge.forge.repository;

import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import java.util.Map;
import java.util.UUID;

/** The first file of a log: what it is, and a random name, so that no two logs are one. */
final class Genesis {
  private static final String FORMAT = "medforge-forge-v1";

  private Genesis() {}

  static byte[] fresh() {
    return CanonicalJson.bytes(Map.of("format", FORMAT, "log", UUID.randomUUID().toString()));
  }

  /** Checks the file and gives the log's name: its digest. */
  static Digest check(byte[] bytes, String where) {
    String place = where + ", forge.json";
    Fields fields = Fields.of(CanonicalJson.parse(bytes, place), place);
    String format = fields.text("format");
    if (!format.equals(FORMAT)) {
      throw new MalformedPluginException(
          "expected format " + FORMAT + ", found " + CanonicalJson.text(format) + ", at " + place);
    }
    fields.parsed("log", UUID::fromString, "a random name");
    fields.end();
    return Digest.of(bytes);
  }
}
