package io.medforge.merge.mixture;

import io.medforge.forge.Contribution;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What every plugin answered to every plugin's distilled set: Z[t][j], the logits of plugin j on
 * the set of plugin t. Each is computed once, when it is recorded; fitting a gate afterwards is
 * table look-ups without a forward pass. Immutable and safe to share between threads.
 *
 * <p>A newcomer adds one row (its set, seen by all) and one column (its answers to all sets);
 * nobody else's logits are computed again, and taking a plugin out drops exactly its row and
 * column. The order in which plugins came never matters: everything follows the canonical order of
 * {@link PluginSet}.
 *
 * <p>All sets must have one label space. The memory holds T n logits vectors for T remembered
 * examples and n plugins, and the plugins and sets themselves.
 */
public final class OutputMemory {
  private final PluginSet plugins;
  private final SortedMap<PluginId, DistilledSet> sets;
  private final SortedMap<PluginId, SortedMap<PluginId, Answers>> answers;
  private final Digest digest;

  private OutputMemory(
      PluginSet plugins,
      Map<PluginId, DistilledSet> sets,
      SortedMap<PluginId, SortedMap<PluginId, Answers>> answers) {
    this.plugins = plugins;
    this.sets = Collections.unmodifiableSortedMap(new TreeMap<>(sets));
    this.answers = answers;
    this.digest = digestOf();
  }

  /**
   * Runs every plugin on every distilled set and remembers the answers.
   *
   * @param branches the plugins
   * @param distilledSets each plugin's distilled set
   * @param runtime their base model
   * @return the memory, n^2 cells after n^2 runs
   * @throws IllegalArgumentException if a plugin has no set or a set no plugin; the message names
   *     them
   * @throws IncompatiblePluginsException if two sets differ in their label space, a plugin's
   *     answers are not finite or have another number of classes, a set's inputs do not fit the
   *     model, or the runtime holds another base; the message names plugin and set
   */
  public static OutputMemory record(
      PluginSet branches, Map<PluginId, DistilledSet> distilledSets, ModelRuntime runtime) {
    return recall(branches, distilledSets, runtime, Optional.empty());
  }

  /**
   * Runs the module of every contribution on the distilled set of every contribution and remembers
   * the answers. Plugins may change different layers: nothing here merges them.
   *
   * @param contributions at least one, in any order
   * @param runtime their base model
   * @return the memory
   * @throws IllegalArgumentException if there is no contribution
   * @throws IncompatiblePluginsException if plugins cannot meet, and as for {@link
   *     #record(PluginSet, Map, ModelRuntime)}
   */
  public static OutputMemory record(Collection<Contribution> contributions, ModelRuntime runtime) {
    PluginSet branches =
        PluginSet.allowingMissingLayers(contributions.stream().map(Contribution::module).toList());
    SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
    contributions.forEach(each -> sets.put(each.module().id(), each.distilled()));
    return record(branches, sets, runtime);
  }

  /**
   * This memory and one plugin more. Only the newcomer's row and column are computed.
   *
   * @param newcomer the plugin
   * @param distilled its distilled set
   * @param runtime the base model
   * @return a memory equal to the one recorded from scratch, after 2 n + 1 runs instead of (n +
   *     1)^2
   * @throws IncompatiblePluginsException if the newcomer cannot meet the others, and as for {@link
   *     #record(PluginSet, Map, ModelRuntime)}
   */
  public OutputMemory with(PluginModule newcomer, DistilledSet distilled, ModelRuntime runtime) {
    List<PluginModule> more = new ArrayList<>(plugins.plugins());
    more.add(newcomer);
    SortedMap<PluginId, DistilledSet> moreSets = new TreeMap<>(sets);
    moreSets.put(newcomer.id(), distilled);
    return recall(sameKind(more), moreSets, runtime, Optional.of(this));
  }

  /**
   * This memory without one plugin, its answers and its examples.
   *
   * @param plugin a remembered plugin
   * @return a memory equal to one that never saw the plugin
   * @throws IllegalArgumentException if the plugin is not remembered, or is the only one
   */
  public OutputMemory without(PluginId plugin) {
    checkKnown(plugin);
    if (plugins.size() == 1) {
      throw new IllegalArgumentException(
          "expected another plugin to remain in the memory, found only " + plugin);
    }
    SortedMap<PluginId, DistilledSet> fewerSets = new TreeMap<>(sets);
    fewerSets.remove(plugin);
    SortedMap<PluginId, SortedMap<PluginId, Answers>> fewer = new TreeMap<>();
    for (PluginId owner : fewerSets.keySet()) {
      SortedMap<PluginId, Answers> row = new TreeMap<>(cells(owner));
      row.remove(plugin);
      fewer.put(owner, row);
    }
    List<PluginModule> others =
        plugins.plugins().stream().filter(each -> !each.id().equals(plugin)).toList();
    return new OutputMemory(sameKind(others), fewerSets, fewer);
  }

  /**
   * The remembered plugins.
   *
   * @return the set, in canonical order
   */
  public PluginSet plugins() {
    return plugins;
  }

  /**
   * What the classes mean, in every set.
   *
   * @return the common label space
   */
  public LabelSpace labels() {
    return distilledSet(plugins.plugins().get(0).id()).labels();
  }

  /**
   * The number of remembered examples, over all sets.
   *
   * @return T, at least n
   */
  public int examples() {
    return sets.values().stream().mapToInt(DistilledSet::size).reduce(0, Math::addExact);
  }

  /**
   * One plugin's distilled set.
   *
   * @param owner a remembered plugin
   * @return its set
   * @throws IllegalArgumentException if the plugin is not remembered
   */
  public DistilledSet distilledSet(PluginId owner) {
    checkKnown(owner);
    DistilledSet set = sets.get(owner);
    if (set == null) {
      throw new IllegalStateException("expected a distilled set, found none, at plugin " + owner);
    }
    return set;
  }

  /**
   * What one plugin answered to another's distilled set.
   *
   * @param owner the plugin whose set it is
   * @param plugin the plugin that answered
   * @return logits, one row per example of the set
   * @throws IllegalArgumentException if one of them is not remembered
   */
  public Outputs outputs(PluginId owner, PluginId plugin) {
    checkKnown(owner);
    checkKnown(plugin);
    return cell(owner, plugin).outputs();
  }

  /**
   * How likely the remembered labels are under a static mixture: the mean over all remembered
   * examples of log sum_j w_j p_j(y|x).
   *
   * @param weights w, one per plugin in canonical order
   * @return nats per example, at most 0; negative infinity only if every plugin of positive weight
   *     leaves an example less than about 1e-300 of another's probability
   * @throws IllegalArgumentException if there is another number of weights than plugins
   */
  public double logLikelihood(GateWeights weights) {
    if (weights.size() != plugins.size()) {
      throw new IllegalArgumentException(
          "expected " + plugins.size() + " gate weights, found " + weights.size());
    }
    double[] logs = logLikelihoods();
    int n = plugins.size();
    double sum = 0;
    for (int start = 0; start < logs.length; start += n) {
      double highest = rowMaximum(logs, start, n);
      double mixed = 0;
      for (int j = 0; j < n; j++) {
        mixed += weights.at(j) * StrictMath.exp(logs[start + j] - highest);
      }
      sum += highest + StrictMath.log(mixed);
    }
    return sum * n / logs.length;
  }

  /**
   * The identity of its content, whatever order plugins came in; ids do not enter it.
   *
   * @return SHA-256 over the plugins' and sets' digests and all logits, in canonical order
   */
  public Digest digest() {
    return digest;
  }

  /** log p_j(y_t|x_t): row-major [T, n]; rows by set in canonical order, then by example. */
  double[] logLikelihoods() {
    int n = plugins.size();
    double[] table = new double[Math.multiplyExact(examples(), n)];
    int start = 0;
    for (PluginModule owner : plugins.plugins()) {
      int size = distilledSet(owner.id()).size();
      int column = 0;
      for (PluginModule plugin : plugins.plugins()) {
        Answers cell = cell(owner.id(), plugin.id());
        for (int row = 0; row < size; row++) {
          table[start + row * n + column] = cell.logLikelihood(row);
        }
        column++;
      }
      start += size * n;
    }
    return table;
  }

  static double rowMaximum(double[] table, int start, int n) {
    double highest = table[start];
    for (int j = 1; j < n; j++) {
      highest = Math.max(highest, table[start + j]);
    }
    return highest;
  }

  private static OutputMemory recall(
      PluginSet plugins,
      Map<PluginId, DistilledSet> sets,
      ModelRuntime runtime,
      Optional<OutputMemory> known) {
    checkSets(plugins, sets);
    SortedMap<PluginId, SortedMap<PluginId, Answers>> answers = new TreeMap<>();
    for (PluginModule owner : plugins.plugins()) {
      SortedMap<PluginId, Answers> row = new TreeMap<>();
      for (PluginModule plugin : plugins.plugins()) {
        row.put(
            plugin.id(),
            known
                .flatMap(memory -> memory.find(owner.id(), plugin.id()))
                .orElseGet(() -> Answers.of(plugin, owner.id(), setOf(sets, owner), runtime)));
      }
      answers.put(owner.id(), row);
    }
    return new OutputMemory(plugins, sets, answers);
  }

  private static void checkSets(PluginSet plugins, Map<PluginId, DistilledSet> sets) {
    TreeSet<PluginId> ids = new TreeSet<>();
    plugins.plugins().forEach(plugin -> ids.add(plugin.id()));
    if (!ids.equals(sets.keySet())) {
      throw new IllegalArgumentException(
          "expected a distilled set for each of "
              + ids
              + ", found sets for "
              + new TreeSet<>(sets.keySet()));
    }
    PluginModule first = plugins.plugins().get(0);
    LabelSpace labels = setOf(sets, first).labels();
    for (PluginModule plugin : plugins.plugins()) {
      LabelSpace other = setOf(sets, plugin).labels();
      if (!other.equals(labels)) {
        throw new IncompatiblePluginsException(
            "expected label space "
                + labels
                + " as in the distilled set of "
                + first.id()
                + ", found "
                + other
                + ", at the distilled set of "
                + plugin.id()
                + " (one memory of several label spaces is not supported)");
      }
    }
  }

  private static DistilledSet setOf(Map<PluginId, DistilledSet> sets, PluginModule plugin) {
    DistilledSet set = sets.get(plugin.id());
    if (set == null) {
      throw new IllegalArgumentException(
          "expected a distilled set, found none, at plugin " + plugin.id());
    }
    return set;
  }

  private PluginSet sameKind(List<PluginModule> modules) {
    return plugins.missingLayersAllowed()
        ? PluginSet.allowingMissingLayers(modules)
        : PluginSet.of(modules);
  }

  private void checkKnown(PluginId plugin) {
    if (!sets.containsKey(plugin)) {
      throw new IllegalArgumentException(
          "expected a remembered plugin, one of " + sets.keySet() + ", found " + plugin);
    }
  }

  private Optional<Answers> find(PluginId owner, PluginId plugin) {
    return answers.containsKey(owner)
        ? Optional.ofNullable(cells(owner).get(plugin))
        : Optional.empty();
  }

  private SortedMap<PluginId, Answers> cells(PluginId owner) {
    SortedMap<PluginId, Answers> row = answers.get(owner);
    if (row == null) {
      throw new IllegalStateException("expected a row of answers, found none, at plugin " + owner);
    }
    return row;
  }

  private Answers cell(PluginId owner, PluginId plugin) {
    return find(owner, plugin)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "expected answers, found none, at plugin " + plugin + ", set of " + owner));
  }

  private Digest digestOf() {
    Digest.Builder builder = Digest.builder().add("medforge-output-memory-v1").add(plugins.size());
    for (PluginModule owner : plugins.plugins()) {
      builder.add(owner.digest()).add(distilledSet(owner.id()).digest());
      for (PluginModule plugin : plugins.plugins()) {
        cell(owner.id(), plugin.id()).addTo(builder);
      }
    }
    return builder.build();
  }
}
