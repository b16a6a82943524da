package io.medforge.plugin;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** A block's SHA-256, as far as the block was read from its start on. Thread-safe. */
final class HashedBlock {
  private final int length;
  private @Nullable MessageDigest sha;
  private @Nullable Digest digest;
  private int hashed;

  HashedBlock(int length) {
    this.length = length;
  }

  /**
   * Takes what was read, as far as it goes on from what was hashed.
   *
   * @param at which byte of the block the first is
   * @param read the bytes up to the limit; they are used up
   * @return whether this was the block's end
   */
  synchronized boolean hash(int at, ByteBuffer read) {
    int known = hashed - at;
    int count = read.remaining();
    if (digest != null || known < 0 || known >= count) {
      read.position(read.limit());
      return false;
    }
    if (sha == null) {
      sha = Digest.sha256();
    }
    sha.update(read.position(read.position() + known));
    hashed += count - known;
    if (hashed < length) {
      return false;
    }
    digest = Digest.of(sha);
    sha = null;
    return true;
  }

  /** How many bytes, from the start on, need not be read again. */
  synchronized int hashed() {
    return hashed;
  }

  int length() {
    return length;
  }

  /** The digest of a block that was hashed to its end. */
  synchronized Digest digest() {
    if (digest == null) {
      throw new IllegalStateException(
          "expected a block hashed to its end, found " + hashed + " of " + length + " bytes");
    }
    return digest;
  }
}
