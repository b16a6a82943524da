package io.medforge.forge.repository;

import io.medforge.forge.Contribution;
import io.medforge.forge.LedgerEntry;
import io.medforge.plugin.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevWalk;
import org.jspecify.annotations.Nullable;

/** The commits of an entry: its own on main and, if it brings a contribution, the centre's. */
final class GitAdditions {
  private final Repository repository;
  private final GitCommits commits;

  GitAdditions(Repository repository, GitCommits commits) {
    this.repository = repository;
    this.commits = commits;
  }

  /** Writes the objects of one more entry; nothing refers to them yet. */
  List<GitRemote.Change> write(
      ObjectReader reader,
      ObjectInserter inserter,
      ObjectId tip,
      int index,
      Store.Addition addition)
      throws IOException {
    SortedMap<String, ObjectId> files = new TreeMap<>();
    List<ObjectId> objects = new ArrayList<>();
    for (Store.NewObject object : addition.objects()) {
      ObjectId blob;
      try (InputStream in = Files.newInputStream(object.file())) {
        blob = inserter.insert(Constants.OBJ_BLOB, Files.size(object.file()), in);
      }
      objects.add(blob);
      files.put(Layout.object(object.digest()), blob);
    }
    if (addition.openings().isPresent()) {
      ObjectId blob = inserter.insert(Constants.OBJ_BLOB, addition.openings().get());
      files.put(Layout.openings(Digest.of(addition.record())), blob);
    }
    ObjectId record = inserter.insert(Constants.OBJ_BLOB, addition.record());
    files.put(Layout.record(index), record);
    ObjectId tree = GitTree.put(reader, inserter, treeOf(reader, tip), files);

    List<GitRemote.Change> changes = new ArrayList<>();
    List<ObjectId> parents = new ArrayList<>(List.of(tip));
    Optional<Contribution> contribution = contributionOf(addition.entry());
    if (contribution.isPresent()) {
      String branch = GitStore.CENTRE + contribution.get().module().id().centre();
      ObjectId before = repository.resolve(branch);
      ObjectId offer = writeOffer(reader, inserter, contribution.get(), objects, record, before);
      changes.add(new GitRemote.Change(branch, before, offer));
      parents.add(offer);
    }
    ObjectId commit = commits.writeEntry(inserter, tree, parents, index, addition);
    changes.add(new GitRemote.Change(GitStore.MAIN, tip, commit));
    return changes;
  }

  /** The commit on the centre's branch: the contribution alone. */
  private ObjectId writeOffer(
      ObjectReader reader,
      ObjectInserter inserter,
      Contribution contribution,
      List<ObjectId> objects,
      ObjectId record,
      @Nullable ObjectId before)
      throws IOException {
    SortedMap<String, ObjectId> files = new TreeMap<>();
    files.put("record.json", record);
    files.put("module.safetensors", objects.get(0));
    files.put("distilled.safetensors", objects.get(1));
    ObjectId tree = GitTree.put(reader, inserter, null, files);
    String message =
        "Offer "
            + contribution.module().id()
            + "\n\nStatement: "
            + contribution.statement()
            + contribution.signature().map(each -> "\nSignature: " + each).orElse("")
            + "\n";
    List<ObjectId> parents = before == null ? List.of() : List.of(before);
    return commits.write(inserter, tree, parents, contribution.module().id().centre(), message);
  }

  private static Optional<Contribution> contributionOf(LedgerEntry entry) {
    if (entry instanceof LedgerEntry.Admit admit) {
      return Optional.of(admit.contribution());
    }
    return entry instanceof LedgerEntry.Quarantine quarantine
        ? Optional.of(quarantine.contribution())
        : Optional.empty();
  }

  private static ObjectId treeOf(ObjectReader reader, ObjectId commit) throws IOException {
    try (RevWalk walk = new RevWalk(reader)) {
      return walk.parseCommit(commit).getTree();
    }
  }
}
