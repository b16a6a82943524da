package io.medforge.plugin;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a classifier's outputs mean: a named, ordered list of classes. Heads may be averaged only
 * within one label space. Immutable.
 *
 * @param name the task, for example {@code birads}; not blank
 * @param classes the classes in the order of the outputs, distinct; empty if {@linkplain #unstated
 *     nobody has said}
 */
public record LabelSpace(String name, List<String> classes) {
  private static final String UNSTATED = "unstated by ";

  /**
   * Checks and copies.
   *
   * @param name the task, for example {@code birads}; not blank
   * @param classes the classes in the order of the outputs, distinct; empty if {@linkplain
   *     #unstated nobody has said}
   * @throws IllegalArgumentException if the name is blank or a class appears twice
   */
  public LabelSpace {
    if (name.isBlank()) {
      throw new IllegalArgumentException("expected a label space's name, found a blank");
    }
    classes = List.copyOf(classes);
    Set<String> seen = new TreeSet<>();
    for (String label : classes) {
      if (!seen.add(label)) {
        throw new IllegalArgumentException(
            "expected distinct classes, found \"" + label + "\" twice, at label space " + name);
      }
    }
  }

  /**
   * A label space.
   *
   * @param name the task
   * @param classes the classes in the order of the outputs
   * @return the label space
   * @throws IllegalArgumentException if the name is blank or a class appears twice
   */
  public static LabelSpace of(String name, String... classes) {
    return new LabelSpace(name, List.of(classes));
  }

  /**
   * The label space of a head whose maker did not say what its outputs mean. It equals no other
   * plugin's, so such a head is never averaged with another.
   *
   * @param plugin the maker
   * @return a label space without classes that belongs to this plugin alone
   */
  public static LabelSpace unstated(PluginId plugin) {
    return new LabelSpace(UNSTATED + plugin, List.of());
  }

  /**
   * The number of classes.
   *
   * @return at least 0
   */
  public int size() {
    return classes.size();
  }
}
