package io.medforge.plugin.checkpoint;

import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;

/** Small files beside a model's tensors, such as a record, that say what was written. */
@FunctionalInterface
public interface FilesBeside {
  /**
   * Makes them.
   *
   * @param written the tensors as they are on the disk, readable until this returns
   * @return contents by file name
   * @throws IOException if a tensor cannot be read
   */
  Map<String, byte[]> of(SortedMap<String, Tensor> written) throws IOException;
}
