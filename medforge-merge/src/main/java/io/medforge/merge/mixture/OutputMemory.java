package io.medforge.merge.mixture;

import io.medforge.forge.Contribution;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.TensorBundle;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What every plugin answered to every plugin's distilled set: Z[t][j], the logits of plugin j on
 * the set of plugin t, with the true classes and the features phi(x) of each example. Each is
 * computed once, when it is recorded; fitting a gate afterwards is table look-ups without a forward
 * pass. Immutable and safe to share between threads.
 *
 * <p>A newcomer adds one row (its set, seen by all) and one column (its answers to all sets);
 * nobody else's logits are computed again, and taking a plugin out drops exactly its row and
 * column. The order in which plugins came never matters: everything follows the canonical order of
 * {@link PluginSet}.
 *
 * <p>Sets may be of several label spaces, see {@link LabelSpaces}: plugins answer to the sets of
 * their own task only, and there is no cell for the others. The memory holds T n logits vectors at
 * most for T remembered examples and n plugins, the examples' inputs and features, and the plugins
 * themselves; {@link MemoryRecording#perClass} bounds T.
 */
public final class OutputMemory {
  private final PluginSet plugins;
  private final LabelSpaces spaces;
  private final FeatureExtractor features;
  private final OptionalInt perClass;
  private final SortedMap<PluginId, RememberedSet> sets;
  private final SortedMap<PluginId, SortedMap<PluginId, Answers>> answers;
  private final Digest digest;

  private OutputMemory(
      PluginSet plugins,
      LabelSpaces spaces,
      FeatureExtractor features,
      OptionalInt perClass,
      SortedMap<PluginId, RememberedSet> sets,
      SortedMap<PluginId, SortedMap<PluginId, Answers>> answers) {
    this.plugins = plugins;
    this.spaces = spaces;
    this.features = features;
    this.perClass = perClass;
    this.sets = sets;
    this.answers = answers;
    checkWidths();
    this.digest = digestOf();
  }

  /** Computes the logarithms; outputs have been checked. */
  static OutputMemory of(
      PluginSet plugins,
      LabelSpaces spaces,
      FeatureExtractor features,
      OptionalInt perClass,
      SortedMap<PluginId, RememberedSet> sets,
      SortedMap<PluginId, SortedMap<PluginId, Outputs>> outputs) {
    SortedMap<PluginId, SortedMap<PluginId, Answers>> answers = new TreeMap<>();
    outputs.forEach(
        (owner, row) -> {
          int[] classes = classes(spaces, get(sets, owner).examples());
          SortedMap<PluginId, Answers> cells = new TreeMap<>();
          row.forEach(
              (plugin, found) ->
                  cells.put(plugin, Answers.of(found, spaces.mapping(plugin), classes)));
          answers.put(owner, cells);
        });
    return new OutputMemory(plugins, spaces, features, perClass, new TreeMap<>(sets), answers);
  }

  /** The true classes, in the space that they are read in. */
  private static int[] classes(LabelSpaces spaces, DistilledSet set) {
    Optional<int[]> indices = spaces.mapping(set.labels()).map(join -> join.indices());
    int[] classes = new int[set.size()];
    for (int row = 0; row < classes.length; row++) {
      int own = set.classOf(row);
      classes[row] = indices.map(map -> map[own]).orElse(own);
    }
    return classes;
  }

  /**
   * Starts a recording with settings of one's own.
   *
   * @param runtime the plugins' base model
   * @return a builder
   */
  public static MemoryRecording recording(ModelRuntime runtime) {
    return new MemoryRecording(runtime);
  }

  /**
   * Runs every plugin on every distilled set of its label space and remembers the answers, with the
   * default settings of {@link MemoryRecording}.
   *
   * @param branches the plugins
   * @param distilledSets each plugin's distilled set
   * @param runtime their base model
   * @return the memory, n^2 cells after n^2 runs if there is one label space
   * @throws IllegalArgumentException if a plugin has no set or a set no plugin; the message names
   *     them
   * @throws IncompatiblePluginsException if a plugin's answers are not finite or have another
   *     number of classes, a set's inputs do not fit the model, or the runtime holds another base;
   *     the message names plugin and set
   */
  public static OutputMemory record(
      PluginSet branches, Map<PluginId, DistilledSet> distilledSets, ModelRuntime runtime) {
    return recording(runtime).record(branches, distilledSets);
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
    return recording(runtime).record(contributions);
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
    PluginSet all = sameKind(more);
    LabelSpaces grown = spaces.with(newcomer.id(), distilled.labels());
    SortedMap<PluginId, RememberedSet> moreSets = new TreeMap<>(sets);
    moreSets.put(
        newcomer.id(), RememberedSet.of(newcomer.id(), distilled, features, perClass, runtime));
    SortedMap<PluginId, SortedMap<PluginId, Outputs>> outputs = new TreeMap<>();
    for (PluginModule owner : all.plugins()) {
      SortedMap<PluginId, Outputs> row = new TreeMap<>();
      for (PluginModule plugin : all.plugins()) {
        if (grown.of(plugin.id()).equals(grown.of(owner.id()))) {
          LabelSpace space = get(grown.own(), plugin.id());
          DistilledSet set = get(moreSets, owner.id()).examples();
          row.put(
              plugin.id(),
              find(owner.id(), plugin.id())
                  .map(Answers::outputs)
                  .orElseGet(() -> Answers.run(plugin, space, owner.id(), set, runtime)));
        }
      }
      outputs.put(owner.id(), row);
    }
    return of(all, grown, features, perClass, moreSets, outputs);
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
    SortedMap<PluginId, RememberedSet> fewerSets = new TreeMap<>(sets);
    fewerSets.remove(plugin);
    SortedMap<PluginId, SortedMap<PluginId, Answers>> fewer = new TreeMap<>();
    for (PluginId owner : fewerSets.keySet()) {
      SortedMap<PluginId, Answers> row = new TreeMap<>(get(answers, owner));
      row.remove(plugin);
      fewer.put(owner, row);
    }
    List<PluginModule> others =
        plugins.plugins().stream().filter(each -> !each.id().equals(plugin)).toList();
    return new OutputMemory(
        sameKind(others), spaces.without(plugin), features, perClass, fewerSets, fewer);
  }

  /**
   * The memory as named tensors and text, to be saved: everything but the plugins' own parameters,
   * of which it keeps ids and digests.
   *
   * @return the bundle, version 1
   * @throws IllegalStateException if its features come from an extractor without a name
   */
  public TensorBundle toBundle() {
    return MemoryBundle.write(this);
  }

  /**
   * A memory that was saved, with the plugins that it remembers.
   *
   * @param bundle as {@link #toBundle} made it
   * @param branches exactly the remembered plugins
   * @return a memory equal to the one that was saved
   * @throws io.medforge.plugin.MalformedPluginException if the bundle is no memory of a known
   *     version, or lacks or contradicts something; the message names the tensor or text
   * @throws IncompatiblePluginsException if a plugin is not the remembered one, is of another base,
   *     or was never recorded; the message names it
   */
  public static OutputMemory ofBundle(TensorBundle bundle, PluginSet branches) {
    return MemoryBundle.read(bundle, branches);
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
   * What each plugin's outputs mean, and which tasks that makes.
   *
   * @return the label spaces
   */
  public LabelSpaces labelSpaces() {
    return spaces;
  }

  /**
   * In which space examples are near or far.
   *
   * @return the extractor that was used
   */
  public FeatureExtractor features() {
    return features;
  }

  /**
   * The bound on examples.
   *
   * @return how many of each class of each set are kept at most, or empty if all are
   */
  public OptionalInt perClass() {
    return perClass;
  }

  /**
   * The number of remembered examples, over all sets.
   *
   * @return T, at least n
   */
  public int examples() {
    return sets.values().stream().mapToInt(RememberedSet::size).reduce(0, Math::addExact);
  }

  /**
   * What is remembered of one plugin's distilled set.
   *
   * @param owner a remembered plugin
   * @return the remembered examples, in the set's order
   * @throws IllegalArgumentException if the plugin is not remembered
   */
  public DistilledSet distilledSet(PluginId owner) {
    return remembered(owner).examples();
  }

  /**
   * Where the remembered examples of one plugin's distilled set lie.
   *
   * @param owner a remembered plugin
   * @return one row per remembered example
   * @throws IllegalArgumentException if the plugin is not remembered
   */
  public Features features(PluginId owner) {
    return remembered(owner).features();
  }

  /**
   * How many examples of the distilled set each remembered one stands for.
   *
   * @param owner a remembered plugin
   * @return a new array, one number of at least 1 per remembered example
   * @throws IllegalArgumentException if the plugin is not remembered
   */
  public int[] counts(PluginId owner) {
    return remembered(owner).counts().clone();
  }

  /**
   * What one plugin answered to another's distilled set.
   *
   * @param owner the plugin whose set it is
   * @param plugin the plugin that answered
   * @return logits in the plugin's own label space, one row per remembered example of the set
   * @throws IllegalArgumentException if one of them is not remembered, or they do different tasks
   */
  public Outputs outputs(PluginId owner, PluginId plugin) {
    checkKnown(owner);
    checkKnown(plugin);
    return find(owner, plugin)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected plugins of one task, found "
                        + spaces.of(owner).name()
                        + " at "
                        + owner
                        + " and "
                        + spaces.of(plugin).name()
                        + " at "
                        + plugin))
        .outputs();
  }

  /**
   * How likely the remembered labels are under a static mixture: the mean over all remembered
   * examples of log sum_j w_j p_j(y|x). Of several tasks, a plugin of another task than the
   * example's gives its label, task and class, a probability of 0.
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
    return MemoryTable.of(this).logLikelihood(weights.toArray());
  }

  /**
   * The identity of its content, whatever order plugins came in; ids do not enter it.
   *
   * @return SHA-256 over the plugins' and sets' digests, settings, features and all logits, in
   *     canonical order
   */
  public Digest digest() {
    return digest;
  }

  Optional<Answers> find(PluginId owner, PluginId plugin) {
    return answers.containsKey(owner)
        ? Optional.ofNullable(get(answers, owner).get(plugin))
        : Optional.empty();
  }

  RememberedSet remembered(PluginId owner) {
    checkKnown(owner);
    return get(sets, owner);
  }

  int[] classes(PluginId owner) {
    return classes(spaces, distilledSet(owner));
  }

  boolean remembersLike(FeatureExtractor extractor, OptionalInt bound) {
    return perClass.equals(bound)
        && (features.equals(extractor)
            || (features.name().equals(extractor.name())
                && !extractor.name().equals(FeatureExtractor.UNNAMED)));
  }

  Optional<RememberedSet> remembered(Digest source) {
    return sets.values().stream().filter(set -> set.source().equals(source)).findFirst();
  }

  /** A plugin's answers to a set, whoever brought the set. */
  Optional<Outputs> known(Digest source, Digest plugin, LabelSpace space) {
    return plugins.plugins().stream()
        .filter(each -> each.digest().equals(plugin))
        .filter(each -> space.equals(spaces.own().get(each.id())))
        .flatMap(
            each ->
                sets.entrySet().stream()
                    .filter(set -> set.getValue().source().equals(source))
                    .flatMap(set -> find(set.getKey(), each.id()).stream()))
        .map(Answers::outputs)
        .findFirst();
  }

  static <V> V get(Map<PluginId, V> map, PluginId id) {
    V value = map.get(id);
    if (value == null) {
      throw new IllegalStateException("expected plugin " + id + ", found " + map.keySet());
    }
    return value;
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

  private void checkWidths() {
    PluginId first = sets.firstKey();
    int width = get(sets, first).features().width();
    sets.forEach(
        (id, set) -> {
          if (set.features().width() != width) {
            throw new IncompatiblePluginsException(
                "expected "
                    + width
                    + " features as in the distilled set of "
                    + first
                    + ", found "
                    + set.features().width()
                    + ", at the distilled set of "
                    + id);
          }
        });
  }

  private Digest digestOf() {
    Digest.Builder builder = Digest.builder().add("medforge-output-memory-v2").add(plugins.size());
    builder.add(features.name()).add(perClass.orElse(0));
    spaces.addJoins(builder);
    for (PluginModule owner : plugins.plugins()) {
      builder.add(owner.digest());
      LabelSpaces.add(builder, get(spaces.own(), owner.id()));
      get(sets, owner.id()).addTo(builder);
      for (PluginModule plugin : plugins.plugins()) {
        find(owner.id(), plugin.id()).ifPresent(cell -> cell.addTo(builder));
      }
    }
    return builder.build();
  }
}
