package io.medforge.merge.mixture;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.runtime.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Merges by keeping every plugin whole and weighing their answers per input: robust where tasks or
 * scanners differ, since no parameter is averaged. The strategy is immutable, thread-safe and pure.
 *
 * <p>Plugins of one label space are mixed; plugins of several make a mixture of several tasks, see
 * {@link LabelSpaces}. Whoever says what a plugin's outputs mean (the builder, the gate's memory, a
 * head, {@link Replacement}) must say the same.
 */
public final class Mixture {
  private Mixture() {}

  /**
   * Starts a mixture.
   *
   * @param gate what weighs the plugins
   * @return a builder
   */
  public static Builder gatedBy(Gate gate) {
    return new Builder(gate);
  }

  /** Optional settings of a mixture. Not thread-safe. */
  public static final class Builder {
    private final Gate gate;
    private Optional<LabelSpace> labels = Optional.empty();
    private Optional<Pool> pool = Optional.empty();
    private final List<LabelMapping> joins = new ArrayList<>();

    private Builder(Gate gate) {
      this.gate = gate;
    }

    /**
     * Says what the outputs mean, for gates that do not know.
     *
     * @param meaning the label space of every plugin's outputs
     * @return this
     * @throws IllegalStateException if it was set before
     */
    public Builder labels(LabelSpace meaning) {
      if (labels.isPresent()) {
        throw new IllegalStateException("labels were already set to " + labels.get());
      }
      labels = Optional.of(meaning);
      return this;
    }

    /**
     * Joins two label spaces, for gates that do not know; one made for a memory joins what its
     * memory joins.
     *
     * @param mapping says which class becomes which
     * @return this
     */
    public Builder joining(LabelMapping mapping) {
      joins.add(mapping);
      return this;
    }

    /**
     * Says how opinions are mixed.
     *
     * @param how the pool; {@link Pool#LINEAR} by default
     * @return this
     * @throws IllegalStateException if it was set before
     */
    public Builder pool(Pool how) {
      if (pool.isPresent()) {
        throw new IllegalStateException("the pool was already set to " + pool.get());
      }
      pool = Optional.of(how);
      return this;
    }

    /**
     * Ends the settings.
     *
     * @return the strategy; its record's coefficients are the gate's weights where these are the
     *     same for every input
     */
    public MergeStrategy<MixtureModel> build() {
      return new MixtureStrategy(gate, labels, List.copyOf(joins), pool.orElse(Pool.LINEAR));
    }
  }
}

/** Mixture with its settings. */
record MixtureStrategy(Gate gate, Optional<LabelSpace> labels, List<LabelMapping> joins, Pool pool)
    implements MergeStrategy<MixtureModel> {
  @Override
  public Merged<MixtureModel> merge(PluginSet plugins) {
    GateDescription description = gate.describe(plugins);
    description.fixed().ifPresent(weights -> checkCount(plugins, weights.size()));
    description.temperatures().ifPresent(values -> checkCount(plugins, values.size()));
    Optional<LabelSpaces> meaning =
        LabelClaims.of(plugins, labels, description.labels()).settle(joins);
    MixtureModel model = new MixtureModel(plugins, gate, description, meaning, pool);
    MergeRecord.Builder record =
        MergeRecord.of("mixture", plugins)
            .parameter("gate", description.name())
            .parameter("pool", pool == Pool.LINEAR ? "linear" : "log");
    description.parameters().forEach((name, value) -> record.parameter("gate." + name, value));
    meaning.ifPresentOrElse(
        spaces -> record.parameter("labels", names(spaces)),
        () -> record.remark("nobody has said what the outputs mean"));
    description.fixed().ifPresent(weights -> record.coefficients(byPlugin(plugins, weights)));
    description
        .temperatures()
        .ifPresent(values -> record.parameter("temperatures", values.toString()));
    description.remarks().forEach(record::remark);
    return new Merged<>(model, record.build(model.digest()));
  }

  private static String names(LabelSpaces spaces) {
    return String.join(", ", spaces.tasks().stream().map(LabelSpace::name).toList());
  }

  private static void checkCount(PluginSet plugins, int found) {
    if (found != plugins.size()) {
      throw new IllegalStateException(
          "expected " + plugins.size() + " weights of the gate, found " + found);
    }
  }

  private static Coefficients byPlugin(PluginSet plugins, GateWeights weights) {
    SortedMap<PluginId, Double> byPlugin = new TreeMap<>();
    int j = 0;
    for (PluginModule plugin : plugins.plugins()) {
      byPlugin.put(plugin.id(), weights.at(j++));
    }
    return Coefficients.perPlugin(byPlugin);
  }
}
