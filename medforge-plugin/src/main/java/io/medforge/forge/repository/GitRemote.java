package io.medforge.forge.repository;

import java.io.IOException;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.PushResult;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.RemoteRefUpdate;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.URIish;
import org.jspecify.annotations.Nullable;

/** The Git repository that everybody shares. */
final class GitRemote {
  /** Where the remote's branches are noted locally. */
  static final String TRACKING = "refs/remotes/origin/";

  private static final int ATTEMPTS = 3;
  private static final long PAUSE_MILLIS = 200;

  private final Repository repository;
  private final URIish uri;

  GitRemote(Repository repository, String uri) throws IOException {
    this.repository = repository;
    try {
      this.uri = new URIish(uri);
    } catch (URISyntaxException e) {
      throw new IOException("expected a remote's address, found " + e.getMessage(), e);
    }
  }

  /** A transfer that may be tried again. */
  @FunctionalInterface
  private interface Transfer<T> {
    T over(Transport transport) throws IOException;
  }

  /** Reads the remote's branches into {@link #TRACKING}; of an empty remote, none. */
  void fetch() throws IOException {
    retrying(
        transport -> {
          RefSpec all = new RefSpec("+refs/heads/*:" + TRACKING + "*");
          try {
            transport.fetch(NullProgressMonitor.INSTANCE, List.of(all));
          } catch (TransportException e) {
            if (!isEmpty(transport)) {
              throw e;
            }
          }
          return true;
        });
  }

  private static boolean isEmpty(Transport transport) throws IOException {
    try (var connection = transport.openFetch()) {
      return connection.getRefs().isEmpty();
    }
  }

  /** What a push asks for: a branch's old and new commit. */
  record Change(String ref, @Nullable ObjectId from, ObjectId to) {}

  /**
   * Moves branches on the remote, all or none.
   *
   * @return false if one of them is not where it was expected
   */
  boolean push(List<Change> changes) throws IOException {
    return retrying(
        transport -> {
          List<RemoteRefUpdate> updates = new ArrayList<>();
          for (Change change : changes) {
            ObjectId from = change.from() == null ? ObjectId.zeroId() : change.from();
            updates.add(
                new RemoteRefUpdate(
                    repository, change.to().name(), change.to(), change.ref(), false, null, from));
          }
          transport.setPushAtomic(true);
          PushResult result = transport.push(NullProgressMonitor.INSTANCE, updates);
          return taken(result, changes);
        });
  }

  private boolean taken(PushResult result, List<Change> changes) throws IOException {
    Map<String, RemoteRefUpdate.Status> refused = new TreeMap<>();
    for (Change change : changes) {
      RemoteRefUpdate.Status status = result.getRemoteUpdate(change.ref()).getStatus();
      switch (status) {
        case OK, UP_TO_DATE -> {}
        case REJECTED_NONFASTFORWARD,
            REJECTED_REMOTE_CHANGED,
            REJECTED_OTHER_REASON,
            NON_EXISTING,
            AWAITING_REPORT,
            NOT_ATTEMPTED,
            REJECTED_NODELETE ->
            refused.put(change.ref(), status);
      }
    }
    if (refused.isEmpty()) {
      return true;
    }
    boolean raced =
        refused.containsValue(RemoteRefUpdate.Status.REJECTED_NONFASTFORWARD)
            || refused.containsValue(RemoteRefUpdate.Status.REJECTED_REMOTE_CHANGED)
            || hasMoved(changes);
    if (raced) {
      return false;
    }
    StringBuilder reasons = new StringBuilder();
    for (Change change : changes) {
      String reason = result.getRemoteUpdate(change.ref()).getMessage();
      reasons.append(reason == null ? "" : " (" + reason + ")");
    }
    throw new IOException(
        "expected " + uri + " to take the push, found it refused: " + refused + reasons);
  }

  /** Whether somebody was faster after all: servers word it in their own ways. */
  private boolean hasMoved(List<Change> changes) throws IOException {
    fetch();
    for (Change change : changes) {
      String tracking = change.ref().replace("refs/heads/", TRACKING);
      ObjectId now = repository.resolve(tracking);
      boolean same = now == null ? change.from() == null : now.equals(change.from());
      if (!same) {
        return true;
      }
    }
    return false;
  }

  private <T> T retrying(Transfer<T> transfer) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try (Transport transport = Transport.open(repository, uri)) {
        return transfer.over(transport);
      } catch (TransportException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        pause(attempt);
      }
    }
  }

  private static void pause(int attempt) throws IOException {
    try {
      Thread.sleep(PAUSE_MILLIS * attempt);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("expected to try the transfer again, found an interrupt", e);
    }
  }
}
