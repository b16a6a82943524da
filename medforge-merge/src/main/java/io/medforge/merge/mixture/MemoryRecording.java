package io.medforge.merge.mixture;

import io.medforge.forge.Contribution;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.FeatureExtractor;
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
import java.util.TreeSet;

/**
 * How a memory is recorded: what it takes for features, how much it keeps, which label spaces it
 * joins. Settings may be set once. Not thread-safe.
 */
public final class MemoryRecording {
  private final ModelRuntime runtime;
  private Optional<FeatureExtractor> features = Optional.empty();
  private OptionalInt perClass = OptionalInt.empty();
  private final List<LabelMapping> joins = new ArrayList<>();

  MemoryRecording(ModelRuntime runtime) {
    this.runtime = runtime;
  }

  /**
   * Says in which space examples are near or far.
   *
   * @param extractor finds features; {@link FeatureExtractor#penultimate} by default, or {@link
   *     FeatureExtractor#pooledInput()} where the runtime has no penultimate layer to show. The
   *     memory remembers which.
   * @return this
   * @throws IllegalStateException if it was set before
   */
  public MemoryRecording features(FeatureExtractor extractor) {
    if (features.isPresent()) {
      throw new IllegalStateException("features were already set to " + features.get().name());
    }
    features = Optional.of(extractor);
    return this;
  }

  /**
   * Bounds the memory: of each class of each distilled set at most so many examples are kept, those
   * nearest to the means of as many clusters (k-means++, seeded by the set's own digest), each
   * standing for its cluster. With n plugins of C classes the memory then holds at most n C K
   * examples, each with its input, its features and at most n logits vectors.
   *
   * @param examples K, at least 1; all are kept by default
   * @return this
   * @throws IllegalArgumentException if it is less than 1
   * @throws IllegalStateException if it was set before
   */
  public MemoryRecording perClass(int examples) {
    if (perClass.isPresent()) {
      throw new IllegalStateException(
          "examples per class were already set to " + perClass.getAsInt());
    }
    if (examples < 1) {
      throw new IllegalArgumentException(
          "expected at least 1 example per class, found " + examples);
    }
    perClass = OptionalInt.of(examples);
    return this;
  }

  /**
   * Joins two label spaces: plugins and examples of the one are read in the other.
   *
   * @param mapping says which class becomes which
   * @return this
   */
  public MemoryRecording joining(LabelMapping mapping) {
    joins.add(mapping);
    return this;
  }

  /**
   * Runs every plugin on every distilled set of its label space and remembers the answers.
   *
   * @param branches the plugins
   * @param distilledSets each plugin's distilled set; its label space is the plugin's
   * @return the memory
   * @throws IllegalArgumentException if a plugin has no set or a set no plugin, or mappings do not
   *     fit each other; the message names them
   * @throws IncompatiblePluginsException if a plugin's answers are not finite or have another
   *     number of classes than its label space, a set's inputs do not fit the model, features
   *     differ in width, or the runtime holds another base; the message names plugin and set
   * @throws UnsupportedOperationException if the runtime cannot give the features asked for
   */
  public OutputMemory record(PluginSet branches, Map<PluginId, DistilledSet> distilledSets) {
    return recall(branches, distilledSets, List.of());
  }

  /**
   * Runs the module of every contribution on the distilled set of every contribution of its label
   * space. Plugins may change different layers: nothing here merges them.
   *
   * @param contributions at least one, in any order
   * @return the memory
   * @throws IllegalArgumentException if there is no contribution
   * @throws IncompatiblePluginsException if plugins cannot meet, and as for {@link
   *     #record(PluginSet, Map)}
   * @throws UnsupportedOperationException if the runtime cannot give the features asked for
   */
  public OutputMemory record(Collection<Contribution> contributions) {
    return recall(contributions, List.of());
  }

  OutputMemory recall(Collection<Contribution> contributions, List<OutputMemory> known) {
    PluginSet branches =
        PluginSet.allowingMissingLayers(contributions.stream().map(Contribution::module).toList());
    SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
    contributions.forEach(each -> sets.put(each.module().id(), each.distilled()));
    return recall(branches, sets, known);
  }

  /** Whatever a known memory of the same settings holds is not computed again. */
  OutputMemory recall(
      PluginSet plugins, Map<PluginId, DistilledSet> sets, List<OutputMemory> known) {
    checkSets(plugins, sets);
    SortedMap<PluginId, LabelSpace> own = new TreeMap<>();
    sets.forEach((id, set) -> own.put(id, set.labels()));
    LabelSpaces spaces = LabelSpaces.of(own, joins);
    FeatureExtractor extractor = features.orElseGet(() -> available(sets, known));
    SortedMap<PluginId, RememberedSet> remembered = new TreeMap<>();
    sets.forEach(
        (id, set) ->
            remembered.put(
                id,
                known.stream()
                    .filter(memory -> memory.remembersLike(extractor, perClass))
                    .flatMap(memory -> memory.remembered(set.digest()).stream())
                    .findFirst()
                    .orElseGet(() -> RememberedSet.of(id, set, extractor, perClass, runtime))));
    SortedMap<PluginId, SortedMap<PluginId, Outputs>> outputs = new TreeMap<>();
    for (PluginModule owner : plugins.plugins()) {
      SortedMap<PluginId, Outputs> row = new TreeMap<>();
      for (PluginModule plugin : plugins.plugins()) {
        if (spaces.of(plugin.id()).equals(spaces.of(owner.id()))) {
          row.put(plugin.id(), answers(plugin, owner.id(), spaces, remembered, extractor, known));
        }
      }
      outputs.put(owner.id(), row);
    }
    return OutputMemory.of(plugins, spaces, extractor, perClass, remembered, outputs);
  }

  private Outputs answers(
      PluginModule plugin,
      PluginId owner,
      LabelSpaces spaces,
      SortedMap<PluginId, RememberedSet> remembered,
      FeatureExtractor extractor,
      List<OutputMemory> known) {
    RememberedSet set = OutputMemory.get(remembered, owner);
    LabelSpace space = OutputMemory.get(spaces.own(), plugin.id());
    return known.stream()
        .filter(memory -> memory.remembersLike(extractor, perClass))
        .flatMap(memory -> memory.known(set.source(), plugin.digest(), space).stream())
        .findFirst()
        .orElseGet(() -> Answers.run(plugin, space, owner, set.examples(), runtime));
  }

  private FeatureExtractor available(Map<PluginId, DistilledSet> sets, List<OutputMemory> known) {
    if (!known.isEmpty()) {
      return known.get(0).features();
    }
    try {
      runtime.features(Rows.select(new TreeMap<>(sets).firstEntry().getValue().inputs(), 0));
      return FeatureExtractor.penultimate();
    } catch (UnsupportedOperationException e) {
      return FeatureExtractor.pooledInput();
    } catch (IllegalArgumentException e) {
      // Inputs that the model does not take: recording will say so, and where.
      return FeatureExtractor.penultimate();
    }
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
  }
}
