package io.medforge.forge.repository;

import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * One record of the log.
 *
 * @param index its place, from 0
 * @param previous the digest of the record before, or of the log's first file
 * @param recorded when, in whole seconds, by the writer's clock
 * @param entry what {@link EntryCodec} makes of a ledger entry
 */
record LogRecord(int index, Digest previous, Instant recorded, Fields entry) {
  private static final String FORMAT = "medforge-log-v1";

  /** A record as it is stored. */
  static byte[] bytes(int index, Digest previous, Instant recorded, Map<String, Object> entry) {
    Map<String, Object> json = new TreeMap<>();
    json.put("format", FORMAT);
    json.put("index", index);
    json.put("previous", previous.toString());
    json.put("recorded", recorded.toString());
    json.put("entry", entry);
    return CanonicalJson.bytes(json);
  }

  /**
   * Reads a record that must follow another.
   *
   * @throws MalformedPluginException if it is no record or not the next one
   */
  static LogRecord parse(byte[] bytes, int index, Digest previous, String where) {
    Fields fields = Fields.of(CanonicalJson.parse(bytes, where), where);
    expect(FORMAT, fields.text("format"), "format", where);
    expect(index, fields.integer("index"), "index", where);
    expect(previous, fields.digest("previous"), "the digest of the record before", where);
    Instant recorded = fields.parsed("recorded", Instant::parse, "a time");
    Fields entry = fields.object("entry");
    fields.end();
    return new LogRecord(index, previous, recorded, entry);
  }

  private static void expect(Object expected, Object found, String what, String where) {
    if (!expected.equals(found)) {
      throw new MalformedPluginException(
          "expected " + expected + ", found " + found + " as " + what + ", at " + where);
    }
  }
}
