package io.medforge.forge.repository;

import io.medforge.forge.SigningKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * A repository on Git, by JGit; an ordinary {@code git} reads it. The local side is a bare Git
 * repository in a folder.
 *
 * <pre>{@code
 * RecordedRepository forge = GitRepository.at(folder).remote("https://git.example/forge.git").open();
 * }</pre>
 *
 * <p><b>What Git sees.</b> Each contribution is a commit on its centre's branch {@code
 * centre/<name>}; each entry of the ledger is a commit on {@code main}, whose first parent is the
 * entry before and whose second is the contribution, so {@code git log --graph main} shows how the
 * model came to be. The tree of {@code main} holds the whole log as a folder repository does.
 *
 * <p><b>Signatures.</b> A contribution is signed in its record ({@code signature} over its {@code
 * statement}), which {@link Verification} checks: there the signature is about the content, stays
 * valid in a plain folder, and survives a rewritten or squashed Git history, which a signature on a
 * commit does not. With {@link Builder#commitKey} every commit is signed as well, in OpenSSH's
 * format, which {@code git verify-commit} checks where {@code gpg.ssh.allowedSignersFile} lists the
 * key.
 *
 * <p><b>Several writers.</b> Processes on one machine take turns by a file lock, which the
 * operating system gives back when a process dies; a Git lock that a dead process left is taken
 * away. With a remote, an entry is appended when the remote has taken {@code main} and the centre's
 * branch together, which it does only if nobody was faster (the server must support atomic pushes,
 * as the common ones do); before that nothing changes locally. A transfer that fails is tried three
 * times.
 */
public final class GitRepository {
  private GitRepository() {}

  /**
   * Starts to open a repository.
   *
   * @param folder a bare Git repository, or a new or empty folder to make one in
   * @return a builder, not thread-safe
   */
  public static Builder at(Path folder) {
    return new Builder(folder);
  }

  /** What else to know about a repository. Not thread-safe. */
  public static final class Builder {
    private final Path folder;
    private @Nullable String remote;
    private @Nullable SigningKey commitKey;

    private Builder(Path folder) {
      this.folder = folder;
    }

    /**
     * The Git repository that everybody shares.
     *
     * @param uri an address as Git understands it, or a folder
     * @return this
     * @throws IllegalStateException if it was set before
     */
    public Builder remote(String uri) {
      if (remote != null) {
        throw new IllegalStateException("expected one remote, found it set to " + remote);
      }
      remote = uri;
      return this;
    }

    /**
     * Signs every commit made here.
     *
     * @param key the key
     * @return this
     * @throws IllegalStateException if it was set before
     */
    public Builder commitKey(SigningKey key) {
      if (commitKey != null) {
        throw new IllegalStateException("expected one key, found it set to " + commitKey);
      }
      commitKey = key;
      return this;
    }

    /**
     * Opens the repository, and makes one where there is none.
     *
     * @return the repository
     * @throws UncheckedIOException if the folder holds something else, or the folder or the remote
     *     cannot be used
     * @throws io.medforge.plugin.MalformedPluginException if {@code main} is no forge's
     */
    public RecordedRepository open() {
      return open(Clock.systemUTC());
    }

    RecordedRepository open(Clock clock) {
      try {
        return RecordedRepository.of(GitStore.open(folder, remote, commitKey, clock), clock);
      } catch (IOException e) {
        throw new UncheckedIOException(
            "expected a Git repository, found " + e + ", at " + folder, e);
      }
    }
  }
}
