package io.medforge.cli.centre;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * How a module is trained; each option is one of {@code LoraTraining} or {@code TrainingOptions}.
 */
final class TrainingSettings {
  @Option(names = "--rank", paramLabel = "R", description = "Of every target. Default: 8.")
  private int rank = 8;

  @Option(
      names = "--rank-of",
      split = ",",
      paramLabel = "LAYER=R",
      description = "One target's own rank, such as fc1.weight=4.")
  private Map<String, Integer> ranks = Map.of();

  @Option(
      names = "--alpha",
      paramLabel = "ALPHA",
      description = "Updates are scaled by alpha / rank. Default: the rank.")
  private @Nullable Double alpha;

  @Option(names = "--rslora", description = "Scale updates by alpha / sqrt(rank).")
  private boolean rankStabilized;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description = "On the inputs of the low-rank paths. Default: 0.")
  private double dropout;

  @Option(
      names = "--targets",
      split = ",",
      paramLabel = "LAYER",
      description = "The weights to adapt. Default: every matrix that belongs to no head.")
  private List<String> targets = List.of();

  @Option(
      names = "--heads",
      split = ",",
      paramLabel = "LAYER",
      description = "Layers to train whole, such as classifier. Default: none.")
  private List<String> heads = List.of();

  @Option(
      names = "--optimizer",
      paramLabel = "adamw|sgd",
      description = "How gradients become steps. Default: adamw.")
  private TrainingPlan.OptimizerKind optimizer = TrainingPlan.OptimizerKind.ADAMW;

  @Option(names = "--momentum", paramLabel = "M", description = "Of sgd. Default: 0.9.")
  private double momentum = 0.9;

  @Option(
      names = "--schedule",
      paramLabel = "constant|linear|cosine",
      description = "How the learning rate changes. Default: cosine.")
  private TrainingPlan.ScheduleKind schedule = TrainingPlan.ScheduleKind.COSINE;

  @Option(
      names = "--warm-up",
      paramLabel = "STEPS",
      description = "Steps in which the learning rate rises first. Default: 0.")
  private long warmUp;

  @Option(names = "--epochs", paramLabel = "N", description = "Passes over the rows. Default: 20.")
  private int epochs = 20;

  @Option(names = "--batch", paramLabel = "N", description = "Rows per step. Default: 32.")
  private int batch = 32;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      description = "The largest step size. Default: 0.003.")
  private double learningRate = 0.003;

  @Option(names = "--weight-decay", paramLabel = "D", description = "Default: 0.01.")
  private double weightDecay = 0.01;

  @Option(
      names = "--clip-norm",
      paramLabel = "C",
      description = "Cut each step's gradient to this norm. Default: not at all.")
  private @Nullable Double clipNorm;

  @Option(
      names = "--balanced",
      description = "Weigh classes so that each counts alike, however rare.")
  private boolean balanced;

  @Option(
      names = "--class-weights",
      split = ",",
      paramLabel = "W",
      description = "A weight for each class, in the classes' order.")
  private List<Double> classWeights = List.of();

  @Option(
      names = "--patience",
      paramLabel = "EPOCHS",
      description =
          "End after so many epochs without a better validation loss and keep the best. Default:"
              + " never.")
  private int patience;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the split, the initial factors and the order of rows. Default: 1.")
  private long seed = 1;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  TrainingSettings() {}

  long seed() {
    return seed;
  }

  /** The options as one value. */
  TrainingPlan plan() {
    if (balanced && !classWeights.isEmpty()) {
      throw new IllegalArgumentException("expected --balanced or --class-weights, found both");
    }
    return new TrainingPlan(
        rank,
        new TreeMap<>(ranks),
        alpha,
        rankStabilized,
        dropout,
        targets,
        heads,
        optimizer,
        momentum,
        schedule,
        warmUp,
        epochs,
        batch,
        learningRate,
        weightDecay,
        clipNorm,
        balanced,
        classWeights,
        patience,
        seed);
  }
}
