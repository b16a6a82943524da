package io.medforge.forge.repository;

import io.medforge.plugin.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 over a stream, in pieces. */
final class FileDigest {
  private static final int PIECE_BYTES = 64 * 1024;

  private FileDigest() {}

  static Digest of(InputStream in) throws IOException {
    MessageDigest sha;
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("expected SHA-256, which every Java platform has", e);
    }
    byte[] piece = new byte[PIECE_BYTES];
    for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
      sha.update(piece, 0, n);
    }
    return Digest.parse(HexFormat.of().formatHex(sha.digest()));
  }
}
