package io.medforge.forge.repository;

import io.medforge.forge.SigningKey;
import io.medforge.plugin.Digest;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.jspecify.annotations.Nullable;

/** A log on the branch {@code main} of a bare Git repository. */
final class GitStore implements Store {
  static final String MAIN = "refs/heads/main";
  static final String CENTRE = "refs/heads/centre/";

  private final Path folder;
  private final Path own;
  private final Repository repository;
  private final Disk disk;
  private final GitCommits commits;
  private final @Nullable GitRemote remote;
  private final GitAdditions additions;
  private final GitHistory history;

  private GitStore(
      Path folder,
      Repository repository,
      Disk disk,
      GitCommits commits,
      @Nullable GitRemote remote) {
    this.folder = folder;
    this.disk = disk;
    this.own = folder.resolve("medforge");
    this.repository = repository;
    this.commits = commits;
    this.remote = remote;
    this.additions = new GitAdditions(repository, commits);
    this.history = new GitHistory(repository);
  }

  static GitStore open(
      Path folder, @Nullable String remote, @Nullable SigningKey commitKey, Clock clock)
      throws IOException {
    Repository repository =
        new FileRepositoryBuilder().setBare().setGitDir(folder.toFile()).build();
    return open(folder, repository, new LocalDisk(), remote, commitKey, clock);
  }

  /** Opens what JGit reads and writes by a repository, and the rest by a disk. */
  static GitStore open(
      Path folder,
      Repository repository,
      Disk disk,
      @Nullable String remote,
      @Nullable SigningKey commitKey,
      Clock clock)
      throws IOException {
    try {
      if (Files.exists(folder.resolve(Constants.DOT_GIT))) {
        throw new IOException("expected a bare Git repository, found a working tree");
      }
      disk.makeFolder(folder.resolve("medforge/tmp"));
      GitCommits commits = new GitCommits(commitKey, clock);
      GitRemote shared = remote == null ? null : new GitRemote(repository, remote);
      GitStore store = new GitStore(folder, repository, disk, commits, shared);
      try (GitLock lock = GitLock.take(folder, store.own)) {
        store.begin(lock);
      }
      return store;
    } catch (IOException | RuntimeException e) {
      repository.close();
      throw e;
    }
  }

  /** Makes what is not there yet: the repository, and the first commit on main. */
  private void begin(GitLock lock) throws IOException {
    if (!repository.getObjectDatabase().exists()) {
      repository.create(true);
      RefUpdate head = repository.updateRef(Constants.HEAD, true);
      head.link(MAIN);
    }
    // For this process only: an ordinary git has settings of its own for this.
    StoredConfig config = repository.getConfig();
    config.setBoolean("core", null, "fsyncobjectfiles", true);
    config.setBoolean("core", null, "fsyncreffiles", true);
    follow(lock);
    if (repository.resolve(MAIN) == null) {
      ObjectId commit;
      try (ObjectInserter inserter = repository.newObjectInserter();
          ObjectReader reader = repository.newObjectReader()) {
        ObjectId blob = inserter.insert(Constants.OBJ_BLOB, Genesis.fresh());
        ObjectId tree =
            GitTree.put(reader, inserter, null, new TreeMap<>(Map.of(Layout.GENESIS, blob)));
        commit = commits.writeGenesis(inserter, tree);
        inserter.flush();
      }
      GitRemote.Change change = new GitRemote.Change(MAIN, null, commit);
      if (remote != null && !remote.push(List.of(change))) {
        follow(lock); // somebody else began it meanwhile
        return;
      }
      update(lock, List.of(change));
    }
  }

  /** Brings the local branches to where the remote's are. */
  private void follow(GitLock lock) throws IOException {
    if (remote == null) {
      return;
    }
    remote.fetch();
    List<GitRemote.Change> changes = new ArrayList<>();
    for (var ref : repository.getRefDatabase().getRefsByPrefix(GitRemote.TRACKING)) {
      String name = "refs/heads/" + ref.getName().substring(GitRemote.TRACKING.length());
      ObjectId local = repository.resolve(name);
      ObjectId there = ref.getObjectId();
      if (there == null || there.equals(local) || !isForge(name)) {
        continue;
      }
      if (name.equals(MAIN) && local != null && !isAncestor(local, there)) {
        throw new IOException(
            "expected the remote's main to continue "
                + local.name()
                + ", found "
                + there.name()
                + ", which does not: its history was rewritten");
      }
      changes.add(new GitRemote.Change(name, local, there));
    }
    if (!changes.isEmpty()) {
      update(lock, changes);
    }
  }

  private static boolean isForge(String ref) {
    return ref.equals(MAIN) || ref.startsWith(CENTRE);
  }

  private boolean isAncestor(ObjectId older, ObjectId newer) throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      return walk.isMergedInto(walk.parseCommit(older), walk.parseCommit(newer));
    }
  }

  private void update(GitLock lock, List<GitRemote.Change> changes) throws IOException {
    lock.changing(changes.stream().map(GitRemote.Change::ref).toList());
    for (GitRemote.Change change : changes) {
      RefUpdate update = repository.updateRef(change.ref());
      update.setNewObjectId(change.to());
      update.setExpectedOldObjectId(change.from() == null ? ObjectId.zeroId() : change.from());
      update.setRefLogMessage("medforge", false);
      RefUpdate.Result result = update.forceUpdate();
      if (result != RefUpdate.Result.NEW
          && result != RefUpdate.Result.FAST_FORWARD
          && result != RefUpdate.Result.FORCED
          && result != RefUpdate.Result.NO_CHANGE) {
        lock.changed();
        throw new IOException("expected to move " + change.ref() + ", found " + result);
      }
    }
    lock.changed();
  }

  private ObjectId tip() throws IOException {
    ObjectId tip = repository.resolve(MAIN);
    if (tip == null) {
      throw new FileNotFoundException("expected a branch main, found none");
    }
    return tip;
  }

  private ObjectId treeOf(ObjectId commit) throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      return walk.parseCommit(commit).getTree();
    }
  }

  @Override
  public byte[] genesis() throws IOException {
    return read(Layout.GENESIS)
        .orElseThrow(() -> new FileNotFoundException("expected forge.json on main, found none"));
  }

  @Override
  public int size() throws IOException {
    if (remote != null) {
      try (GitLock lock = GitLock.take(folder, own)) {
        follow(lock);
      }
    }
    try (ObjectReader reader = repository.newObjectReader()) {
      return GitTree.records(reader, treeOf(tip()));
    }
  }

  @Override
  public byte[] record(int index) throws IOException {
    return read(Layout.record(index))
        .orElseThrow(
            () -> new FileNotFoundException("expected record " + index + " on main, found none"));
  }

  @Override
  public Optional<byte[]> openings(Digest record) throws IOException {
    return read(Layout.openings(record));
  }

  private Optional<byte[]> read(String path) throws IOException {
    try (ObjectReader reader = repository.newObjectReader()) {
      ObjectId blob = GitTree.find(reader, treeOf(tip()), path);
      return blob == null
          ? Optional.empty()
          : Optional.of(reader.open(blob, Constants.OBJ_BLOB).getBytes(Integer.MAX_VALUE));
    }
  }

  @Override
  public void redact(Digest record) throws IOException {
    try (GitLock lock = GitLock.take(folder, own)) {
      follow(lock);
      ObjectId tip = tip();
      ObjectId commit;
      try (ObjectInserter inserter = repository.newObjectInserter();
          ObjectReader reader = inserter.newReader()) {
        ObjectId tree = GitTree.remove(reader, inserter, treeOf(tip), Layout.openings(record));
        commit =
            commits.write(
                inserter, tree, List.of(tip), "MedForge", "Redact\n\nRecord: " + record + "\n");
        inserter.flush();
      }
      GitRemote.Change change = new GitRemote.Change(MAIN, tip, commit);
      if (remote != null && !remote.push(List.of(change))) {
        throw new IOException("expected to redact, found that somebody wrote meanwhile: try again");
      }
      update(lock, List.of(change));
    }
  }

  @Override
  public boolean holds(Digest object) throws IOException {
    try (ObjectReader reader = repository.newObjectReader()) {
      return GitTree.find(reader, treeOf(tip()), Layout.object(object)) != null;
    }
  }

  @Override
  public Path object(Digest object) throws IOException {
    // Git keeps blobs compressed; tensors are read from a copy, made when first asked for.
    Path copy = own.resolve(Layout.object(object));
    if (!Files.isRegularFile(copy)) {
      Path temporary = temporaryFolder().resolve(UUID.randomUUID() + ".tmp");
      try (InputStream in = openObject(object)) {
        Files.copy(in, temporary);
      }
      place(temporary, copy);
    }
    return copy;
  }

  private void place(Path file, Path copy) throws IOException {
    disk.makeFolder(copy.resolveSibling("."));
    Files.move(file, copy, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public InputStream openObject(Digest object) throws IOException {
    try (ObjectReader reader = repository.newObjectReader()) {
      ObjectId blob = GitTree.find(reader, treeOf(tip()), Layout.object(object));
      if (blob == null) {
        throw new FileNotFoundException("expected object " + object + " on main, found none");
      }
      return repository.open(blob, Constants.OBJ_BLOB).openStream();
    }
  }

  @Override
  public Path temporaryFolder() {
    return own.resolve("tmp");
  }

  @Override
  public boolean append(int expectedSize, Addition addition) throws IOException {
    try (GitLock lock = GitLock.take(folder, own)) {
      follow(lock);
      ObjectId tip = tip();
      List<GitRemote.Change> changes;
      try (ObjectInserter inserter = repository.newObjectInserter();
          ObjectReader reader = inserter.newReader()) {
        if (GitTree.records(reader, treeOf(tip)) != expectedSize) {
          return false;
        }
        changes = additions.write(reader, inserter, tip, expectedSize, addition);
        inserter.flush();
      }
      if (remote != null && !remote.push(changes)) {
        return false;
      }
      update(lock, changes);
    }
    keepCopies(addition);
    return true;
  }

  private void keepCopies(Addition addition) {
    try {
      for (NewObject object : addition.objects()) {
        Path copy = own.resolve(Layout.object(object.digest()));
        if (!Files.exists(copy)) {
          place(object.file(), copy);
        }
      }
    } catch (IOException e) {
      // The entry is on main; a copy that is missing is made when first asked for.
      return;
    }
  }

  @Override
  public Optional<String> rememberedHead() throws IOException {
    try {
      return Optional.of(
          new String(Files.readAllBytes(own.resolve("head.json")), StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void rememberHead(String json) throws IOException {
    disk.replace(
        own.resolve("head.json"), json.getBytes(StandardCharsets.UTF_8), temporaryFolder());
  }

  @Override
  public void checkHistory(int index, byte[] record) throws IOException {
    history.check(index, record, tip());
  }

  @Override
  public String where() {
    return folder.toString();
  }
}
