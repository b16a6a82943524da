package io.medforge.cli;

import io.medforge.merge.mixture.ConformalThreshold;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.MemoryGate;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.merge.mixture.WeightPrior;
import io.medforge.plugin.PluginId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How {@code mix} weighs plugins. */
final class GateOptions {
  private static final int DEFAULT_NEIGHBOURS = 15;
  private static final double DEFAULT_SHARPNESS = 4;

  @Option(
      names = "--gate",
      paramLabel = "GATE",
      description =
          "Per input: memory (whose examples it looks like), nearest (who was right about the"
              + " nearest), per-task, confidence. For all inputs: uniform, fitted, calibrated,"
              + " published (a baseline). Default: memory.")
  private @Nullable GateName name;

  @Option(
      names = "--neighbours",
      paramLabel = "K",
      description = "With nearest: how many remembered examples vote. Default: 15.")
  private @Nullable Integer neighbours;

  @Option(
      names = "--sharpness",
      paramLabel = "S",
      description = "With confidence: how much certainty counts, from 0. Default: 4.")
  private @Nullable Double sharpness;

  @Option(
      names = "--plain",
      description =
          "With fitted: the plain optimum on the memory, without holding weights near equal ones.")
  private boolean plain;

  @Option(
      names = "--trust",
      paramLabel = "PART",
      description =
          "With memory: what part of the weight resemblance gives away, 0 to 1; the rest all"
              + " plugins of the task share. Default: 0.5.")
  private @Nullable Double trust;

  @Option(
      names = "--calibrated",
      description = "With memory: first fit one temperature per plugin.")
  private boolean calibrate;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Run only the K plugins that weigh most for an input.")
  private @Nullable Integer topK;

  @Option(
      names = "--abstain",
      paramLabel = "ALPHA",
      description =
          "Let the base answer where an input is farther from the memory than all but this part of"
              + " held-out examples, for example 0.05.")
  private @Nullable Double abstain;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  GateOptions() {}

  /**
   * Makes the gate.
   *
   * @param memory what it is fitted on
   * @param arrival the plugins in the order given, which only the published baseline looks at
   * @throws IllegalArgumentException if an option does not go with the gate
   */
  Gate gate(OutputMemory memory, List<PluginId> arrival) {
    GateName chosen = Optional.ofNullable(name).orElse(GateName.MEMORY);
    check(neighbours != null, "--neighbours", GateName.NEAREST, chosen);
    check(sharpness != null, "--sharpness", GateName.CONFIDENCE, chosen);
    check(plain, "--plain", GateName.FITTED, chosen);
    check(calibrate, "--calibrated", GateName.MEMORY, chosen);
    check(trust != null, "--trust", GateName.MEMORY, chosen);
    Gate gate =
        switch (chosen) {
          case UNIFORM -> Gate.uniform();
          case FITTED ->
              plain ? Gate.fitted(memory) : Gate.fitted(memory, WeightPrior.crossValidated());
          case CALIBRATED -> Gate.calibrated(memory);
          case PER_TASK -> Gate.perTask(memory);
          case MEMORY -> memoryGate(memory);
          case NEAREST ->
              Gate.nearest(memory, Optional.ofNullable(neighbours).orElse(DEFAULT_NEIGHBOURS));
          case CONFIDENCE ->
              Gate.uniform()
                  .then(Gate.confidence(Optional.ofNullable(sharpness).orElse(DEFAULT_SHARPNESS)));
          case PUBLISHED -> Gate.published(memory, arrival);
        };
    if (topK != null) {
      gate = gate.then(Gate.topK(topK));
    }
    if (abstain != null) {
      gate = gate.then(Gate.abstain(ConformalThreshold.ofMemory(memory, abstain)));
    }
    return gate;
  }

  private Gate memoryGate(OutputMemory memory) {
    MemoryGate settings = MemoryGate.of(memory);
    if (calibrate) {
      settings.calibrated();
    }
    if (trust != null) {
      settings.trust(trust);
    }
    return settings.build();
  }

  private static void check(boolean given, String option, GateName takes, GateName chosen) {
    if (given && chosen != takes) {
      throw new IllegalArgumentException(
          "expected " + option + " with --gate " + takes + " only, found --gate " + chosen);
    }
  }
}
