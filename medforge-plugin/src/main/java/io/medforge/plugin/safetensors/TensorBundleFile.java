package io.medforge.plugin.safetensors;

import io.medforge.plugin.TensorBundle;
import java.nio.file.Path;

/**
 * {@link TensorBundle}s as safetensors files. The bundle's texts become the file's {@code
 * __metadata__}, beside {@code medforge.kind} and {@code medforge.digest}; reading checks the
 * digest. The same bundle gives the same bytes.
 */
public final class TensorBundleFile {
  private static final String KIND = "tensor-bundle-v1";

  private TensorBundleFile() {}

  /**
   * Writes a bundle, whole or not at all.
   *
   * @param bundle the bundle
   * @param file a new file in an existing folder
   * @throws IllegalArgumentException if a metadata key starts with {@code medforge.}, or a name or
   *     text is none that safetensors can hold
   * @throws java.io.UncheckedIOException if the file exists or cannot be written
   */
  public static void write(TensorBundle bundle, Path file) {
    TypedContent.write(file, KIND, bundle.digest(), bundle.tensors(), bundle.metadata());
  }

  /**
   * Reads a bundle onto the heap.
   *
   * @param file the file
   * @return the bundle; it does not need the file any more
   * @throws io.medforge.plugin.MalformedPluginException if it is no bundle's file, the content is
   *     not that of its digest, or a tensor is larger than an array
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static TensorBundle read(Path file) {
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      TypedContent content = TypedContent.of(open, KIND).onHeap();
      TensorBundle bundle;
      try {
        bundle = TensorBundle.of(content.tensors(), content.metadata());
      } catch (IllegalArgumentException e) {
        throw Place.of(file).malformed("a tensor bundle", String.valueOf(e.getMessage()), e);
      }
      content.checkDigest(bundle.digest());
      return bundle;
    }
  }
}
