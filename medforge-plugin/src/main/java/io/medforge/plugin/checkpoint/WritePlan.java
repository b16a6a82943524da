package io.medforge.plugin.checkpoint;

import java.nio.file.Path;
import java.util.List;

/**
 * What writing a model will take, known before it begins. Immutable.
 *
 * @param target the folder to be written
 * @param files how many files of tensors it will have
 * @param tensors how many tensors
 * @param bytes what its files of tensors will take
 * @param remainingBytes what of it is still to be computed; less than {@code bytes} when a killed
 *     run is resumed
 * @param parallelism how many tiles are computed at a time
 * @param tileBytes how much of a tensor is computed at a time
 * @param peakBytes how much memory the writing and what computes the tensors hold at most, beside
 *     the tables of tensors' names
 * @param copied files beside the tensors that will be copied
 * @param leftOut what lies beside the tensors and will not be there
 */
public record WritePlan(
    Path target,
    int files,
    int tensors,
    long bytes,
    long remainingBytes,
    int parallelism,
    int tileBytes,
    long peakBytes,
    List<Path> copied,
    List<Path> leftOut) {
  /**
   * Copies the lists.
   *
   * @param target the folder to be written
   * @param files how many files of tensors it will have
   * @param tensors how many tensors
   * @param bytes what its files of tensors will take
   * @param remainingBytes what of it is still to be computed
   * @param parallelism how many tiles are computed at a time
   * @param tileBytes how much of a tensor is computed at a time
   * @param peakBytes how much memory is held at most
   * @param copied files that will be copied
   * @param leftOut what will not be there
   */
  public WritePlan {
    copied = List.copyOf(copied);
    leftOut = List.copyOf(leftOut);
  }
}
