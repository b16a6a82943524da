package io.medforge.merge;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Update;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Plugins that can meet: at least one, of one base, with equal shapes at every layer (ranks may
 * differ), in one canonical order. Immutable.
 *
 * <p>The order is by digest, then by id, so the order in which plugins were given never matters.
 * Heads ({@link Replacement}) may differ in shape if their label spaces differ: nobody averages
 * them.
 */
public final class PluginSet {
  private static final Comparator<PluginModule> CANONICAL =
      Comparator.comparing(PluginModule::digest).thenComparing(PluginModule::id);

  private final List<PluginModule> plugins;
  private final SortedSet<String> layers;
  private final boolean missingLayersAllowed;

  private PluginSet(Collection<? extends PluginModule> given, boolean missingLayersAllowed) {
    if (given.isEmpty()) {
      throw new IllegalArgumentException("expected at least one plugin, found none");
    }
    this.plugins = given.stream().<PluginModule>map(plugin -> plugin).sorted(CANONICAL).toList();
    this.missingLayersAllowed = missingLayersAllowed;
    SortedSet<String> all = new TreeSet<>();
    plugins.forEach(plugin -> all.addAll(plugin.updates().keySet()));
    this.layers = Collections.unmodifiableSortedSet(all);
    checkIds();
    checkBases();
    layers.forEach(this::checkLayer);
  }

  /**
   * A set of plugins that all change the same layers.
   *
   * @param plugins in any order
   * @return the set
   * @throws IllegalArgumentException if there is none
   * @throws IncompatiblePluginsException if two have the same id, bases or shapes differ, or one
   *     lacks a layer that another changes
   */
  public static PluginSet of(PluginModule... plugins) {
    return new PluginSet(Arrays.asList(plugins), false);
  }

  /**
   * A set of plugins that all change the same layers.
   *
   * @param plugins in any order
   * @return the set
   * @throws IllegalArgumentException if there is none
   * @throws IncompatiblePluginsException if two have the same id, bases or shapes differ, or one
   *     lacks a layer that another changes
   */
  public static PluginSet of(Collection<? extends PluginModule> plugins) {
    return new PluginSet(plugins, false);
  }

  /**
   * A set of plugins that may change different layers; where one changes nothing it contributes
   * nothing.
   *
   * @param plugins in any order
   * @return the set
   * @throws IllegalArgumentException if there is none
   * @throws IncompatiblePluginsException if two have the same id, or bases or shapes differ
   */
  public static PluginSet allowingMissingLayers(Collection<? extends PluginModule> plugins) {
    return new PluginSet(plugins, true);
  }

  /**
   * The plugins in canonical order: by digest, then by id.
   *
   * @return an unmodifiable list, not empty
   */
  public List<PluginModule> plugins() {
    return plugins;
  }

  /**
   * The number of plugins.
   *
   * @return n, at least 1
   */
  public int size() {
    return plugins.size();
  }

  /**
   * Every layer that some plugin changes.
   *
   * @return an unmodifiable set, sorted
   */
  public SortedSet<String> layers() {
    return layers;
  }

  /**
   * The common base: with its digest if some plugin knows it.
   *
   * @return the base
   */
  public BaseModel base() {
    return plugins.stream()
        .map(PluginModule::base)
        .filter(base -> base.digest().isPresent())
        .findFirst()
        .orElse(plugins.get(0).base());
  }

  /**
   * Whether every plugin knows the digest of its base, so that the match is certain; otherwise some
   * were matched by name.
   *
   * @return true if all digests are known
   */
  public boolean basesMatchByDigest() {
    return plugins.stream().allMatch(plugin -> plugin.base().digest().isPresent());
  }

  /**
   * Whether plugins may lack layers that others change.
   *
   * @return true if so
   */
  public boolean missingLayersAllowed() {
    return missingLayersAllowed;
  }

  private void checkIds() {
    TreeMap<PluginId, PluginModule> byId = new TreeMap<>();
    for (PluginModule plugin : plugins) {
      PluginModule other = byId.put(plugin.id(), plugin);
      if (other != null) {
        throw new IncompatiblePluginsException(
            "expected distinct plugin ids, found "
                + plugin.id()
                + " twice, with "
                + other.digest()
                + " and "
                + plugin.digest());
      }
    }
  }

  /** Each pair of different bases once: n plugins rarely have more than one or two. */
  private void checkBases() {
    Map<BaseModel, PluginModule> firsts = new LinkedHashMap<>();
    plugins.forEach(plugin -> firsts.putIfAbsent(plugin.base(), plugin));
    for (PluginModule one : firsts.values()) {
      for (PluginModule other : firsts.values()) {
        if (!one.base().matches(other.base())) {
          throw new IncompatiblePluginsException(
              "expected base "
                  + one.base()
                  + " as in "
                  + one.id()
                  + ", found "
                  + other.base()
                  + ", at plugin "
                  + other.id());
        }
      }
    }
  }

  private void checkLayer(String layer) {
    PluginModule first =
        plugins.stream().filter(p -> p.update(layer).isPresent()).findFirst().orElseThrow();
    Update expected = first.update(layer).orElseThrow();
    for (PluginModule plugin : plugins) {
      plugin
          .update(layer)
          .ifPresentOrElse(
              found -> checkAgree(layer, first, plugin, expected, found),
              () -> checkMayLack(layer, first, plugin));
    }
    checkHeads(layer);
  }

  private void checkMayLack(String layer, PluginModule first, PluginModule plugin) {
    if (!missingLayersAllowed) {
      throw new IncompatiblePluginsException(
          "expected layer "
              + layer
              + " as in "
              + first.id()
              + ", found none, at plugin "
              + plugin.id()
              + " (missing layers can be allowed explicitly)");
    }
  }

  private static void checkAgree(
      String layer, PluginModule first, PluginModule plugin, Update expected, Update found) {
    if (!form(expected).equals(form(found))) {
      throw new IncompatiblePluginsException(
          "expected "
              + form(expected)
              + " as in "
              + first.id()
              + ", found "
              + form(found)
              + ", at plugin "
              + plugin.id()
              + ", layer "
              + layer);
    }
  }

  /** What must agree: the kind, the shape and the layout; not the rank, nor the shape of a head. */
  private static String form(Update update) {
    if (update instanceof LowRankUpdate lowRank) {
      long[] kernel = lowRank.a().shape().toArray();
      return "a low-rank update of ["
          + lowRank.out()
          + ", "
          + Shape.of(Arrays.copyOfRange(kernel, 1, kernel.length)).toString().substring(1)
          + " stored "
          + lowRank.layout();
    }
    if (update instanceof DenseUpdate dense) {
      return "a dense update of " + dense.delta().shape();
    }
    return "a replacement";
  }

  /** Heads of one label space are averaged, so they must agree with the first of their space. */
  private void checkHeads(String layer) {
    Map<LabelSpace, PluginModule> firsts = new LinkedHashMap<>();
    for (PluginModule plugin : plugins) {
      head(plugin, layer).ifPresent(head -> firsts.putIfAbsent(head.labels(), plugin));
    }
    firsts.forEach((labels, first) -> checkHeads(layer, labels, first));
  }

  private void checkHeads(String layer, LabelSpace labels, PluginModule first) {
    Shape expected = head(first, layer).orElseThrow().tensor().shape();
    for (PluginModule plugin : plugins) {
      Optional<Replacement> head = head(plugin, layer).filter(h -> h.labels().equals(labels));
      if (head.isPresent() && !head.get().tensor().shape().equals(expected)) {
        throw new IncompatiblePluginsException(
            "expected a head of "
                + expected
                + " as in "
                + first.id()
                + " for label space "
                + labels.name()
                + ", found "
                + head.get().tensor().shape()
                + ", at plugin "
                + plugin.id()
                + ", layer "
                + layer);
      }
    }
  }

  private static Optional<Replacement> head(PluginModule plugin, String layer) {
    return plugin.update(layer).filter(Replacement.class::isInstance).map(Replacement.class::cast);
  }
}
