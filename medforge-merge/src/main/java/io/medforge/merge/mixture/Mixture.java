package io.medforge.merge.mixture;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Merges by keeping every plugin whole and weighing their answers per input: robust where tasks or
 * scanners differ, since no parameter is averaged. The strategy is immutable, thread-safe and pure.
 *
 * <p>Outputs must mean the same for every plugin: heads ({@link Replacement}) of different stated
 * label spaces are refused by name.
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
     * Ends the settings.
     *
     * @return the strategy; its record's coefficients are the gate's weights where these are the
     *     same for every input
     */
    public MergeStrategy<MixtureModel> build() {
      return new MixtureStrategy(gate, labels);
    }
  }
}

/** Mixture with its settings. */
record MixtureStrategy(Gate gate, Optional<LabelSpace> labels)
    implements MergeStrategy<MixtureModel> {
  @Override
  public Merged<MixtureModel> merge(PluginSet plugins) {
    GateDescription description = gate.describe(plugins);
    description.fixed().ifPresent(weights -> checkCount(plugins, weights));
    Optional<LabelSpace> meaning = meaningOf(plugins, description);
    MixtureModel model = new MixtureModel(plugins, gate, description, meaning);
    MergeRecord.Builder record =
        MergeRecord.of("mixture", plugins).parameter("gate", description.name());
    description.parameters().forEach((name, value) -> record.parameter("gate." + name, value));
    meaning.ifPresentOrElse(
        space -> record.parameter("labels", space.name()),
        () -> record.remark("nobody has said what the outputs mean"));
    description.fixed().ifPresent(weights -> record.coefficients(byPlugin(plugins, weights)));
    description.remarks().forEach(record::remark);
    return new Merged<>(model, record.build(model.digest()));
  }

  private static void checkCount(PluginSet plugins, GateWeights weights) {
    if (weights.size() != plugins.size()) {
      throw new IllegalStateException(
          "expected " + plugins.size() + " weights of the gate, found " + weights.size());
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

  /** What every output means; whoever says something must say the same. */
  private Optional<LabelSpace> meaningOf(PluginSet plugins, GateDescription description) {
    List<Claim> claims = new ArrayList<>();
    labels.ifPresent(space -> claims.add(new Claim("the mixture's builder", space)));
    description.labels().ifPresent(space -> claims.add(new Claim("the gate's memory", space)));
    for (PluginModule plugin : plugins.plugins()) {
      plugin.updates().forEach((layer, update) -> claims.addAll(Claim.of(plugin, layer, update)));
    }
    for (Claim claim : claims) {
      Claim first = claims.get(0);
      if (!claim.space().equals(first.space())) {
        throw new IncompatiblePluginsException(
            "expected label space "
                + first.space()
                + " as in "
                + first.source()
                + ", found "
                + claim.space()
                + ", at "
                + claim.source()
                + " (a mixture of several label spaces is not supported)");
      }
    }
    return claims.stream().map(Claim::space).findFirst();
  }

  /** Who says what the outputs mean. */
  private record Claim(String source, LabelSpace space) {
    static List<Claim> of(PluginModule plugin, String layer, Update update) {
      return update instanceof Replacement head && head.labels().size() > 0
          ? List.of(new Claim("plugin " + plugin.id() + ", layer " + layer, head.labels()))
          : List.of();
    }
  }
}
