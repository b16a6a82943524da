package io.medforge.cli.centre;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.branch.ClassWeights;
import io.medforge.plugin.branch.LoraTraining;
import io.medforge.plugin.branch.Optimizer;
import io.medforge.plugin.branch.Schedule;
import io.medforge.plugin.branch.TrainingOptions;
import io.medforge.runtime.djl.Network;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a training's result depends on but the base and the rows, so that the audit can
 * train others alike. Immutable. The components are the options of {@link TrainingSettings}.
 */
record TrainingPlan(
    int rank,
    SortedMap<String, Integer> ranks,
    @Nullable Double alpha,
    boolean rankStabilized,
    double dropout,
    List<String> targets,
    List<String> heads,
    OptimizerKind optimizer,
    double momentum,
    ScheduleKind rateSchedule,
    long warmUp,
    int epochs,
    int batch,
    double learningRate,
    double weightDecay,
    @Nullable Double clipNorm,
    boolean balanced,
    List<Double> classWeights,
    int patience,
    long seed) {
  /** How gradients become steps. */
  enum OptimizerKind {
    /** Adam with decoupled weight decay. */
    ADAMW,
    /** Gradient descent with momentum. */
    SGD
  }

  /** How the learning rate changes. */
  enum ScheduleKind {
    /** Not at all. */
    CONSTANT,
    /** It falls to zero on a line. */
    LINEAR,
    /** It falls to zero on half a cosine. */
    COSINE
  }

  TrainingPlan {
    ranks = Collections.unmodifiableSortedMap(new TreeMap<>(ranks));
    targets = List.copyOf(targets);
    heads = List.copyOf(heads);
    classWeights = List.copyOf(classWeights);
  }

  /** The same plan for another seed, and so for other draws. */
  TrainingPlan seeded(long other) {
    return new TrainingPlan(
        rank,
        ranks,
        alpha,
        rankStabilized,
        dropout,
        targets,
        heads,
        optimizer,
        momentum,
        rateSchedule,
        warmUp,
        epochs,
        batch,
        learningRate,
        weightDecay,
        clipNorm,
        balanced,
        classWeights,
        patience,
        other);
  }

  /** The training that it describes. */
  LoraTraining training(Network network, PluginId plugin, LabelSpace labels) {
    LoraTraining.Builder builder =
        LoraTraining.of(network, plugin, labels, options()).rank(rank).dropout(dropout);
    ranks.forEach(builder::rank);
    if (alpha != null) {
      builder.alpha(alpha);
    }
    if (rankStabilized) {
      builder.rankStabilized();
    }
    if (!targets.isEmpty()) {
      builder.targets(targets.toArray(String[]::new));
    }
    if (!heads.isEmpty()) {
      builder.heads(heads.toArray(String[]::new));
    }
    return builder.build();
  }

  private TrainingOptions options() {
    TrainingOptions.Builder options =
        TrainingOptions.seeded(seed)
            .epochs(epochs)
            .batchSize(batch)
            .learningRate(learningRate)
            .weightDecay(weightDecay)
            .optimizer(optimizer == OptimizerKind.SGD ? Optimizer.sgd(momentum) : Optimizer.adamW())
            .schedule(schedule().warmUp(warmUp));
    if (clipNorm != null) {
      options.clipNorm(clipNorm);
    }
    if (balanced) {
      options.classWeights(ClassWeights.balanced());
    } else if (!classWeights.isEmpty()) {
      options.classWeights(
          ClassWeights.of(classWeights.stream().mapToDouble(Double::doubleValue).toArray()));
    }
    if (patience > 0) {
      options.patience(patience);
    }
    return options.build();
  }

  private Schedule schedule() {
    return switch (rateSchedule) {
      case CONSTANT -> Schedule.constant();
      case LINEAR -> Schedule.linear();
      case COSINE -> Schedule.cosine();
    };
  }

  /** In a few words. */
  String inWords() {
    return "rank "
        + rank
        + ", "
        + epochs
        + " epochs in batches of "
        + batch
        + ", "
        + optimizer.name().toLowerCase(Locale.ROOT)
        + " at "
        + learningRate
        + ", seed "
        + seed;
  }
}
