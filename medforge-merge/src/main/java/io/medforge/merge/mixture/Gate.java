package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginModule;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Decides for one input how much each plugin counts. Implementations are immutable, thread-safe and
 * deterministic: the same input, the same weights.
 */
@FunctionalInterface
public interface Gate {
  /**
   * Weighs the plugins for one input.
   *
   * @param query the plugins and their answers
   * @return one weight per plugin, in canonical order
   * @throws IncompatiblePluginsException if the gate was made for other plugins
   */
  GateWeights weigh(GateQuery query);

  /**
   * Says what is known before any input. A gate of the integrator's own need not override this; its
   * mixture's digest then covers the plugins only, and the merge record remarks on it.
   *
   * @param plugins what is to be weighed
   * @return the description
   * @throws IncompatiblePluginsException if the gate was made for other plugins
   */
  default GateDescription describe(PluginSet plugins) {
    return new GateDescription(
        "custom",
        Collections.emptySortedMap(),
        Optional.empty(),
        Optional.empty(),
        List.of("the gate is not MedForge's own: the result's digest covers the plugins only"));
  }

  /**
   * Every plugin counts the same.
   *
   * @return weights of 1/n
   */
  static Gate uniform() {
    return new UniformGate();
  }

  /**
   * The static weights under which a memory's labels are most likely, see {@link FittedWeights}.
   *
   * @param memory the memory; the gate weighs exactly its plugins
   * @return the gate, fitted now
   */
  static Gate fitted(OutputMemory memory) {
    return fitted(FittedWeights.fit(memory));
  }

  /**
   * Static weights that have been fitted.
   *
   * @param weights the fit; the gate weighs exactly its memory's plugins
   * @return the gate
   */
  static Gate fitted(FittedWeights weights) {
    return new FittedGate(weights);
  }
}

/** 1/n each. */
record UniformGate() implements Gate {
  @Override
  public GateWeights weigh(GateQuery query) {
    return GateWeights.uniform(query.plugins().size());
  }

  @Override
  public GateDescription describe(PluginSet plugins) {
    return new GateDescription(
        "uniform",
        Collections.emptySortedMap(),
        Optional.empty(),
        Optional.of(GateWeights.uniform(plugins.size())),
        List.of());
  }
}

/** Fitted weights for the plugins of one memory. */
record FittedGate(FittedWeights fit) implements Gate {
  private static final MathContext SHOWN = new MathContext(6);

  @Override
  public GateWeights weigh(GateQuery query) {
    checkRemembered(query.plugins());
    return fit.weights();
  }

  @Override
  public GateDescription describe(PluginSet plugins) {
    checkRemembered(plugins);
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("memory", fit.memory().digest().toString());
    parameters.put("examples", Integer.toString(fit.memory().examples()));
    parameters.put("log-likelihood", text(fit.logLikelihood()));
    parameters.put("kkt-gap", text(fit.kktGap()));
    parameters.put("iterations", Integer.toString(fit.iterations()));
    List<String> remarks =
        fit.converged()
            ? List.of()
            : List.of("the fit stopped at its bound on steps, before the KKT gap aimed at");
    return new GateDescription(
        "fitted",
        parameters,
        Optional.of(fit.memory().labels()),
        Optional.of(fit.weights()),
        remarks);
  }

  /** Not Double.toString: its digits changed between Java 18 and 19. */
  private static String text(double value) {
    return new BigDecimal(value).round(SHOWN).toString();
  }

  private void checkRemembered(PluginSet plugins) {
    List<PluginModule> known = fit.memory().plugins().plugins();
    List<PluginModule> found = plugins.plugins();
    boolean same = known.size() == found.size();
    for (int j = 0; same && j < known.size(); j++) {
      same =
          known.get(j).id().equals(found.get(j).id())
              && known.get(j).digest().equals(found.get(j).digest());
    }
    if (!same) {
      throw new IncompatiblePluginsException(
          "expected the plugins that the gate was fitted to, "
              + list(known)
              + ", found "
              + list(found));
    }
  }

  private static List<String> list(List<PluginModule> plugins) {
    return plugins.stream().map(plugin -> plugin.id() + " (" + plugin.digest() + ")").toList();
  }
}
