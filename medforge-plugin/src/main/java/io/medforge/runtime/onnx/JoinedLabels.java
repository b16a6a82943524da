package io.medforge.runtime.onnx;

import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.runtime.MixtureParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the plugins of a mixture answer in: one label space, after joins. Immutable.
 *
 * @param space the common label space, or empty if nobody has said
 * @param own each plugin's own label space; empty if nobody has said
 * @param joins how each is read in the common one, where it differs
 */
record JoinedLabels(
    Optional<LabelSpace> space, List<LabelSpace> own, List<Optional<LabelMapping>> joins) {

  /** The labels of a mixture, or an exception that names plugins without a common space. */
  static JoinedLabels of(MixtureParameters mixture) {
    List<Optional<LabelMapping>> joins = new ArrayList<>();
    Optional<LabelSpace> common = Optional.empty();
    for (int j = 0; j < mixture.plugins().size(); j++) {
      PluginModule plugin = mixture.plugins().get(j);
      if (mixture.labels().isEmpty()) {
        joins.add(Optional.empty());
        common = common.or(() -> statedBy(plugin));
        checkCommon(statedBy(plugin), common, plugin);
        continue;
      }
      LabelSpace own = mixture.labels().get(j);
      Optional<LabelMapping> join =
          mixture.joins().stream().filter(each -> each.from().equals(own)).findFirst();
      LabelSpace read = join.map(LabelMapping::to).orElse(own);
      joins.add(join);
      common = common.or(() -> Optional.of(read));
      checkCommon(Optional.of(read), common, plugin);
    }
    return new JoinedLabels(
        common.filter(space -> space.size() > 0), mixture.labels(), List.copyOf(joins));
  }

  Optional<Integer> classes() {
    return space.map(LabelSpace::size);
  }

  /** The classes of one plugin's own outputs. */
  Optional<Integer> classesOf(int plugin) {
    return own.isEmpty() ? classes() : Optional.of(own.get(plugin).size()).filter(n -> n > 0);
  }

  Optional<LabelMapping> joinOf(int plugin) {
    return joins.get(plugin);
  }

  /** The label space of a plugin's head, if it brings one. */
  private static Optional<LabelSpace> statedBy(PluginModule plugin) {
    return plugin.updates().values().stream()
        .filter(Replacement.class::isInstance)
        .map(update -> ((Replacement) update).labels())
        .findFirst();
  }

  private static void checkCommon(
      Optional<LabelSpace> found, Optional<LabelSpace> common, PluginModule plugin) {
    if (found.isPresent() && !found.equals(common)) {
      throw new IllegalArgumentException(
          "expected one label space for all plugins of an exported mixture, found "
              + common.map(LabelSpace::name).orElse("none")
              + " and "
              + found.map(LabelSpace::name).orElse("none")
              + " (join them by a mapping, or export one mixture for each), at plugin "
              + plugin.id());
    }
  }
}
