package io.medforge.merge.fusion;

import io.medforge.merge.Coefficients;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.Merged;
import io.medforge.merge.Objective;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How well the fusion with given coefficients answers the distilled sets:
 *
 * <pre>{@code
 * loss(w) = mean_t mean_x CE(z(x; w), y) + lambda mean|w|
 * }</pre>
 *
 * <p>with z the logits of the base with {@code sum w_i Delta_i}, fused in product space, CE = log
 * sum_c exp z_c - z_y in nats, and mean|w| over all coefficients. Every set counts alike, however
 * many examples it has. The L1 term and its lambda of 0.05 are LoraHub's (Huang et al., COLM 2024),
 * as MedForge uses it; the cross-entropy takes logits, where the published MedForge took
 * probabilities (see {@link MedForgeReference}).
 *
 * <p>An evaluation costs one fusion and one forward pass per set. Immutable, deterministic as far
 * as the runtime is, and independent of the order in which plugins and sets were given;
 * thread-safe.
 */
public final class DistilledLoss implements Objective {
  private static final double LAMBDA = 0.05;

  private final PluginSet plugins;
  private final List<PluginId> owners;
  private final DistilledTasks tasks;
  private final double lambda;
  private final Rank rank;

  private DistilledLoss(PluginSet plugins, DistilledTasks tasks, double lambda, Rank rank) {
    this.plugins = plugins;
    this.owners = plugins.plugins().stream().map(PluginModule::id).toList();
    this.tasks = tasks;
    this.lambda = lambda;
    this.rank = rank;
  }

  /**
   * The loss of fusions of these plugins.
   *
   * @param plugins low-rank and dense updates
   * @param sets each plugin's distilled set, of one label space
   * @param runtime their base model; stays the caller's to close
   * @return a builder
   * @throws IllegalArgumentException if a plugin has no set or a set no plugin; the message names
   *     them
   * @throws IncompatiblePluginsException if the runtime holds another base, label spaces differ, or
   *     a plugin holds a head: heads are averaged with coefficients that sum to 1 only, which a
   *     search does not keep
   */
  public static Builder of(
      PluginSet plugins, Map<PluginId, DistilledSet> sets, ModelRuntime runtime) {
    for (PluginModule plugin : plugins.plugins()) {
      plugin
          .updates()
          .forEach(
              (layer, update) -> {
                if (update instanceof Replacement) {
                  throw new IncompatiblePluginsException(
                      "expected low-rank and dense updates, found a replacement, at plugin "
                          + plugin.id()
                          + ", layer "
                          + layer
                          + " (heads have a mean only if coefficients sum to 1, which a search of"
                          + " coefficients does not keep)");
                }
              });
    }
    return new Builder(plugins, DistilledTasks.of(plugins, sets, runtime));
  }

  /** Settings of a loss; each may be set once. Not thread-safe. */
  public static final class Builder {
    private final PluginSet plugins;
    private final DistilledTasks tasks;
    private OptionalDouble lambda = OptionalDouble.empty();
    private @Nullable Rank rank;

    private Builder(PluginSet plugins, DistilledTasks tasks) {
      this.plugins = plugins;
      this.tasks = tasks;
    }

    /**
     * How much mean|w| counts. Default 0.05.
     *
     * @param chosen at least 0
     * @return this
     * @throws IllegalArgumentException if negative or not finite
     * @throws IllegalStateException if set before
     */
    public Builder lambda(double chosen) {
      if (!(chosen >= 0 && chosen < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "expected a finite lambda of at least 0, found " + chosen);
      }
      if (lambda.isPresent()) {
        throw new IllegalStateException(
            "expected lambda to be set once, found " + lambda.getAsDouble() + ", then " + chosen);
      }
      lambda = OptionalDouble.of(chosen);
      return this;
    }

    /**
     * The rank to which each fusion is cut before it is judged. Default {@link Rank#full()}.
     *
     * @param chosen which rank
     * @return this
     * @throws IllegalStateException if set before
     */
    public Builder rank(Rank chosen) {
      if (rank != null) {
        throw new IllegalStateException(
            "expected rank to be set once, found " + rank + ", then " + chosen);
      }
      rank = chosen;
      return this;
    }

    /**
     * Ends the settings.
     *
     * @return the loss
     */
    public DistilledLoss build() {
      return new DistilledLoss(
          plugins, tasks, lambda.orElse(LAMBDA), rank == null ? Rank.full() : rank);
    }
  }

  /**
   * The loss.
   *
   * @param coefficients of these plugins
   * @return cross-entropy in nats and the L1 term; at least 0
   * @throws IllegalArgumentException if the coefficients do not fit the plugins
   * @throws IncompatiblePluginsException if the model does not take the fused plugin, or answers
   *     with another number of classes than the label space has; the message names the set
   */
  @Override
  public double loss(Coefficients coefficients) {
    PluginModule fused = fuse(coefficients).value();
    return tasks.mean(fused, owners, CrossEntropy::ofLogits) + lambda * meanMagnitude(coefficients);
  }

  /** What the loss is of. */
  Merged<PluginModule> fuse(Coefficients coefficients) {
    return Fusion.average().coefficients(coefficients).rank(rank).build().merge(plugins);
  }

  /** As text, for the record. */
  SortedMap<String, String> parameters() {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("search-lambda", Double.toString(lambda));
    tasks
        .sets()
        .forEach((owner, set) -> parameters.put("distilled." + owner, set.digest().toString()));
    return parameters;
  }

  private static double meanMagnitude(Coefficients coefficients) {
    double sum = 0;
    int count = 0;
    List<Coefficients.PerPlugin> parts =
        coefficients instanceof Coefficients.PerLayer perLayer
            ? List.copyOf(perLayer.layers().values())
            : List.of((Coefficients.PerPlugin) coefficients);
    for (Coefficients.PerPlugin part : parts) {
      for (double weight : part.weights().values()) {
        sum += Math.abs(weight);
        count++;
      }
    }
    return sum / count;
  }
}
