package io.medforge.plugin;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A model's tensors that are hashed as they are read, so that whoever merges or writes a model need
 * not read it once more for its {@linkplain BaseModel#digestOf digest}.
 *
 * <pre>{@code
 * DigestingTensors model = DigestingTensors.of(checkpoint.tensors());
 * merge(model.tensors());            // reads them, in any order, on any number of threads
 * Digest digest = model.digest();    // reads what has not gone by
 * }</pre>
 *
 * <p>A tensor is hashed in blocks of 1 MiB, each on the thread that reads it, from its start on;
 * the digest is over the blocks' digests, the same in whatever order they were read, or how often.
 * A part of a block that is read before what stands in front of it is read again by {@link
 * #digest}. A tensor keeps some 150 bytes for each block until all of its blocks have been read,
 * and then nothing but its digest. Safe for use by several threads.
 */
public final class DigestingTensors {
  private final SortedMap<String, DigestingTensor> digesting = new TreeMap<>();

  private DigestingTensors(Map<String, Tensor> tensors) {
    tensors.forEach((name, tensor) -> digesting.put(name, DigestingTensor.of(tensor)));
  }

  /**
   * Tensors that are hashed as they are read.
   *
   * @param tensors by name; whatever their files hold must not change. What is hashed already,
   *     since it comes from another {@code DigestingTensors}, is not hashed twice
   * @return the same tensors; nothing is read yet
   * @throws ArithmeticException if one is of more than 2 PiB
   */
  public static DigestingTensors of(Map<String, Tensor> tensors) {
    return new DigestingTensors(tensors);
  }

  /**
   * The tensors, to be read by whoever needs their values.
   *
   * @return by name, unmodifiable
   */
  public SortedMap<String, Tensor> tensors() {
    return Collections.unmodifiableSortedMap(digesting);
  }

  /**
   * The digest of all tensors; what has not been read is read now.
   *
   * @return what {@link BaseModel#digestOf} gives
   * @throws java.io.UncheckedIOException if a tensor cannot be read
   */
  public Digest digest() {
    return digest(tensors());
  }

  /**
   * The digest of all tensors; what has not been read is read now, from where it was written.
   *
   * @param written the same tensors elsewhere, such as in the files that computed ones went to
   * @return what {@link BaseModel#digestOf} gives
   * @throws IllegalArgumentException if there are others, or of another type or shape
   * @throws java.io.UncheckedIOException if a tensor cannot be read
   */
  public Digest digest(Map<String, Tensor> written) {
    if (!written.keySet().equals(digesting.keySet())) {
      throw new IllegalArgumentException(
          "expected the tensors " + digesting.keySet() + ", found " + written.keySet());
    }
    Digest.Builder all = Digest.builder().add("medforge-base-v2");
    digesting.forEach((name, tensor) -> all.add(name).add(digest(name, tensor, written.get(name))));
    return all.build();
  }

  private static Digest digest(String name, DigestingTensor tensor, @Nullable Tensor written) {
    if (written == null
        || written.dtype() != tensor.dtype()
        || !written.shape().equals(tensor.shape())) {
      throw new IllegalArgumentException(
          "expected " + tensor + ", found " + written + ", at tensor " + name);
    }
    return tensor.digest(written);
  }
}
