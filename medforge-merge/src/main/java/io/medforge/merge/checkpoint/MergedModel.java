package io.medforge.merge.checkpoint;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a merge of whole models gives: tensors that are computed whenever they are read, from the
 * models' tensors, which must stay readable. Safe for use by several threads.
 */
public final class MergedModel {
  private final SortedMap<String, Tensor> tensors;
  private final long workingBytes;
  private final String reading;
  private final Settings settings;

  /**
   * What was done.
   *
   * @param method such as {@code linear}
   * @param description method and settings in one line
   * @param parameters the settings but for the weights, by name
   * @param weights one for each of what was merged, or none
   */
  record Settings(
      String method,
      String description,
      SortedMap<String, String> parameters,
      List<Double> weights) {}

  MergedModel(
      SortedMap<String, Tensor> tensors, long workingBytes, String reading, Settings settings) {
    this.tensors = Collections.unmodifiableSortedMap(tensors);
    this.workingBytes = workingBytes;
    this.reading = reading;
    this.settings = settings;
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
    return settings.description();
  }

  /**
   * The record of the merge, the same on every machine but for its environment.
   *
   * @param base the base; of a merge without one the first model, whose form the result has
   * @param merged what was merged, in the order given: the models without the base, or the adapters
   * @param result the {@linkplain BaseModel#digestOf digest} of the merged tensors
   * @return how the model came to be
   * @throws IllegalArgumentException if there is not one of what was merged for each weight, or two
   *     have one id
   */
  public MergeRecord record(BaseModel base, List<MergeRecord.Parent> merged, Digest result) {
    SortedMap<PluginId, Double> weights = new TreeMap<>();
    for (int i = 0; i < settings.weights().size() && i < merged.size(); i++) {
      weights.put(merged.get(i).id(), settings.weights().get(i));
    }
    if (!settings.weights().isEmpty()
        && (merged.size() != settings.weights().size() || weights.size() != merged.size())) {
      throw new IllegalArgumentException(
          "expected "
              + settings.weights().size()
              + " different ids, one for each weight, found "
              + merged.stream().map(MergeRecord.Parent::id).toList());
    }
    return new MergeRecord(
        "model." + settings.method(),
        settings.parameters(),
        base,
        merged,
        weights.isEmpty() ? Optional.empty() : Optional.of(new Coefficients.PerPlugin(weights)),
        OptionalLong.empty(),
        new TreeMap<>(),
        new TreeMap<>(),
        List.of(),
        MergeRecord.Environment.current(),
        result);
  }

  /** The description. */
  @Override
  public String toString() {
    return settings.description();
  }
}
