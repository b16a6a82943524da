package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What each plugin's outputs mean, and which tasks that makes: plugins whose outputs are read in
 * one label space do one task, and only they are compared with each other. A {@link LabelMapping}
 * joins two spaces explicitly; without one they stay apart, however alike their names. Immutable.
 */
public final class LabelSpaces {
  private static final Comparator<LabelSpace> ORDER =
      Comparator.comparing(LabelSpace::name)
          .thenComparing(space -> String.join("\0", space.classes()));

  private final SortedMap<PluginId, LabelSpace> own;
  private final List<LabelMapping> joins;

  private LabelSpaces(Map<PluginId, LabelSpace> own, Collection<LabelMapping> joins) {
    this.own = Collections.unmodifiableSortedMap(new TreeMap<>(own));
    List<LabelMapping> sorted = new ArrayList<>(joins.stream().distinct().toList());
    sorted.sort(Comparator.comparing(LabelMapping::from, ORDER));
    this.joins = List.copyOf(sorted);
    for (LabelMapping one : this.joins) {
      for (LabelMapping other : this.joins) {
        if (!one.equals(other) && one.from().equals(other.from())) {
          throw new IllegalArgumentException(
              "expected one mapping of label space " + one.from().name() + ", found two");
        }
        if (one.to().equals(other.from())) {
          throw new IllegalArgumentException(
              "expected mappings that lead to their end in one step, found "
                  + one.from().name()
                  + " to "
                  + one.to().name()
                  + " to "
                  + other.to().name());
        }
      }
    }
    checkNames();
  }

  /** Tasks are spoken of by name. */
  private void checkNames() {
    SortedMap<String, LabelSpace> byName = new TreeMap<>();
    for (LabelSpace task : tasks()) {
      LabelSpace other = byName.put(task.name(), task);
      if (other != null) {
        throw new IncompatiblePluginsException(
            "expected label spaces of different names or the same classes, found "
                + task.name()
                + " of "
                + other.classes()
                + " and of "
                + task.classes());
      }
    }
  }

  /**
   * What outputs mean.
   *
   * @param own each plugin's label space, as its maker says
   * @param joins mappings that join spaces; at most one from each, and none onto one that is itself
   *     mapped
   * @return the spaces
   * @throws IllegalArgumentException if mappings do not fit each other
   * @throws IncompatiblePluginsException if two tasks have one name and other classes
   */
  public static LabelSpaces of(Map<PluginId, LabelSpace> own, Collection<LabelMapping> joins) {
    return new LabelSpaces(own, joins);
  }

  /**
   * The mappings.
   *
   * @return an unmodifiable list, in the order of the spaces mapped
   */
  public List<LabelMapping> joins() {
    return joins;
  }

  /**
   * The plugins' own label spaces.
   *
   * @return an unmodifiable map
   */
  public SortedMap<PluginId, LabelSpace> own() {
    return own;
  }

  /**
   * The label space that a plugin's outputs are read in.
   *
   * @param plugin one of these plugins
   * @return its own, or what that is mapped to
   * @throws IncompatiblePluginsException if nobody has said what this plugin's outputs mean
   */
  public LabelSpace of(PluginId plugin) {
    LabelSpace space = ownOf(plugin);
    return mapping(space).map(LabelMapping::to).orElse(space);
  }

  /**
   * The mapping of a plugin's own outputs.
   *
   * @param plugin one of these plugins
   * @return the mapping, or empty if its outputs are read as they are
   * @throws IncompatiblePluginsException if nobody has said what this plugin's outputs mean
   */
  public Optional<LabelMapping> mapping(PluginId plugin) {
    return mapping(ownOf(plugin));
  }

  Optional<LabelMapping> mapping(LabelSpace space) {
    return joins.stream().filter(join -> join.from().equals(space)).findFirst();
  }

  private LabelSpace ownOf(PluginId plugin) {
    LabelSpace space = own.get(plugin);
    if (space == null) {
      throw new IncompatiblePluginsException(
          "expected a label space of plugin " + plugin + ", found only those of " + own.keySet());
    }
    return space;
  }

  /**
   * The tasks: each label space that some plugin's outputs are read in.
   *
   * @return an unmodifiable list, by name
   */
  public List<LabelSpace> tasks() {
    return own.keySet().stream().map(this::of).distinct().sorted(ORDER).toList();
  }

  LabelSpaces with(PluginId plugin, LabelSpace space) {
    SortedMap<PluginId, LabelSpace> more = new TreeMap<>(own);
    more.put(plugin, space);
    return new LabelSpaces(more, joins);
  }

  LabelSpaces without(PluginId plugin) {
    SortedMap<PluginId, LabelSpace> fewer = new TreeMap<>(own);
    fewer.remove(plugin);
    return new LabelSpaces(fewer, joins);
  }

  static void add(Digest.Builder builder, LabelSpace space) {
    builder.add(space.name()).add(space.size());
    space.classes().forEach(builder::add);
  }

  void addJoins(Digest.Builder builder) {
    builder.add(joins.size());
    for (LabelMapping join : joins) {
      add(builder, join.from());
      add(builder, join.to());
      join.classes().forEach((from, to) -> builder.add(from).add(to));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LabelSpaces that && own.equals(that.own) && joins.equals(that.joins);
  }

  @Override
  public int hashCode() {
    return 31 * own.hashCode() + joins.hashCode();
  }

  @Override
  public String toString() {
    return own + (joins.isEmpty() ? "" : " joined by " + joins);
  }
}
