package io.medforge.forge.repository;

import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.jspecify.annotations.Nullable;

/**
 * The commits of {@code main} against the log: the n-th entry's commit holds n records, the last of
 * which is that entry, and every object is what its name says. Commits that only redact come
 * between and add no record.
 */
final class GitHistory {
  private static final String REDACT = "Redact";

  private final Repository repository;
  private @Nullable ObjectId walked;
  private List<RevCommit> entries = List.of();
  private GitObjects objects = new GitObjects();
  private final Map<String, Set<ObjectId>> branches = new HashMap<>();

  GitHistory(Repository repository) {
    this.repository = repository;
  }

  /** Checks the commit that made a record. */
  synchronized void check(int index, byte[] record, ObjectId tip) throws IOException {
    if (index == 0 || !tip.equals(walked)) {
      objects = new GitObjects();
      branches.clear();
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
      objects.check(reader, entries.get(0));
      objects.check(reader, commit);
      int records = GitTree.records(reader, commit.getTree());
      if (records != index + 1) {
        throw malformed((index + 1) + " records", Integer.toString(records), index, commit);
      }
      ObjectId blob = GitTree.find(reader, commit.getTree(), Layout.record(index));
      if (blob == null || !Arrays.equals(record, bytes(reader, blob))) {
        throw malformed("the record of the newest commit", "another", index, commit);
      }
      if (!commit.getFullMessage().contains("\nRecord: " + Digest.of(record) + "\n")) {
        throw malformed("a message that names the record", "another", index, commit);
      }
      if (commit.getParentCount() > 1) {
        checkOffer(reader, commit, blob, index);
      }
    }
  }

  private static byte[] bytes(ObjectReader reader, ObjectId blob) throws IOException {
    return reader.open(blob, Constants.OBJ_BLOB).getBytes(Integer.MAX_VALUE);
  }

  /**
   * The contribution's own commit must hold the record that the entry's commit holds, and lie on
   * its centre's branch.
   */
  private void checkOffer(ObjectReader reader, RevCommit commit, ObjectId record, int index)
      throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit offer = walk.parseCommit(commit.getParent(1));
      objects.check(reader, offer);
      ObjectId offered = GitTree.find(reader, offer.getTree(), "record.json");
      if (!record.equals(offered)) {
        throw malformed("a contribution's commit with the same record", "another", index, offer);
      }
      String branch = GitStore.CENTRE + offer.getAuthorIdent().getName();
      if (!commitsOf(branch).contains(offer)) {
        throw malformed("the contribution on branch " + branch, "it missing", index, offer);
      }
    }
  }

  /** A branch's first parents, walked once; none if there is no such branch. */
  private Set<ObjectId> commitsOf(String branch) throws IOException {
    Set<ObjectId> known = branches.get(branch);
    if (known != null) {
      return known;
    }
    Set<ObjectId> commits = new HashSet<>();
    @Nullable ObjectId tip = repository.resolve(branch);
    try (RevWalk walk = new RevWalk(repository)) {
      while (tip != null) {
        RevCommit commit = walk.parseCommit(tip);
        boolean circle = !commits.add(commit.copy());
        tip = circle || commit.getParentCount() == 0 ? null : commit.getParent(0);
      }
    }
    branches.put(branch, commits);
    return commits;
  }

  /** First parents from the oldest to the tip, without those that redact. */
  private List<RevCommit> walk(ObjectId tip) throws IOException {
    List<RevCommit> commits = new ArrayList<>();
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = walk.parseCommit(tip);
      Set<ObjectId> seen = new HashSet<>();
      while (true) {
        if (!seen.add(commit.copy())) {
          // A commit under another's name can make a circle.
          throw new MalformedPluginException(
              "expected commits back to the first, found " + commit.name() + " twice");
        }
        if (commit.getShortMessage().equals(REDACT)) {
          objects.check(walk.getObjectReader(), commit);
        } else {
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
