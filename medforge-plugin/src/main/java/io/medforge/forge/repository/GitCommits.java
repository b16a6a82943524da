package io.medforge.forge.repository;

import io.medforge.forge.LedgerEntry;
import io.medforge.forge.SigningKey;
import io.medforge.plugin.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.GpgSignature;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.jspecify.annotations.Nullable;

/** Writes commits. Their messages hold nothing that may have to be redacted. */
final class GitCommits {
  private static final String MEDFORGE = "MedForge";

  private final @Nullable SigningKey key;
  private final Clock clock;

  GitCommits(@Nullable SigningKey key, Clock clock) {
    this.key = key;
    this.clock = clock;
  }

  ObjectId write(
      ObjectInserter inserter, ObjectId tree, List<ObjectId> parents, String author, String message)
      throws IOException {
    PersonIdent person =
        new PersonIdent(
            author,
            author.toLowerCase(Locale.ROOT) + "@medforge.invalid",
            clock.instant().truncatedTo(ChronoUnit.SECONDS),
            ZoneOffset.UTC);
    CommitBuilder commit = new CommitBuilder();
    commit.setTreeId(tree);
    commit.setParentIds(parents);
    commit.setAuthor(person);
    commit.setCommitter(person);
    commit.setMessage(message);
    commit.setEncoding(StandardCharsets.UTF_8);
    if (key != null) {
      commit.setGpgSignature(new GpgSignature(SshSignature.over(commit.build(), key)));
    }
    return inserter.insert(commit);
  }

  ObjectId writeGenesis(ObjectInserter inserter, ObjectId tree) throws IOException {
    return write(inserter, tree, List.of(), MEDFORGE, "Begin the forge\n");
  }

  ObjectId writeEntry(
      ObjectInserter inserter,
      ObjectId tree,
      List<ObjectId> parents,
      int index,
      Store.Addition addition)
      throws IOException {
    String message =
        subject(addition.entry())
            + "\n\nEntry: "
            + index
            + "\nRecord: "
            + Digest.of(addition.record())
            + "\n";
    return write(inserter, tree, parents, MEDFORGE, message);
  }

  private static String subject(LedgerEntry entry) {
    if (entry instanceof LedgerEntry.Admit admit) {
      return "Admit " + admit.contribution().module().id();
    }
    if (entry instanceof LedgerEntry.Quarantine quarantine) {
      return "Quarantine " + quarantine.contribution().module().id();
    }
    if (entry instanceof LedgerEntry.Refuse refuse) {
      return "Refuse " + refuse.plugin();
    }
    if (entry instanceof LedgerEntry.Withdraw withdraw) {
      return "Withdraw " + withdraw.plugin();
    }
    if (entry instanceof LedgerEntry.RollBack back) {
      return "Roll back to version " + back.version();
    }
    return entry instanceof LedgerEntry.Decide ? "Record a decision" : "Record a note";
  }
}
