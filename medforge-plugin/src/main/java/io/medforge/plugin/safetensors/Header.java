package io.medforge.plugin.safetensors;

import java.util.List;
import java.util.SortedMap;

/**
 * A file's header, checked.
 *
 * @param metadata the file's {@code __metadata__}, empty if there is none
 * @param entries the tensors, in the order of their data, which they cover without gap or overlap
 * @param dataStart where in the file the tensors' data starts
 */
record Header(SortedMap<String, String> metadata, List<TensorEntry> entries, long dataStart) {
  /** The key that holds text instead of a tensor. */
  static final String METADATA = "__metadata__";

  /** Longer headers are refused, as the reference implementation does. */
  static final int MAX_BYTES = 100_000_000;

  /** As many as NumPy and PyTorch allow. */
  static final int MAX_DIMENSIONS = 64;
}
