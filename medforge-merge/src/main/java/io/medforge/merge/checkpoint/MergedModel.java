package io.medforge.merge.checkpoint;

import io.medforge.plugin.Tensor;
import java.util.Collections;
import java.util.SortedMap;

/**
 * What a merge of whole models gives: tensors that are computed whenever they are read, from the
 * models' tensors, which must stay readable. Safe for use by several threads.
 */
public final class MergedModel {
  private final SortedMap<String, Tensor> tensors;
  private final long workingBytes;
  private final String reading;
  private final String description;

  MergedModel(
      SortedMap<String, Tensor> tensors, long workingBytes, String reading, String description) {
    this.tensors = Collections.unmodifiableSortedMap(tensors);
    this.workingBytes = workingBytes;
    this.reading = reading;
    this.description = description;
  }

  /**
   * The merged model.
   *
   * @return by name, unmodifiable
   */
  public SortedMap<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * What reading them takes beside the reader's buffer.
   *
   * @return bytes for each thread that reads
   */
  public long workingBytes() {
    return workingBytes;
  }

  /**
   * How often each byte of the models is read when each tensor is read once.
   *
   * @return in words, such as "once"
   */
  public String reading() {
    return reading;
  }

  /**
   * What was done: method and settings, without the models; the same merge has the same
   * description.
   *
   * @return one line
   */
  public String description() {
    return description;
  }

  /** The description. */
  @Override
  public String toString() {
    return description;
  }
}
