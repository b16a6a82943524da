package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.Network;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Trains a LoRA with differential privacy: DP-SGD. Abadi et al., Deep Learning with Differential
 * Privacy, CCS 2016. Immutable, thread-safe as far as its {@link NoiseSource} is.
 *
 * <p>Each step draws every row with probability q on its own (Poisson sampling), cuts each drawn
 * row's gradient over all trained parameters to a norm C, adds noise N(0, (sigma C)^2) to their
 * sum, and divides by the expected batch size. The optimizer and the schedule of the {@link
 * LoraTraining} see only that, which costs nothing more. q is the options' batch size over the
 * number of rows, at most 1; there are epochs / q steps, rounded up per epoch. The number of rows
 * is taken as public.
 *
 * <p>The guarantee is for adding or removing one row, if a patient is one row. It holds for the
 * module, not for the losses that a listener is told: they are computed on patients.
 *
 * <p>What would look at patients beside the steps is refused by name: early stopping, a validation
 * part, balanced class weights, checkpoints. Given class weights are fine: gradients are cut after
 * weighting.
 */
public final class PrivateTraining {
  private static final int CHECKED_ROWS = 4;
  private static final double SEPARATE = 1e-3;

  private final LoraTraining training;
  private final double noiseMultiplier;
  private final double clipNorm;
  private final NoiseSource noise;

  private PrivateTraining(Builder builder) {
    this.training = builder.training;
    this.noiseMultiplier = builder.noiseMultiplier;
    this.clipNorm = builder.clipNorm == null ? 1 : builder.clipNorm;
    this.noise = builder.noise == null ? NoiseSource.secure() : builder.noise;
  }

  /**
   * Starts a private training; whatever is not set has the default stated at its method.
   *
   * @param training what is trained and how; its seed gives the initial values only
   * @param noiseMultiplier sigma: the noise's deviation over the clipping norm, above 0; {@link
   *     SampledGaussian#within} finds the least for a guarantee
   * @return a builder, not thread-safe
   * @throws IllegalArgumentException if sigma lies outside its range, or the training has a
   *     patience, a validation share, balanced class weights, a clip norm of whole batches or
   *     dropout; the message names it
   */
  public static Builder of(LoraTraining training, double noiseMultiplier) {
    return new Builder(training, noiseMultiplier);
  }

  /**
   * A module and its price.
   *
   * @param module the module
   * @param spent the mechanism that ran on the patients: q, sigma and steps
   * @param clipNorm C
   */
  public record Released(PluginModule module, SampledGaussian spent, double clipNorm) {}

  /**
   * What a training on some rows will spend, known beforehand.
   *
   * @param rows the number of rows, at least 1
   * @return q, sigma and steps
   * @throws IllegalArgumentException if there is no row
   */
  public SampledGaussian spentOn(int rows) {
    Settings.atLeastOne("the number of rows", rows);
    double q = Math.min(1, (double) training.options().batchSize() / rows);
    long steps = training.options().epochs() * (long) Math.ceil(1 / q);
    return new SampledGaussian(q, noiseMultiplier, steps);
  }

  /**
   * Trains.
   *
   * @param inputs {@code [n, ...]}, finite
   * @param classes each row's class, an index into the label space's classes
   * @return the module and what was spent
   * @throws IllegalArgumentException as {@link LoraTraining#train(TrainingData, TrainingControl)};
   *     and if the architecture trains other than linear layers, or lets rows influence each other
   * @throws IllegalStateException if the loss diverges, or the engine may not start (see {@link
   *     DjlEngine})
   */
  public Released train(ModelInput inputs, int... classes) {
    return train(TrainingData.of(inputs, classes), TrainingControl.none());
  }

  /**
   * Trains under control. A cancelled training releases nothing, so it spends nothing.
   *
   * @param data the rows, each of one shape, finite; no validation part
   * @param control who is told and who may cancel; no checkpoint
   * @return the module and what was spent
   * @throws IllegalArgumentException as {@link #train(ModelInput, int...)}, and if there is a
   *     validation part or a checkpoint
   * @throws CancellationException if it was cancelled
   * @throws IllegalStateException if the loss diverges, or the engine may not start (see {@link
   *     DjlEngine})
   */
  public Released train(TrainingData data, TrainingControl control) {
    refuse(data.validation().isPresent(), "a validation part");
    refuse(control.checkpoint().isPresent(), "a checkpoint");
    LabelledRows rows = new LabelledRows(data.inputs(), data.classes(), training.labels());
    rows.checkTrainable(training.labels());
    SampledGaussian spent = spentOn(rows.size());
    Trainables parameters = training.initialParameters();
    try (NDManager manager = DjlEngine.newManager();
        Descent descent = new Descent(parameters.arrays(), training.options())) {
      checkSeparate(rows, parameters, manager);
      new Steps(rows, parameters, spent, descent, manager).run(control);
    }
    return new Released(
        training.module(
            parameters,
            training
                .provenance()
                .with("trained-with", "LoRA, DP-SGD, cross-entropy; PyTorch through DJL")
                .with("dp-sampling-rate", Double.toString(spent.samplingRate()))
                .with("dp-noise-multiplier", Double.toString(noiseMultiplier))
                .with("dp-steps", Long.toString(spent.steps()))
                .with("dp-clip-norm", Double.toString(clipNorm))),
        spent,
        clipNorm);
  }

  private static void refuse(boolean found, String what) {
    if (found) {
      throw new IllegalArgumentException(
          "expected a private training to look at patients in its steps only, found " + what);
    }
  }

  /** The steps of one training. */
  private final class Steps {
    private final LabelledRows rows;
    private final SampledGaussian spent;
    private final Descent descent;
    private final NDManager manager;
    private final double[] weights;
    private final ClippedGradients clipped;
    private final List<float[]> nothing = new ArrayList<>();
    private final PrivateNoise random = new PrivateNoise(noise);

    Steps(
        LabelledRows rows,
        Trainables parameters,
        SampledGaussian spent,
        Descent descent,
        NDManager manager) {
      this.rows = rows;
      this.spent = spent;
      this.descent = descent;
      this.manager = manager;
      this.weights = training.options().classWeights().of(rows, training.labels());
      this.clipped =
          new ClippedGradients(
              training.network().architecture(), parameters, training.labels(), clipNorm);
      for (HostArray array : parameters.arrays()) {
        nothing.add(new float[Math.toIntExact(array.shape().elements())]);
      }
    }

    void run(TrainingControl control) {
      long began = System.nanoTime();
      long perEpoch = spent.steps() / training.options().epochs();
      double expected = spent.samplingRate() * rows.size();
      for (long step = 0; step < spent.steps(); step++) {
        if (control.isCancelled()) {
          throw new CancellationException("the private training was cancelled in step " + step);
        }
        int[] drawn =
            IntStream.range(0, rows.size())
                .filter(row -> random.happens(spent.samplingRate()))
                .toArray();
        ClippedGradients.Sum sum = sum(drawn);
        List<FloatBuffer> gradients =
            ClippedGradients.privately(
                sum.gradients(), noiseMultiplier * clipNorm, expected, random);
        descent.apply(gradients, training.options().schedule().factor(step, spent.steps()));
        Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
        control
            .listener()
            .after(
                new TrainingProgress(
                    (int) (step / perEpoch) + 1,
                    training.options().epochs(),
                    step + 1,
                    spent.steps(),
                    drawn.length == 0 ? 0 : sum.loss() / drawn.length,
                    Optional.empty(),
                    elapsed,
                    elapsed.dividedBy(step + 1).multipliedBy(spent.steps() - step - 1)));
      }
    }

    private ClippedGradients.Sum sum(int... drawn) {
      if (drawn.length == 0) {
        return new ClippedGradients.Sum(nothing, 0);
      }
      Batch batch = new Batch(rows, drawn.length, weights);
      batch.fillSeparately(rows, drawn);
      return clipped.of(batch, manager);
    }
  }

  /** An architecture that mixes rows would put one patient into another's gradient. */
  private void checkSeparate(LabelledRows rows, Trainables parameters, NDManager manager) {
    int[] some = IntStream.range(0, Math.min(CHECKED_ROWS, rows.size())).toArray();
    float[] together = logits(rows, parameters, manager, some);
    int classes = together.length / some.length;
    for (int row : some) {
      float[] alone = logits(rows, parameters, manager, row);
      float[] among = Arrays.copyOfRange(together, row * classes, (row + 1) * classes);
      for (int c = 0; c < classes; c++) {
        if (Math.abs(alone[c] - among[c]) > SEPARATE * (1 + Math.abs(alone[c]))) {
          throw new IllegalArgumentException(
              "expected an architecture that answers each row on its own, found that it mixes the"
                  + " rows of a batch, at base "
                  + training.network().base());
        }
      }
    }
  }

  private float[] logits(LabelledRows rows, Trainables parameters, NDManager manager, int... some) {
    HostArray batch = HostArray.zeros(rows.shape(some.length));
    rows.read(some, 0, batch);
    Network network = training.network();
    try (NDManager scope = DjlEngine.newScope(manager)) {
      NDArray found = network.architecture().forward(parameters.bind(scope), batch.in(scope));
      return found.toFloatArray();
    }
  }

  /** Collects how to train privately; each option may be set once. Not thread-safe. */
  public static final class Builder {
    private final LoraTraining training;
    private final double noiseMultiplier;
    private @Nullable Double clipNorm;
    private @Nullable NoiseSource noise;

    private Builder(LoraTraining training, double noiseMultiplier) {
      TrainingOptions options = training.options();
      refuse(options.patience() > 0, "patience " + options.patience());
      refuse(options.validationShare() > 0, "validationShare " + options.validationShare());
      refuse(options.classWeights().dependOnRows(), "class weights " + options.classWeights());
      if (options.clipNorm().isPresent()) {
        throw new IllegalArgumentException(
            "expected the clip norm of single rows to be set here, found the options' clipNorm "
                + options.clipNorm().getAsDouble()
                + " of whole batches");
      }
      if (training.dropout() > 0) {
        throw new IllegalArgumentException(
            "expected no dropout in a private training, found " + training.dropout());
      }
      this.training = training;
      this.noiseMultiplier = Settings.positive("noiseMultiplier", noiseMultiplier);
    }

    /**
     * C: the norm that each row's gradient is cut to; 1 by default.
     *
     * @param norm above 0, finite
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder clipNorm(double norm) {
      Settings.checkOnce("clipNorm", clipNorm);
      clipNorm = Settings.positive("clipNorm", norm);
      return this;
    }

    /**
     * Where samples and noise come from; {@link NoiseSource#secure} by default.
     *
     * @param source the source
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder noise(NoiseSource source) {
      Settings.checkOnce("noise", noise);
      noise = source;
      return this;
    }

    /**
     * Ends the description.
     *
     * @return the training
     */
    public PrivateTraining build() {
      return new PrivateTraining(this);
    }
  }
}
