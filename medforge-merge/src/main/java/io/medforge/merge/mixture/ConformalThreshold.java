package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.NearestCentres;
import io.medforge.runtime.Features;
import io.medforge.runtime.GateParameters;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How far from everything remembered is too far: the split-conformal threshold (Vovk, Gammerman and
 * Shafer, Algorithmic Learning in a Random World, 2005; Lei et al., JASA 2018) of the squared
 * whitened distance to the nearest prototype. Of new inputs that are exchangeable with those held
 * out, at most a part alpha lies beyond it, whatever their distribution and however good the
 * prototypes. Immutable.
 *
 * <p>The promise is as good as the exchangeability: distilled examples are not patients. {@link
 * #ofInputs} lets a hospital hold out inputs of its own, which never leave it.
 */
public final class ConformalThreshold {
  private static final int PROTOTYPES = 4;

  private final OutputMemory memory;
  private final GateParameters.Abstention numbers;
  private final int heldOut;

  private ConformalThreshold(
      OutputMemory memory, MemoryPrototypes prototypes, double[] distances, double alpha) {
    if (!(alpha > 0 && alpha < 1)) {
      throw new IllegalArgumentException("expected alpha between 0 and 1, found " + alpha);
    }
    this.memory = memory;
    this.heldOut = distances.length;
    this.numbers =
        new GateParameters.Abstention(
            memory.features(),
            prototypes.whitening(),
            prototypes.centreTensor(),
            quantile(distances, alpha),
            alpha);
  }

  /**
   * From the memory: prototypes of every other example of each set and class, and the distances of
   * those between.
   *
   * @param memory the memory
   * @param alpha what part of inputs like those remembered may be refused, 0 to 1
   * @return the threshold; infinite if fewer than 1 / alpha - 1 examples are held out
   * @throws IllegalArgumentException if alpha is not between 0 and 1
   * @throws IncompatiblePluginsException if there is no set and class of two examples
   */
  public static ConformalThreshold ofMemory(OutputMemory memory, double alpha) {
    List<MemoryPrototypes.Example> all = MemoryPrototypes.examples(memory);
    List<MemoryPrototypes.Example> held = MemoryPrototypes.half(all, false);
    if (held.isEmpty()) {
      throw new IncompatiblePluginsException(
          "expected at least two remembered examples of some class of some set, to hold one out,"
              + " found one of each, at the sets of "
              + memory.labelSpaces().own().keySet());
    }
    MemoryPrototypes prototypes = MemoryPrototypes.of(MemoryPrototypes.half(all, true), PROTOTYPES);
    double[][] points =
        held.stream().map(MemoryPrototypes.Example::features).toArray(double[][]::new);
    return new ConformalThreshold(memory, prototypes, nearest(prototypes, points), alpha);
  }

  /**
   * From inputs of one's own: prototypes of the whole memory, and the distances of the inputs.
   *
   * @param memory the memory
   * @param runtime its base model
   * @param inputs that nothing in the memory was made from; they are looked at once and not kept
   * @param alpha what part of inputs like these may be refused, 0 to 1
   * @return the threshold; infinite if there are fewer than 1 / alpha - 1 inputs
   * @throws IllegalArgumentException if alpha is not between 0 and 1, or the inputs have another
   *     shape than the model takes
   * @throws IncompatiblePluginsException if the runtime gives features of another width
   */
  public static ConformalThreshold ofInputs(
      OutputMemory memory, ModelRuntime runtime, ModelInput inputs, double alpha) {
    Features features = memory.features().extract(runtime, inputs);
    int width = memory.features(memory.plugins().plugins().get(0).id()).width();
    if (features.width() != width) {
      throw new IncompatiblePluginsException(
          "expected " + width + " features as in the memory, found " + features.width());
    }
    double[][] points = new double[features.size()][width];
    for (int row = 0; row < points.length; row++) {
      features.read(row, points[row]);
    }
    MemoryPrototypes prototypes =
        MemoryPrototypes.of(MemoryPrototypes.examples(memory), PROTOTYPES);
    return new ConformalThreshold(memory, prototypes, nearest(prototypes, points), alpha);
  }

  private static double[] nearest(MemoryPrototypes prototypes, double[][] points) {
    NearestCentres centres =
        new NearestCentres(
            prototypes.whitening().mean().toDoubles(),
            prototypes.whitening().factor().toDoubles(),
            prototypes.centreTensor().toDoubles());
    double[] y = new double[centres.coordinates()];
    double[] distances = new double[centres.centres()];
    return Arrays.stream(points)
        .mapToDouble(
            x -> {
              centres.distances(x, y, distances);
              return Arrays.stream(distances).min().orElseThrow();
            })
        .toArray();
  }

  /** The ceil((m + 1)(1 - alpha))-th least of m distances. */
  static double quantile(double[] distances, double alpha) {
    double[] sorted = distances.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.ceil((sorted.length + 1) * (1 - alpha) - 1e-9);
    return rank > sorted.length ? Double.POSITIVE_INFINITY : sorted[Math.max(1, rank) - 1];
  }

  /**
   * What part of inputs like those held out may be refused.
   *
   * @return alpha, 0 to 1
   */
  public double alpha() {
    return numbers.alpha();
  }

  /**
   * The threshold.
   *
   * @return a squared whitened distance; infinite if nothing is too far
   */
  public double threshold() {
    return numbers.threshold();
  }

  /**
   * How many inputs the threshold was taken from.
   *
   * @return at least 1
   */
  public int heldOut() {
    return heldOut;
  }

  ParametricGate gate() {
    return ParametricGate.of("abstain", numbers)
        .madeFor(memory.plugins(), Optional.of(memory.labelSpaces()))
        .with("memory", memory.digest().toString())
        .with("alpha", ParametricGate.text(alpha()))
        .with("threshold", ParametricGate.text(threshold()))
        .with("held-out", Integer.toString(heldOut))
        .remarking(
            threshold() < Double.POSITIVE_INFINITY
                ? List.of()
                : List.of(
                    "too few examples were held out for this alpha: the gate never abstains"));
  }
}
