package io.medforge.forge.repository;

import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.Set;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.treewalk.CanonicalTreeParser;

/**
 * Whether Git's objects are what their names say: each is read once and its name computed again,
 * also trees that only older commits show. Not thread-safe.
 */
final class GitObjects {
  private final Set<ObjectId> seen = new HashSet<>();

  /** Checks a commit and what it shows that was not checked before. */
  void check(ObjectReader reader, RevCommit commit) throws IOException {
    if (isNew(commit)) {
      checkName(reader, commit, Constants.OBJ_COMMIT, "commit");
      checkTree(reader, commit.getTree(), "commit " + commit.name() + ", /");
    }
  }

  private boolean isNew(ObjectId id) {
    return seen.add(id.copy());
  }

  private void checkTree(ObjectReader reader, ObjectId tree, String path) throws IOException {
    if (!isNew(tree)) {
      return;
    }
    checkName(reader, tree, Constants.OBJ_TREE, path);
    CanonicalTreeParser parser = new CanonicalTreeParser(null, reader, tree);
    for (; !parser.eof(); parser.next()) {
      ObjectId id = parser.getEntryObjectId();
      String inner = path + parser.getEntryPathString();
      if (parser.getEntryFileMode().equals(FileMode.TREE)) {
        checkTree(reader, id, inner + "/");
      } else if (isNew(id)) {
        checkName(reader, id, Constants.OBJ_BLOB, inner);
      }
    }
  }

  private static void checkName(ObjectReader reader, ObjectId id, int type, String path)
      throws IOException {
    ObjectLoader loader = reader.open(id, type);
    MessageDigest sha = sha1();
    String header = Constants.typeString(type) + " " + loader.getSize() + "\0";
    sha.update(header.getBytes(StandardCharsets.US_ASCII));
    byte[] piece = new byte[8192];
    try (InputStream in = loader.openStream()) {
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        sha.update(piece, 0, n);
      }
    }
    ObjectId found = ObjectId.fromRaw(sha.digest());
    if (!found.equals(id)) {
      throw new MalformedPluginException(
          "expected Git object " + id.name() + ", found " + found.name() + ", at " + path);
    }
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("expected SHA-1, which every Java platform has", e);
    }
  }
}
