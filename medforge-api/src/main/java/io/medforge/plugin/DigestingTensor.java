package io.medforge.plugin;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that is hashed as it is read. Its digest is over type, shape and the SHA-256 of each
 * block of 1 MiB, so blocks may be read in any order. Thread-safe.
 */
final class DigestingTensor implements Tensor {
  private static final int BLOCK_BYTES = 1 << 20;
  private static final int PIECE_BYTES = 64 * 1024;

  private final Tensor source;
  private final long bytes;
  private final AtomicInteger missing;
  // Made for the first reader and given up for the digest: a model may have a million blocks.
  private HashedBlock @Nullable [] blocks;
  private @Nullable Digest digest;

  static DigestingTensor of(Tensor source) {
    return source instanceof DigestingTensor digesting ? digesting : new DigestingTensor(source);
  }

  private DigestingTensor(Tensor source) {
    this.source = source;
    this.bytes = source.dtype().byteSize(source.shape());
    this.missing = new AtomicInteger(Math.toIntExact((bytes + BLOCK_BYTES - 1) / BLOCK_BYTES));
  }

  @Override
  public DType dtype() {
    return source.dtype();
  }

  @Override
  public Shape shape() {
    return source.shape();
  }

  @Override
  public void readBytes(long from, byte[] into, int offset, int count) {
    source.readBytes(from, into, offset, count);
    hash(from, ByteBuffer.wrap(into, offset, count));
  }

  @Override
  public void readBytes(long from, ByteBuffer into) {
    ByteBuffer read = into.duplicate();
    source.readBytes(from, into);
    hash(from, read);
  }

  private void hash(long from, ByteBuffer read) {
    HashedBlock[] all = blocks();
    int end = read.limit();
    long at = from;
    while (all != null && read.position() < end) {
      int within = (int) (at % BLOCK_BYTES);
      int count = Math.min(end - read.position(), BLOCK_BYTES - within);
      read.limit(read.position() + count);
      if (all[(int) (at / BLOCK_BYTES)].hash(within, read) && missing.decrementAndGet() == 0) {
        finish(all);
      }
      read.limit(end);
      at += count;
    }
  }

  /** The blocks; null once the digest is known. */
  private synchronized HashedBlock @Nullable [] blocks() {
    if (blocks == null && digest == null) {
      blocks = new HashedBlock[missing.get()];
      Arrays.setAll(
          blocks,
          i -> new HashedBlock((int) Math.min(BLOCK_BYTES, bytes - (long) i * BLOCK_BYTES)));
    }
    return blocks;
  }

  private synchronized Digest finish(HashedBlock[] all) {
    if (digest == null) {
      Digest.Builder builder = Digest.builder().add("medforge-tensor-v1").addForm(source);
      for (HashedBlock block : all) {
        builder.add(block.digest());
      }
      digest = builder.build();
      blocks = null;
    }
    return digest;
  }

  /** The digest; what was not read is read now, from this tensor as it stands elsewhere. */
  Digest digest(Tensor written) {
    HashedBlock[] all = blocks();
    if (all == null) {
      return known();
    }
    byte[] piece = new byte[(int) Math.min(PIECE_BYTES, bytes)];
    for (int i = 0; i < all.length; i++) {
      hashRest((long) i * BLOCK_BYTES, all[i], written, piece);
    }
    return finish(all);
  }

  private synchronized Digest known() {
    return Objects.requireNonNull(digest);
  }

  private void hashRest(long start, HashedBlock block, Tensor written, byte[] piece) {
    for (int at = block.hashed(); at < block.length(); at = block.hashed()) {
      int count = Math.min(piece.length, block.length() - at);
      written.readBytes(start + at, piece, 0, count);
      hash(start + at, ByteBuffer.wrap(piece, 0, count));
    }
  }

  /** What the source says. */
  @Override
  public String toString() {
    return source.toString();
  }
}
