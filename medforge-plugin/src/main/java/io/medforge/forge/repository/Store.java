package io.medforge.forge.repository;

import io.medforge.forge.LedgerEntry;
import io.medforge.plugin.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where the bytes of a log lie. Thread-safe; nothing here knows what the bytes mean. */
interface Store {
  /**
   * An object to be stored.
   *
   * @param digest SHA-256 of the file
   * @param file where it lies now, in the store's temporary folder
   */
  record NewObject(Digest digest, Path file) {}

  /** What is appended. */
  final class Addition {
    private final byte[] record;
    private final Optional<byte[]> openings;
    private final List<NewObject> objects;
    private final LedgerEntry entry;

    /** A record, its texts (empty if it has none), what it names, and what it says. */
    Addition(byte[] record, Optional<byte[]> openings, List<NewObject> objects, LedgerEntry entry) {
      this.record = record.clone();
      this.openings = openings;
      this.objects = List.copyOf(objects);
      this.entry = entry;
    }

    byte[] record() {
      return record.clone();
    }

    Optional<byte[]> openings() {
      return openings;
    }

    List<NewObject> objects() {
      return objects;
    }

    LedgerEntry entry() {
      return entry;
    }
  }

  /** The file that the chain starts from. */
  byte[] genesis() throws IOException;

  /** How many records there are now. */
  int size() throws IOException;

  /** A record, exactly as stored. */
  byte[] record(int index) throws IOException;

  /** The texts of a record, unless they were redacted or it has none. */
  Optional<byte[]> openings(Digest record) throws IOException;

  /** Takes the texts of a record away for ever. */
  void redact(Digest record) throws IOException;

  /** Whether an object is stored. */
  boolean holds(Digest object) throws IOException;

  /** A file with an object's content, which stays. */
  Path object(Digest object) throws IOException;

  /** An object's bytes from where they are kept, not from a copy. */
  InputStream openObject(Digest object) throws IOException;

  /** A folder on the same disk for files being made. */
  Path temporaryFolder() throws IOException;

  /**
   * Appends if there are still as many records as expected; whatever fails, the log is as before.
   *
   * @return false if somebody else was first
   */
  boolean append(int expectedSize, Addition addition) throws IOException;

  /** The largest state of the log that this place remembers apart from the log. */
  Optional<String> rememberedHead() throws IOException;

  /** Remembers a state of the log apart from it. Only a convenience: it may be lost. */
  void rememberHead(String json) throws IOException;

  /**
   * What only this kind of storage can check of a record, such as the commit that made it.
   *
   * @throws io.medforge.plugin.MalformedPluginException naming the first broken thing
   */
  void checkHistory(int index, byte[] record) throws IOException;

  /** Where the log is, for messages. */
  String where();
}
