package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.GateParameters;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A gate of MedForge's own: numbers, the step that they make, and what is known about them.
 *
 * @param name the gate's name
 * @param numbers all that it knows
 * @param step what they do
 * @param plugins whom it was made for; any number of plugins if empty
 * @param labels what their outputs mean
 * @param temperatures of calibrated plugins
 * @param facts for the record
 * @param remarks for the record
 */
record ParametricGate(
    String name,
    GateParameters numbers,
    GateStep step,
    Optional<PluginSet> plugins,
    Optional<LabelSpaces> labels,
    Optional<List<Double>> temperatures,
    SortedMap<String, String> facts,
    List<String> remarks)
    implements Gate {
  /** A workspace of n + 1 numbers always, so of that length. */
  private static final int WEIGHTS = 5;

  private static final MathContext SHOWN = new MathContext(6);

  /** A gate for any plugins. */
  static ParametricGate of(String name, GateParameters numbers) {
    return new ParametricGate(
        name,
        numbers,
        GateStep.of(numbers),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new TreeMap<>(),
        List.of());
  }

  /** A gate for a memory's plugins. */
  static ParametricGate of(String name, GateParameters numbers, OutputMemory memory) {
    return of(name, numbers)
        .madeFor(memory.plugins(), Optional.of(memory.labelSpaces()))
        .with("memory", memory.digest().toString())
        .with("examples", Integer.toString(memory.examples()));
  }

  ParametricGate madeFor(PluginSet these, Optional<LabelSpaces> meaning) {
    return new ParametricGate(
        name, numbers, step, Optional.of(these), meaning, temperatures, facts, remarks);
  }

  ParametricGate with(String fact, String value) {
    SortedMap<String, String> more = new TreeMap<>(facts);
    more.put(fact, value);
    return new ParametricGate(name, numbers, step, plugins, labels, temperatures, more, remarks);
  }

  ParametricGate calibrated(Optional<double[]> fitted) {
    return new ParametricGate(
        name,
        numbers,
        step,
        plugins,
        labels,
        fitted.map(values -> Arrays.stream(values).boxed().toList()),
        facts,
        remarks);
  }

  ParametricGate remarking(List<String> sentences) {
    return new ParametricGate(
        name, numbers, step, plugins, labels, temperatures, facts, List.copyOf(sentences));
  }

  /** Not Double.toString: its digits changed between Java 18 and 19. */
  static String text(double value) {
    return Double.isFinite(value)
        ? new BigDecimal(value).round(SHOWN).toString()
        : Double.toString(value);
  }

  @Override
  public GateWeights weigh(GateQuery query) {
    if (plugins.isPresent()) {
      checkSame(plugins.get(), query.plugins());
    }
    GateWeights prior = query.prior();
    int n = prior.size();
    double[] weights = query.workspace(WEIGHTS, n + 1);
    for (int j = 0; j < n; j++) {
      weights[j] = prior.at(j);
    }
    weights[n] = prior.base();
    step.apply(query, weights);
    return GateWeights.of(weights[n], Arrays.copyOf(weights, n));
  }

  @Override
  public GateDescription describe(PluginSet found) {
    plugins.ifPresent(known -> checkSame(known, found));
    Optional<GateWeights> fixed =
        numbers instanceof GateParameters.Static weights
            ? Optional.of(
                GateWeights.of(
                    weights.weights().stream().mapToDouble(Double::doubleValue).toArray()))
            : Optional.empty();
    return new GateDescription(
        name, facts, labels, fixed, Optional.of(numbers), temperatures, remarks);
  }

  private static void checkSame(PluginSet expected, PluginSet found) {
    if (expected.equals(found)) {
      return;
    }
    List<PluginModule> known = expected.plugins();
    List<PluginModule> others = found.plugins();
    boolean same = known.size() == others.size();
    for (int j = 0; same && j < known.size(); j++) {
      same =
          known.get(j).id().equals(others.get(j).id())
              && known.get(j).digest().equals(others.get(j).digest());
    }
    if (!same) {
      throw new IncompatiblePluginsException(
          "expected the plugins that the gate was fitted to, "
              + list(known)
              + ", found "
              + list(others));
    }
  }

  private static List<String> list(List<PluginModule> plugins) {
    return plugins.stream().map(plugin -> plugin.id() + " (" + plugin.digest() + ")").toList();
  }
}
