package io.medforge.plugin.branch;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.Network;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Trains every parameter of a network: to make a base model, or as one centre's local epochs in
 * federated averaging (McMahan et al., AISTATS 2017). Immutable, thread-safe.
 *
 * <p>Mean cross-entropy. The optimizer starts anew with each training.
 */
public final class FullTraining {
  private final Network start;
  private final LabelSpace labels;
  private final TrainingOptions options;

  private FullTraining(Network start, LabelSpace labels, TrainingOptions options) {
    this.start = start;
    this.labels = labels;
    this.options = options;
  }

  /**
   * A training.
   *
   * @param start the network to start from; it is not changed
   * @param labels what the logits mean
   * @param options how to train
   * @return the training
   */
  public static FullTraining of(Network start, LabelSpace labels, TrainingOptions options) {
    return new FullTraining(start, labels, options);
  }

  /**
   * Trains.
   *
   * @param inputs {@code [n, ...]}, finite
   * @param classes each row's class, an index into the label space's classes
   * @return the trained parameters by name, in F32; unmodifiable, the same bytes in every run
   * @throws IllegalArgumentException if rows and classes do not fit each other, the label space or
   *     the network, or an input is not finite; the message names the row
   * @throws IllegalStateException if the loss diverges, or the engine may not start (see {@link
   *     io.medforge.runtime.djl.DjlEngine})
   */
  public SortedMap<String, Tensor> train(ModelInput inputs, int... classes) {
    return train(TrainingData.of(inputs, classes), TrainingControl.none()).value();
  }

  /**
   * Trains, with a validation part, under control, and says how it went.
   *
   * @param data the rows, each of one shape, finite
   * @param control who is told, who may cancel, where it may be resumed
   * @return the trained parameters by name, in F32; unmodifiable, the same bytes in every run
   * @throws IllegalArgumentException if rows and classes do not fit each other, the label space or
   *     the network, there are fewer rows than classes or rows of one class only, an input is not
   *     finite, a patience lacks a validation part or that part is empty, or the checkpoint is of
   *     another base, other settings or other data; the message names it
   * @throws java.util.concurrent.CancellationException if it was cancelled
   * @throws IllegalStateException if the loss diverges, or the engine may not start (see {@link
   *     io.medforge.runtime.djl.DjlEngine})
   */
  public Trained<SortedMap<String, Tensor>> train(TrainingData data, TrainingControl control) {
    SortedMap<String, HostArray> whole = new TreeMap<>();
    start.parameters().forEach((name, tensor) -> whole.put(name, HostArray.of(tensor)));
    Trainables parameters =
        new Trainables(Collections.emptySortedMap(), whole, Collections.emptySortedMap());
    TrainingReport report =
        new SupervisedTraining(start, parameters, labels, options, Dropout.NONE)
            .run(data, control, "all parameters; label space " + labels);
    SortedMap<String, Tensor> trained = new TreeMap<>();
    whole.forEach((name, array) -> trained.put(name, array.toTensor()));
    return new Trained<>(Collections.unmodifiableSortedMap(trained), report);
  }
}
