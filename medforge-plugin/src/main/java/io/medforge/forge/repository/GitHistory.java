package io.medforge.forge.repository;

import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.jspecify.annotations.Nullable;

/**
 * The commits of {@code main} against the log: the n-th entry's commit holds n records, the last of
 * which is that entry. Commits that only redact come between and add no record.
 */
final class GitHistory {
  private static final String REDACT = "Redact";

  private final Repository repository;
  private @Nullable ObjectId walked;
  private List<RevCommit> entries = List.of();

  GitHistory(Repository repository) {
    this.repository = repository;
  }

  /** Checks the commit that made a record. */
  synchronized void check(int index, byte[] record, ObjectId tip) throws IOException {
    if (!tip.equals(walked)) {
      entries = walk(tip);
      walked = tip;
    }
    // The oldest commit begins the forge; the next makes the first entry.
    int at = index + 1;
    if (at >= entries.size()) {
      throw malformed("a commit for the record", "none", index, tip);
    }
    RevCommit commit = entries.get(at);
    try (ObjectReader reader = repository.newObjectReader()) {
      int records = GitTree.records(reader, commit.getTree());
      if (records != index + 1) {
        throw malformed((index + 1) + " records", Integer.toString(records), index, commit);
      }
      ObjectId blob = GitTree.find(reader, commit.getTree(), Layout.record(index));
      if (blob == null || !Arrays.equals(record, bytes(reader, blob))) {
        throw malformed("the record of the newest commit", "another", index, commit);
      }
      if (commit.getParentCount() > 1) {
        checkOffer(reader, commit, blob, index);
      }
    }
  }

  private static byte[] bytes(ObjectReader reader, ObjectId blob) throws IOException {
    return reader.open(blob, Constants.OBJ_BLOB).getBytes(Integer.MAX_VALUE);
  }

  /** The contribution's own commit must hold the record that the entry's commit holds. */
  private void checkOffer(ObjectReader reader, RevCommit commit, ObjectId record, int index)
      throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit offer = walk.parseCommit(commit.getParent(1));
      ObjectId offered = GitTree.find(reader, offer.getTree(), "record.json");
      if (!record.equals(offered)) {
        throw malformed("a contribution's commit with the same record", "another", index, offer);
      }
    }
  }

  /** First parents from the oldest to the tip, without those that redact. */
  private List<RevCommit> walk(ObjectId tip) throws IOException {
    List<RevCommit> commits = new ArrayList<>();
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = walk.parseCommit(tip);
      while (true) {
        if (!commit.getShortMessage().equals(REDACT)) {
          commits.add(commit);
        }
        if (commit.getParentCount() == 0) {
          break;
        }
        commit = walk.parseCommit(commit.getParent(0));
      }
    }
    Collections.reverse(commits);
    return commits;
  }

  private static MalformedPluginException malformed(
      String expected, String found, int index, ObjectId commit) {
    return new MalformedPluginException(
        "expected "
            + expected
            + ", found "
            + found
            + ", at entry "
            + index
            + ", commit "
            + commit.name());
  }
}
