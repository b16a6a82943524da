package io.medforge.forge.repository;

import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The texts of a record that may be redacted. The record holds a commitment to each: SHA-256 over a
 * random salt and the text, so that a short text cannot be guessed once it is gone. The salts and
 * texts are kept apart from the record.
 */
final class Openings {
  static final String REDACTED = "[redacted]";
  private static final int SALT_BYTES = 32;

  /** A text and the salt of its commitment. */
  private record Opening(String salt, String text) {}

  private final Map<String, Opening> opened;
  private final boolean present;
  private int redacted;

  private Openings(Map<String, Opening> opened, boolean present) {
    this.opened = opened;
    this.present = present;
  }

  /** For a record that is being made. */
  static Openings fresh() {
    return new Openings(new TreeMap<>(), true);
  }

  /** For a record that is being read; empty where its texts were redacted. */
  static Openings of(Optional<byte[]> stored, String where) {
    Map<String, Opening> opened = new TreeMap<>();
    if (stored.isPresent()) {
      Fields fields = Fields.of(CanonicalJson.parse(stored.get(), where), where);
      for (String key : fields.keys()) {
        Fields one = fields.object(key);
        opened.put(key, new Opening(one.text("salt"), one.text("text")));
        one.end();
      }
    }
    return new Openings(opened, stored.isPresent());
  }

  /** Keeps a text and gives what the record holds in its place. */
  Object commit(String field, String text, SecureRandom random) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    String hex = HexFormat.of().formatHex(salt);
    opened.put(field, new Opening(hex, text));
    return Map.of("commitment", commitment(hex, text).toString());
  }

  /** The text that a record committed to, or {@link #REDACTED}. */
  String open(String field, Fields committed) {
    Digest commitment = committed.digest("commitment");
    committed.end();
    Opening opening = opened.get(field);
    if (opening == null) {
      if (present) {
        throw new MalformedPluginException(
            "expected the text of every commitment, found none, at " + committed.where());
      }
      redacted++;
      return REDACTED;
    }
    if (!commitment(opening.salt(), opening.text()).equals(commitment)) {
      throw new MalformedPluginException(
          "expected the text that was committed to, found another, at " + committed.where());
    }
    return opening.text();
  }

  /** How many texts were asked for and are gone. */
  int redacted() {
    return redacted;
  }

  boolean isEmpty() {
    return opened.isEmpty();
  }

  byte[] toBytes() {
    Map<String, Object> json = new TreeMap<>();
    opened.forEach(
        (field, each) -> json.put(field, Map.of("salt", each.salt(), "text", each.text())));
    return CanonicalJson.bytes(json);
  }

  private static Digest commitment(String salt, String text) {
    return Digest.builder().add("medforge-commitment-v1").add(salt).add(text).build();
  }
}
