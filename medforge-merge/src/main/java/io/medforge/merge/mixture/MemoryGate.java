package io.medforge.merge.mixture;

import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.GateParameters;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Settings of the gate that weighs plugins by how near an input lies to what each has in memory,
 * see {@link Gate#memory(OutputMemory)}. Settings may be set once. Not thread-safe.
 *
 * <p>An input that resembles a centre's set is a reason to hear that centre's plugin, but no proof
 * that it knows best: it has seen its own patients only. So the plugin gets a part of the weight
 * for the resemblance ({@link #trust}), and the rest all plugins of its task share equally. With
 * the linear pool, a trust of t gives each class at least (1 - t) of the probability that equal
 * weights within the task found would give it, and at least t of what resemblance alone would: no
 * log-loss exceeds theirs by more than -log(1 - t) and -log t. At one half, the default, the larger
 * of the two is smallest, log 2.
 */
public final class MemoryGate {
  private static final int PROTOTYPES = 4;
  private static final double TRUST = 0.5;

  private final OutputMemory memory;
  private Optional<Integer> prototypes = Optional.empty();
  private Optional<Double> temperature = Optional.empty();
  private Optional<Double> trust = Optional.empty();
  private Optional<WeightPrior> routing = Optional.empty();
  private Optional<double[]> temperatures = Optional.empty();

  private MemoryGate(OutputMemory memory) {
    this.memory = memory;
  }

  /**
   * Starts.
   *
   * @param memory what to remember; the gate weighs exactly its plugins
   * @return a builder
   * @throws io.medforge.merge.IncompatiblePluginsException if the memory's examples of a task are
   *     all of one class
   */
  public static MemoryGate of(OutputMemory memory) {
    MemoryPrototypes.checkClasses(memory);
    return new MemoryGate(memory);
  }

  private static void once(Optional<?> before, String what) {
    if (before.isPresent()) {
      throw new IllegalStateException(what + " was already set to " + before.get());
    }
  }

  /**
   * Sets how many prototypes stand for each class of each set at most.
   *
   * @param perClass at least 1; 4 by default
   * @return this
   * @throws IllegalArgumentException if it is less than 1
   * @throws IllegalStateException if it was set before
   */
  public MemoryGate prototypes(int perClass) {
    once(prototypes, "the number of prototypes");
    if (perClass < 1) {
      throw new IllegalArgumentException(
          "expected at least 1 prototype per class, found " + perClass);
    }
    prototypes = Optional.of(perClass);
    return this;
  }

  /**
   * Sets how gradual the gate is.
   *
   * @param tau positive: a squared distance counts 1 / (2 tau); by default the value under which
   *     one half of the memory tells the sets of the other half apart most truthfully
   * @return this
   * @throws IllegalArgumentException if it is not positive or not finite
   * @throws IllegalStateException if it was set before
   */
  public MemoryGate temperature(double tau) {
    once(temperature, "the temperature");
    if (!(tau > 0 && tau < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("expected a positive, finite temperature, found " + tau);
    }
    temperature = Optional.of(tau);
    return this;
  }

  /**
   * Sets how far resemblance is followed: of an input that looks like a plugin's set, that plugin
   * gets this part, and the plugins of its task, it among them, share the rest equally.
   *
   * @param part 0 to 1; 0 weighs the plugins of a task equally, 1 follows resemblance alone; 1/2 by
   *     default
   * @return this
   * @throws IllegalArgumentException if it is not from 0 to 1
   * @throws IllegalStateException if it or {@link #sharing} was set before
   */
  public MemoryGate trust(double part) {
    once(trust, "the trust");
    checkOneRouting(routing);
    if (!(part >= 0 && part <= 1)) {
      throw new IllegalArgumentException("expected a trust of 0 to 1, found " + part);
    }
    trust = Optional.of(part);
    return this;
  }

  private static void checkOneRouting(Optional<?> other) {
    if (other.isPresent()) {
      throw new IllegalStateException("expected either trust or sharing, found both");
    }
  }

  /**
   * Says in another way who counts for inputs that look like a plugin's set: weights fitted to that
   * set's examples, held near equal ones among the plugins of its task.
   *
   * @param prior how far to hold them
   * @return this
   * @throws IllegalStateException if it or {@link #trust} was set before
   */
  public MemoryGate sharing(WeightPrior prior) {
    checkOneRouting(trust);
    if (routing.isPresent()) {
      throw new IllegalStateException("sharing was already set");
    }
    routing = Optional.of(prior);
    return this;
  }

  /**
   * Calibrates the plugins too, see {@link Gate#calibrated(OutputMemory)}.
   *
   * @return this
   * @throws IllegalStateException if it was said before
   */
  public MemoryGate calibrated() {
    if (temperatures.isPresent()) {
      throw new IllegalStateException("calibration was already asked for");
    }
    temperatures = Optional.of(Temperatures.fit(memory));
    return this;
  }

  /**
   * Fits the gate.
   *
   * @return the gate
   */
  public Gate build() {
    int perClass = prototypes.orElse(PROTOTYPES);
    List<MemoryPrototypes.Example> examples = MemoryPrototypes.examples(memory);
    MemoryPrototypes nearest = MemoryPrototypes.of(examples, perClass);
    double tau =
        temperature.orElseGet(
            () -> SetIdentification.temperature(examples, perClass, memory.plugins().size()));
    double followed = trust.orElse(TRUST);
    Tensor rows =
        routing
            .map(prior -> shared(memory, prior, temperatures))
            .orElseGet(() -> hedged(memory, followed));
    GateParameters numbers =
        new GateParameters.Prototypes(
            memory.features(),
            nearest.whitening(),
            nearest.centreTensor(),
            Arrays.stream(nearest.groups()).boxed().toList(),
            Collections.nCopies(memory.plugins().size(), 0.0),
            tau,
            rows);
    return ParametricGate.of("memory", numbers, memory)
        .with("prototypes", Integer.toString(nearest.centres().length))
        .with("routing", routing.isPresent() ? "shared" : "trust " + ParametricGate.text(followed))
        .with("temperature", ParametricGate.text(tau))
        .calibrated(temperatures);
  }

  /** The part to the set's own plugin, the rest to the plugins of its task alike. */
  private static Tensor hedged(OutputMemory memory, double part) {
    int n = memory.plugins().size();
    double[] rows = new double[n * n];
    for (int owner = 0; owner < n; owner++) {
      int[] task = sameTask(memory, owner);
      for (int j : task) {
        rows[owner * n + j] = (1 - part) / task.length;
      }
      rows[owner * n + owner] += part;
    }
    return Tensor.of(Shape.of(n, n), rows);
  }

  /** For each set, weights fitted to its own examples, among the plugins of its task. */
  static Tensor shared(OutputMemory memory, WeightPrior prior, Optional<double[]> temperatures) {
    MemoryTable table = MemoryTable.of(memory, temperatures);
    int n = table.plugins();
    double[] rows = new double[n * n];
    for (int owner = 0; owner < n; owner++) {
      int set = owner;
      double[] weights = table.where(each -> each == set).fitAmong(sameTask(memory, owner), prior);
      System.arraycopy(weights, 0, rows, owner * n, n);
    }
    return Tensor.of(Shape.of(n, n), rows);
  }

  /** The places of the plugins that do the same task as one. */
  static int[] sameTask(OutputMemory memory, int owner) {
    List<PluginModule> plugins = memory.plugins().plugins();
    return IntStream.range(0, plugins.size())
        .filter(
            j ->
                memory
                    .labelSpaces()
                    .of(plugins.get(j).id())
                    .equals(memory.labelSpaces().of(plugins.get(owner).id())))
        .toArray();
  }
}
