package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.cli.centre.CertificateFile;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.repository.FolderRepository;
import io.medforge.forge.repository.KeyFile;
import io.medforge.forge.repository.RecordedRepository;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.plugin.safetensors.DistilledSetFile;
import io.medforge.runtime.DistilledSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The charter by which members change the charter, and the maintainer's own hold-outs. */
class ForgeRulesTest {
  private static final String CHARTER =
      """
      {"base": {"name": "clinic"},
       "strategy": {"name": "fusion.average", "rank": 2},
       "noForgetting": {"test": "exact", "delta": 0.1, "alpha": 0.05},
       "members": [
         {"name": "maria", "key": "MARIA", "roles": ["maintainer"]},
         {"name": "sven", "key": "SVEN", "roles": ["safety"]},
         {"name": "north", "key": "NORTH", "roles": ["contributor"]}],
       "quorums": {"admission": {"approvals": 1},
                   "release": {"approvals": 2, "roles": {"safety": 1}}}}
      """;

  @TempDir private Path folder;
  private String charter = CHARTER;

  @BeforeEach
  void found() throws IOException {
    for (String name : new String[] {"maria", "sven", "north", "stranger"}) {
      String key = CommandRun.of("forge", "key", key(name)).out().strip();
      charter = charter.replace(name.toUpperCase(Locale.ROOT), key);
    }
    ForgeSites.write(folder.resolve("north"), "north", 1);
    ForgeSites.writeBase(folder.resolve("base.onnx"));
    Path file = file("charter.json", charter);
    assertThat(CommandRun.of("forge", "init", forge(), "--charter", file).exitCode()).isZero();
  }

  private Path key(String name) {
    return folder.resolve(name + ".key");
  }

  private Path forge() {
    return folder.resolve("forge");
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private CommandRun amend(Path file, String member, String role, Object... more) {
    Object[] args = {
      "forge", "amend", "-f", forge(), "--charter", file, "--key", key(member), "--role", role
    };
    return CommandRun.of(with(args, more));
  }

  private CommandRun offer(Object... more) {
    return offerFrom("north", more);
  }

  private CommandRun offerFrom(String site, Object... more) {
    Object[] args = {
      "forge",
      "offer",
      "-f",
      forge(),
      "--adapter",
      folder.resolve(site).resolve("adapter"),
      "--distilled",
      folder.resolve(site).resolve("distilled.safetensors"),
      "--key",
      key("north"),
      "--model",
      folder.resolve("base.onnx")
    };
    return CommandRun.of(with(args, more));
  }

  private static Object[] with(Object[] args, Object... more) {
    Object[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  @Test
  void anAmendmentHoldsOnceTheQuorumOfTheOldCharterHasSignedIt() throws IOException {
    Path stricter =
        file(
            "stricter.json",
            charter.replace("\"members\"", "\"certificate\": {\"level\": \"L2\"}, \"members\""));
    CommandRun proposed = amend(stricter, "maria", "maintainer");
    assertThat(proposed.exitCode()).as(proposed.err()).isZero();
    assertThat(proposed.out()).contains("recorded", "as safety, found 0");
    // One approval is none: the old rules hold, and north gets in without a certificate.
    assertThat(offer().out()).contains("admitted north/tumour:1");
    assertThat(amend(stricter, "sven", "safety", "--json").out()).contains("\"amended\" : true");
    CommandRun.of("forge", "withdraw", "north/tumour:1", "-f", forge(), "--reason", "test");
    ForgeSites.write(folder.resolve("again"), "north", 5);
    CommandRun refused = offerFrom("again", "--id", "north/tumour:2");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out()).contains("refuse by certificate", "level L2 or higher, found none");
    assertThat(CommandRun.of("forge", "verify", "-f", forge(), "--replay").out())
        .startsWith("clean");
  }

  @Test
  void whatNoQuorumSignedCountsForNothing() throws IOException {
    Path looser = file("looser.json", charter.replace("\"approvals\": 2", "\"approvals\": 1"));
    RecordedRepository repository = FolderRepository.open(forge().resolve("repository"));
    repository.append(1, new LedgerEntry.Note("charter", Files.readString(looser)));
    repository.append(2, new LedgerEntry.Note("charter-amendment", "{\u0000"));
    assertRefused(amend(looser, "stranger", "maintainer"), "a member's key");
    assertRefused(amend(looser, "north", "safety"), "one of the member's roles");
    amend(looser, "sven", "safety");
    amend(looser, "sven", "safety", "--veto");
    assertThat(amend(looser, "maria", "maintainer").out()).contains("vetoed by [sven]");
    // Who has approved twice has approved once.
    Path other = file("other.json", charter.replace("0.1", "0.2"));
    amend(other, "sven", "safety");
    assertThat(amend(other, "sven", "safety").out()).contains("found 1");
    assertThat(amend(other, "maria", "maintainer").out()).contains("amended");
    // The old approvals were given under another charter.
    assertThat(amend(looser, "maria", "maintainer").out()).contains("recorded");
  }

  @Test
  void baseAndStrategyCannotBeAmended() throws IOException {
    Path other = file("rank.json", charter.replace("\"rank\": 2", "\"rank\": 3"));
    assertRefused(amend(other, "maria", "maintainer"), "keeps the strategy");
    Path base = file("base.json", charter.replace("clinic", "other"));
    assertRefused(amend(base, "maria", "maintainer"), "keeps the base");
  }

  @Test
  void nothingMayBeForgottenOnTheMaintainersOwnSet() throws IOException {
    DistilledSet set = DistilledSetFile.read(folder.resolve("north/distilled.safetensors"));
    int[] turned = IntStream.range(0, set.size()).map(row -> 1 - set.classOf(row)).toArray();
    Path own = folder.resolve("own.safetensors");
    DistilledSetFile.write(DistilledSet.of(set.labels(), set.inputs(), turned), own);
    CommandRun refused = offer("--hold-out", "clinic=" + own);
    assertThat(refused.exitCode()).as(refused.err()).isEqualTo(1);
    assertThat(refused.out()).contains("no forgetting", "hold-out clinic");
    assertThat(offer("--hold-out", "clinic=" + folder.resolve("north/distilled.safetensors")).out())
        .contains("admitted");
    assertRefused(offer("--hold-out", "gone=" + folder.resolve("gone")), "gone");
  }

  @Test
  void aCertificateIsOfThisOfferOfAMemberAndOfTheLevelAskedFor() throws IOException {
    Path strict =
        file(
            "strict.json",
            charter.replace("\"members\"", "\"certificate\": {\"level\": \"L2\"}, \"members\""));
    amend(strict, "maria", "maintainer");
    assertThat(amend(strict, "sven", "safety").out()).contains("amended");
    Path weak = certificate("weak", LeakageCertificate.Level.L1, "north", "north");
    assertThat(offer("--certificate", weak).out())
        .contains("refuse by certificate", "one of level L1");
    Path strange = certificate("strange", LeakageCertificate.Level.L2, "north", "stranger");
    assertThat(offer("--certificate", strange).out()).contains("a key that is not north's");
    ForgeSites.write(folder.resolve("south"), "south", 2);
    Path foreign = certificate("foreign", LeakageCertificate.Level.L2, "south", "north");
    assertRefused(offer("--certificate", foreign), "certificate");
    Path good = certificate("good", LeakageCertificate.Level.L2, "north", "north");
    CommandRun admitted = offer("--certificate", weak, "--certificate", good);
    assertThat(admitted.out()).as(admitted.err()).contains("admitted north/tumour:1");
    assertRefused(offer("--certificate", folder.resolve("gone.json")), "gone.json");
  }

  private Path certificate(
      String name, LeakageCertificate.Level level, String site, String signer) {
    LeakageCertificate certificate =
        new LeakageCertificate(
                level,
                PeftAdapter.read(folder.resolve(site).resolve("adapter")).digest(),
                DistilledSetFile.read(folder.resolve(site).resolve("distilled.safetensors"))
                    .digest(),
                "attacks-1",
                "{}",
                Instant.parse("2026-11-26T00:00:00Z"),
                Optional.empty())
            .signedBy(KeyFile.read(key(signer)));
    Path file = folder.resolve(name + ".json");
    CertificateFile.write(certificate, file);
    return file;
  }

  private static void assertRefused(CommandRun run, String said) {
    assertThat(run.exitCode()).as(run.out()).isEqualTo(1);
    assertThat(run.errorLines()).hasSize(1);
    assertThat(run.err()).contains(said);
  }
}
