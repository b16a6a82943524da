package io.medforge.forge.repository;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.medforge.forge.Contribution;
import io.medforge.forge.LedgerEntry;
import io.medforge.plugin.MalformedPluginException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes are a contribution whose digests and signature hold, or are refused. */
class ContributionRecordFuzzTest {
  @TempDir static Path folder;

  private static Store store() throws IOException {
    Path place = folder.resolve("forge");
    RecordedRepository forge = FolderRepository.open(place);
    forge.append(0, new LedgerEntry.Admit(Entries.contribution(0)));
    return FolderStore.open(place, new LocalDisk(), Clock.systemUTC());
  }

  static Stream<byte[]> seeds() throws IOException {
    Store store = store();
    Map<String, Object> json;
    try (EntryCodec.Draft draft =
        new EntryCodec(store).encode(new LedgerEntry.Admit(Entries.contribution(0)))) {
      json = draft.json();
    }
    String text = CanonicalJson.text(json.get("contribution"));
    return Stream.of(
            text,
            text.replace("\"baseVersion\":0", "\"baseVersion\":-2"),
            text.replace("\"licence\":\"Apache-2.0\"", "\"licence\":\"\\n\""),
            text.replace("\"licence\":\"Apache-2.0\"", "\"licence\":[]"),
            text.replace("centre-0/lung:1.0", "centre-0/lung:1.0\\u0000"),
            text.replace("\"statistics\":\"{", "\"statistics\":\"\\u0000{"),
            text.replace("\"level\":\"L2\"", "\"level\":\"L4\""),
            text.replace("\"provenance\":{", "\"provenance\":{\"a\":1,"),
            text.replace("\"moduleObject\"", "\"distilledObject\""),
            text.replace("ed25519:", "ed25519:AA"),
            text.substring(1))
        .map(seed -> seed.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void anyBytesAreAContributionOrAreRefused(byte[] bytes) throws IOException {
    Openings gone = Openings.of(Optional.empty(), "fuzzed");
    try {
      Fields fields = Fields.of(CanonicalJson.parse(bytes, "fuzzed"), "fuzzed");
      Contribution read = new ContributionCodec(store()).decode(fields, gone);
      if (!read.module().digest().equals(Entries.contribution(0).module().digest())) {
        throw new AssertionError("a module that nobody stored");
      }
    } catch (MalformedPluginException | FileNotFoundException e) {
      return; // the second for a digest that names nothing
    }
  }
}
