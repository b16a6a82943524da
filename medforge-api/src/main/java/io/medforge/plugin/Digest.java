package io.medforge.plugin;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** A SHA-256 over some content: its identity. Immutable; ordered as its hexadecimal text. */
public final class Digest implements Comparable<Digest> {
  private static final String PREFIX = "sha256:";
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  private final String hex;

  private Digest(String hex) {
    this.hex = hex;
  }

  /**
   * The digest of some bytes.
   *
   * @param bytes the content
   * @return its SHA-256
   */
  public static Digest of(byte[] bytes) {
    return new Digest(HexFormat.of().formatHex(sha256().digest(bytes)));
  }

  /** The digest of what was absorbed; the hash starts anew. */
  static Digest of(MessageDigest sha) {
    return new Digest(HexFormat.of().formatHex(sha.digest()));
  }

  /**
   * Reads a digest as {@link #toString()} writes it; the prefix may be missing.
   *
   * @param text {@code sha256:} and 64 lower-case hexadecimal digits
   * @return the digest
   * @throws IllegalArgumentException if the text has another form
   */
  public static Digest parse(String text) {
    String hex = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException(
          "expected sha256: and 64 lower-case hexadecimal digits, found " + Quotation.of(text));
    }
    return new Digest(hex);
  }

  /**
   * Starts a digest over several fields.
   *
   * @return a builder, not thread-safe
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The digits alone.
   *
   * @return 64 lower-case hexadecimal digits
   */
  public String hex() {
    return hex;
  }

  @Override
  public int compareTo(Digest other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Digest that && hex.equals(that.hex);
  }

  @Override
  public int hashCode() {
    return hex.hashCode();
  }

  /** {@code sha256:} and 64 hexadecimal digits. */
  @Override
  public String toString() {
    return PREFIX + hex;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("expected SHA-256, which every Java platform has", e);
    }
  }

  /**
   * Absorbs fields one after another. Every field is preceded by one byte for its kind, every text
   * by its length, so that no two different sequences of fields are the same bytes. Not
   * thread-safe.
   */
  public static final class Builder {
    private static final int PIECE_BYTES = 64 * 1024;

    private final MessageDigest sha = sha256();

    private Builder() {}

    /**
     * Absorbs a text.
     *
     * @param text any text
     * @return this
     */
    public Builder add(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      if (text.equals(new String(utf8, StandardCharsets.UTF_8))) {
        return add('T', utf8);
      }
      // Half a surrogate pair, which UTF-8 cannot spell: by code units, lest it pass for a '?'.
      ByteBuffer units = ByteBuffer.allocate(Character.BYTES * text.length());
      text.chars().forEach(unit -> units.putChar((char) unit));
      return add('U', units.array());
    }

    /**
     * Absorbs a number.
     *
     * @param number any number
     * @return this
     */
    public Builder add(long number) {
      return add('L', number);
    }

    /**
     * Absorbs a number, bit by bit.
     *
     * @param number any number
     * @return this
     */
    public Builder add(double number) {
      return add('D', Double.doubleToLongBits(number));
    }

    /**
     * Absorbs another digest.
     *
     * @param digest any digest
     * @return this
     */
    public Builder add(Digest digest) {
      return add('H', HexFormat.of().parseHex(digest.hex));
    }

    /**
     * Absorbs a tensor: type, shape and stored bytes, read in pieces of 64 KiB.
     *
     * @param tensor any tensor
     * @return this
     */
    public Builder add(Tensor tensor) {
      addForm(tensor);
      long size = tensor.dtype().byteSize(tensor.shape());
      byte[] piece = new byte[(int) Math.min(size, PIECE_BYTES)];
      for (long at = 0; at < size; ) {
        int n = (int) Math.min(piece.length, size - at);
        tensor.readBytes(at, piece, 0, n);
        sha.update(piece, 0, n);
        at += n;
      }
      return this;
    }

    /**
     * Ends the digest.
     *
     * @return the SHA-256 over everything absorbed; the builder starts anew
     */
    public Digest build() {
      return of(sha);
    }

    /** Absorbs a tensor's type and shape. */
    Builder addForm(Tensor tensor) {
      sha.update((byte) 'A');
      add(tensor.dtype().name());
      add(tensor.shape().dimensions());
      for (long dimension : tensor.shape().toArray()) {
        add(dimension);
      }
      return this;
    }

    private Builder add(char kind, byte[] bytes) {
      add(kind, bytes.length);
      sha.update(bytes);
      return this;
    }

    private Builder add(char kind, long number) {
      sha.update((byte) kind);
      sha.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
      return this;
    }
  }
}
