package io.medforge.forge.repository;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.medforge.forge.LedgerEntry;
import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes are a record of the log, contributions included, or are refused: nothing else. */
class LogEntryFuzzTest {
  @TempDir static Path folder;

  /** One record of each kind, and some of what could be done to it. */
  static Stream<byte[]> seeds() throws IOException {
    RecordedRepository forge = forge();
    List<byte[]> seeds = new ArrayList<>();
    for (int i = 0; i < Entries.all().size(); i++) {
      String text = new String(forge.record(i), StandardCharsets.UTF_8);
      for (String hostile :
          List.of(
              text,
              text.replace("\"index\":" + i, "\"index\":-1"),
              text.replace("\"kind\":\"", "\"kind\":\"un"),
              text.replace("centre-0/lung", "../lung"),
              text.replace("\"verdict\":\"NOTE\"", "\"verdict\":\"note\""),
              text.replace("\"check\":\"norm\"", "\"check\":\"\""),
              text.replace("ed25519:", "rsa:"),
              text.replace("\"baseVersion\":", "\"baseVersion\":-"),
              text.replace("\"version\":1", "\"version\":99999999999"),
              text.replace("Apache-2.0", " "),
              text.replace("\"level\":\"L2\"", "\"level\":\"L9\""),
              text.replace("2026-11-25T10:00:00Z", "2026-11-25T10:00:00.5Z"),
              text.replace("\"certificates\":[{", "\"certificates\":{").replace("}],", "},"),
              text.replace("\"note\":\"", "\"note\":\" "),
              text.replace("\"note\":\"", "\"note\":\"\\ud83d"),
              text.replace("sha256:", "sha256:0"),
              text.substring(0, text.length() / 2),
              text + "\n")) {
        seeds.add(hostile.getBytes(StandardCharsets.UTF_8));
      }
    }
    return seeds.stream();
  }

  private static RecordedRepository forge() {
    RecordedRepository forge = FolderRepository.open(folder.resolve("forge"));
    List<LedgerEntry> all = Entries.all();
    for (int i = forge.entries().size(); i < all.size(); i++) {
      forge.append(i, all.get(i));
    }
    return forge;
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void anyBytesAreARecordOrAreRefused(byte[] bytes) throws IOException {
    Store store = FolderStore.open(folder.resolve("forge"), new LocalDisk(), Clock.systemUTC());
    int index = -1;
    try {
      index = Fields.of(CanonicalJson.parse(bytes, "fuzzed"), "fuzzed").integer("index");
    } catch (MalformedPluginException e) {
      return;
    }
    Digest previous =
        index > 0 && index < Entries.all().size()
            ? Digest.of(store.record(index - 1))
            : Digest.of(store.genesis());
    try {
      LogRecord record = LogRecord.parse(bytes, index, previous, "fuzzed");
      Openings openings = Openings.of(store.openings(Digest.of(bytes)), "fuzzed");
      LedgerEntry entry = new EntryCodec(store).decode(record.entry(), openings);
      if (entry.outcome().findings() == null) {
        throw new AssertionError("an entry without an outcome");
      }
    } catch (MalformedPluginException | FileNotFoundException e) {
      return; // the second for a digest that names nothing
    }
  }
}
