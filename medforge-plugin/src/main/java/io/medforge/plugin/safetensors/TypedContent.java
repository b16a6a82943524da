package io.medforge.plugin.safetensors;

import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A safetensors file that says what kind of value it holds and which: two metadata keys of our own
 * beside the value's.
 *
 * @param file where it is, for messages
 * @param kind what kind of value
 * @param digest the value's digest
 * @param tensors by name
 * @param metadata by key, without our own
 */
record TypedContent(
    Path file,
    String kind,
    Digest digest,
    SortedMap<String, Tensor> tensors,
    SortedMap<String, String> metadata) {
  private static final String RESERVED = "medforge.";
  private static final String KIND = RESERVED + "kind";
  private static final String DIGEST = RESERVED + "digest";

  /**
   * Writes the file, whole or not at all.
   *
   * @throws IllegalArgumentException if a key is one of our own, or a text or name is none that
   *     safetensors can hold
   */
  static void write(
      Path file,
      String kind,
      Digest digest,
      Map<String, Tensor> tensors,
      Map<String, String> metadata) {
    SortedMap<String, String> all = new TreeMap<>(metadata);
    for (String key : metadata.keySet()) {
      if (key.startsWith(RESERVED)) {
        throw new IllegalArgumentException(
            "expected a metadata key that does not start with "
                + RESERVED
                + ", found "
                + JsonText.quote(key)
                + ", at "
                + file);
      }
    }
    all.put(KIND, kind);
    all.put(DIGEST, digest.toString());
    SafetensorsWriter.to(file).metadata(all).write(tensors);
  }

  /** Takes an open file apart; its tensors are the file's own. */
  static TypedContent of(SafetensorsFile open, String kind) {
    Place place = Place.of(open.path());
    SortedMap<String, String> metadata = new TreeMap<>(open.metadata());
    String found = metadata.remove(KIND);
    if (!kind.equals(found)) {
      throw place
          .in("metadata", KIND)
          .malformed(JsonText.quote(kind), found == null ? "none" : JsonText.quote(found));
    }
    String digest = metadata.remove(DIGEST);
    if (digest == null) {
      throw place.in("metadata", DIGEST).malformed("a digest", "none");
    }
    for (String key : metadata.keySet()) {
      if (key.startsWith(RESERVED)) {
        throw place.malformed("no other key of " + RESERVED, JsonText.quote(key));
      }
    }
    try {
      return new TypedContent(open.path(), kind, Digest.parse(digest), open.tensors(), metadata);
    } catch (IllegalArgumentException e) {
      throw place.in("metadata", DIGEST).malformed("a digest", JsonText.quote(digest), e);
    }
  }

  /** This content with every tensor on the heap. */
  TypedContent onHeap() {
    return detached(Long.MAX_VALUE);
  }

  /**
   * This content with tensors of up to {@code heapBytes} on the heap, and larger ones opening their
   * file whenever they are read.
   */
  TypedContent detached(long heapBytes) {
    SortedMap<String, Tensor> kept = new TreeMap<>();
    tensors.forEach((name, tensor) -> kept.put(name, keep(name, tensor, heapBytes)));
    return new TypedContent(file, kind, digest, kept, metadata);
  }

  private Tensor keep(String name, Tensor tensor, long heapBytes) {
    long size = tensor.dtype().byteSize(tensor.shape());
    if (size > heapBytes) {
      return new ReopenedTensor(file, name, tensor);
    }
    if (size > Integer.MAX_VALUE - 8) {
      throw Place.of(file)
          .in("tensor", name)
          .malformed("at most " + (Integer.MAX_VALUE - 8) + " bytes", Long.toString(size));
    }
    byte[] bytes = new byte[(int) size];
    tensor.readBytes(0, bytes, 0, bytes.length);
    return Tensor.ofBytes(tensor.dtype(), tensor.shape(), bytes);
  }

  Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw Place.of(file).in("tensor", name).malformed("a tensor", "none");
    }
    return tensor;
  }

  String text(String key) {
    String text = metadata.get(key);
    if (text == null) {
      throw Place.of(file).in("metadata", key).malformed("a text", "none");
    }
    return text;
  }

  /** Checks that the value read is the value written. */
  void checkDigest(Digest actual) {
    if (!actual.equals(digest)) {
      throw Place.of(file).malformed("content of " + digest, "content of " + actual);
    }
  }

  /** Checks that everything in the file was understood. */
  void checkCounts(int tensorsRead, int textsRead) {
    if (tensors.size() != tensorsRead || metadata.size() != textsRead) {
      throw Place.of(file)
          .malformed(
              tensorsRead + " tensors and " + textsRead + " texts for a " + kind,
              tensors.size() + " and " + metadata.size());
    }
  }
}
