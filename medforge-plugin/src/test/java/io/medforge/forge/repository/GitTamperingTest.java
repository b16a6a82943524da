package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.LedgerEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.ObjectWalk;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevObject;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Git's own objects and branches: whatever is flipped, deleted, cut or exchanged is named. */
class GitTamperingTest {
  private static final String CENTRE = "refs/heads/centre/centre-1";
  @TempDir private Path folder;
  private Path place;

  @BeforeEach
  void fill() {
    place = folder.resolve("forge.git");
    RecordedRepository forge = GitRepository.at(place).open();
    assertThat(forge.append(0, Entries.admit(0))).isTrue();
    assertThat(forge.append(1, Entries.admit(1))).isTrue();
    LedgerEntry leaves =
        new LedgerEntry.Withdraw(Entries.contribution(0).module().id(), Entries.NASTY);
    assertThat(forge.append(2, leaves)).isTrue();
    assertThat(forge.append(3, new LedgerEntry.RollBack(0, Entries.NASTY))).isTrue();
    assertThat(broken()).isEmpty();
  }

  /** What a new process finds; what it cannot even open is broken by the name of its exception. */
  private String broken() {
    try {
      return GitRepository.at(place).open().verify().broken().map(Object::toString).orElse("");
    } catch (RuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** The loose files of what main shows, now or in its history; Git may hold more by the way. */
  private List<Path> objects() throws IOException {
    SortedSet<String> names = new TreeSet<>();
    try (Repository repository = repository();
        ObjectWalk walk = new ObjectWalk(repository)) {
      walk.markStart(walk.parseCommit(repository.resolve("refs/heads/main")));
      for (RevObject each = walk.next(); each != null; each = walk.next()) {
        names.add(each.name());
      }
      for (RevObject each = walk.nextObject(); each != null; each = walk.nextObject()) {
        names.add(each.name());
      }
    }
    return names.stream()
        .map(name -> place.resolve("objects/" + name.substring(0, 2) + "/" + name.substring(2)))
        .toList();
  }

  @Test
  void aFlippedCutOrDeletedObjectIsNamed() throws IOException {
    List<Path> objects = objects();
    assertThat(objects).hasSizeGreaterThan(30);
    for (Path file : objects) {
      byte[] bytes = Files.readAllBytes(file);
      assertThat(file.toFile().setWritable(true)).isTrue();
      for (int at : new int[] {0, bytes.length / 2, bytes.length - 1}) {
        byte[] flipped = bytes.clone();
        flipped[at] ^= 0x10;
        Files.write(file, flipped);
        assertThat(broken()).as("byte %s of %s", at, file).isNotEmpty();
      }
      Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
      assertThat(broken()).as("half of %s", file).isNotEmpty();
      Files.delete(file);
      assertThat(broken()).as("without %s", file).isNotEmpty();
      Files.write(file, bytes);
    }
    assertThat(broken()).isEmpty();
  }

  @Test
  void anObjectUnderAnothersNameIsNamed() throws IOException {
    List<Path> objects = objects();
    for (int i = 1; i < objects.size(); i++) {
      byte[] bytes = Files.readAllBytes(objects.get(i));
      assertThat(objects.get(i).toFile().setWritable(true)).isTrue();
      Files.write(objects.get(i), Files.readAllBytes(objects.get(i - 1)));
      assertThat(broken()).as("another under %s", objects.get(i)).isNotEmpty();
      Files.write(objects.get(i), bytes);
    }
    assertThat(broken()).isEmpty();
  }

  @Test
  void aCircleOfCommitsIsNamed() throws IOException {
    List<RevCommit> chain = chain();
    Path parent = loose(chain.get(1));
    byte[] bytes = Files.readAllBytes(parent);
    assertThat(parent.toFile().setWritable(true)).isTrue();
    Files.write(parent, Files.readAllBytes(loose(chain.get(2))));
    assertThat(broken()).contains("twice");
    Files.write(parent, bytes);
    assertThat(broken()).isEmpty();
  }

  private Path loose(RevCommit commit) {
    String name = commit.name();
    return place.resolve("objects/" + name.substring(0, 2) + "/" + name.substring(2));
  }

  @Test
  void commitsExchangedDroppedOrSquashedAreNamed() throws IOException {
    List<RevCommit> chain = chain();
    RevCommit tip = chain.get(4);
    point("refs/heads/main", rewritten(List.of(chain.get(0), chain.get(2), chain.get(1), tip)));
    assertThat(broken()).contains("entry 0");
    point("refs/heads/main", rewritten(List.of(chain.get(0), chain.get(1), chain.get(3), tip)));
    assertThat(broken()).contains("entry 1", "2 records");
    point("refs/heads/main", rewritten(List.of(chain.get(0), tip)));
    assertThat(broken()).contains("entry 0", "1 records");
    point("refs/heads/main", chain.get(3));
    assertThat(broken()).contains("expected at least the 4 entries", "found 3");
    point("refs/heads/main", tip);
    assertThat(broken()).isEmpty();
  }

  @Test
  void aBranchThatLostItsContributionIsNamed() throws IOException {
    Path branch = place.resolve(CENTRE);
    String tip = Files.readString(branch);
    Files.delete(branch);
    assertThat(broken()).contains("entry 1", CENTRE);
    Files.writeString(branch, Files.readString(place.resolve("refs/heads/centre/centre-0")));
    assertThat(broken()).contains("entry 1", CENTRE);
    Files.writeString(branch, tip.replace(tip.charAt(3), 'x'));
    assertThat(broken()).isNotEmpty();
    Files.writeString(branch, tip);
    assertThat(broken()).isEmpty();
  }

  @Test
  void aRewrittenMessageIsNamed() throws IOException {
    List<RevCommit> chain = chain();
    try (Repository repository = repository();
        ObjectInserter inserter = repository.newObjectInserter()) {
      CommitBuilder commit = like(chain.get(4), chain.get(3));
      commit.setMessage("Admit everything\n");
      ObjectId rewritten = inserter.insert(commit);
      inserter.flush();
      point("refs/heads/main", rewritten);
    }
    assertThat(broken()).contains("entry 3", "a message that names the record");
  }

  @Test
  void redactedHistoryStaysClean() {
    RecordedRepository forge = GitRepository.at(place).open();
    forge.redact(2);
    assertThat(broken()).isEmpty();
    assertThat(GitRepository.at(place).open().verify().redacted()).isEqualTo(1);
  }

  private Repository repository() throws IOException {
    return new FileRepositoryBuilder().setBare().setGitDir(place.toFile()).build();
  }

  private void point(String ref, ObjectId to) throws IOException {
    Files.writeString(place.resolve(ref), to.name() + "\n", StandardCharsets.US_ASCII);
  }

  /** The commits of main, oldest first. */
  private List<RevCommit> chain() throws IOException {
    List<RevCommit> chain = new ArrayList<>();
    try (Repository repository = repository();
        RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = walk.parseCommit(repository.resolve("refs/heads/main"));
      while (true) {
        chain.add(0, commit);
        if (commit.getParentCount() == 0) {
          return chain;
        }
        commit = walk.parseCommit(commit.getParent(0));
      }
    }
  }

  /** The same commits, each on the one before. */
  private ObjectId rewritten(List<RevCommit> commits) throws IOException {
    try (Repository repository = repository();
        ObjectInserter inserter = repository.newObjectInserter()) {
      ObjectId tip = commits.get(0);
      for (RevCommit commit : commits.subList(1, commits.size())) {
        tip = inserter.insert(like(commit, tip));
      }
      inserter.flush();
      return tip;
    }
  }

  private static CommitBuilder like(RevCommit commit, ObjectId parent) {
    CommitBuilder builder = new CommitBuilder();
    builder.setTreeId(commit.getTree());
    builder.addParentId(parent);
    for (int i = 1; i < commit.getParentCount(); i++) {
      builder.addParentId(commit.getParent(i));
    }
    builder.setAuthor(commit.getAuthorIdent());
    builder.setCommitter(commit.getCommitterIdent());
    builder.setMessage(commit.getFullMessage());
    return builder;
  }
}
