package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Who says what which plugin's outputs mean. */
final class LabelClaims {
  private final PluginSet plugins;
  private final Optional<LabelSpaces> known;
  private final SortedMap<PluginId, List<Claim>> claims = new TreeMap<>();

  private record Claim(String source, LabelSpace space) {}

  private LabelClaims(PluginSet plugins, Optional<LabelSpaces> known) {
    this.plugins = plugins;
    this.known = known;
  }

  static LabelClaims of(
      PluginSet plugins, Optional<LabelSpace> builder, Optional<LabelSpaces> gate) {
    LabelClaims all = new LabelClaims(plugins, gate);
    for (PluginModule plugin : plugins.plugins()) {
      List<Claim> about = new ArrayList<>();
      builder.ifPresent(space -> about.add(new Claim("the mixture's builder", space)));
      gate.ifPresent(
          spaces ->
              about.add(
                  new Claim("the gate's memory", OutputMemory.get(spaces.own(), plugin.id()))));
      plugin
          .updates()
          .forEach(
              (layer, update) -> {
                if (update instanceof Replacement head && head.labels().size() > 0) {
                  about.add(new Claim("plugin " + plugin.id() + ", layer " + layer, head.labels()));
                }
              });
      all.check(plugin.id(), about);
      all.claims.put(plugin.id(), about);
    }
    return all;
  }

  private void check(PluginId plugin, List<Claim> about) {
    for (Claim claim : about) {
      Claim first = about.get(0);
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
                + ", of plugin "
                + plugin);
      }
    }
  }

  /** One meaning for each plugin, or none for any. */
  Optional<LabelSpaces> settle(Collection<LabelMapping> joins) {
    List<LabelSpace> spaces =
        claims.values().stream().flatMap(List::stream).map(Claim::space).distinct().toList();
    if (spaces.isEmpty()) {
      return Optional.empty();
    }
    SortedMap<PluginId, LabelSpace> own = new TreeMap<>();
    for (PluginModule plugin : plugins.plugins()) {
      List<Claim> about = OutputMemory.get(claims, plugin.id());
      if (about.isEmpty() && spaces.size() > 1) {
        throw new IncompatiblePluginsException(
            "expected to know which of the label spaces "
                + spaces.stream().map(LabelSpace::name).toList()
                + " the outputs of plugin "
                + plugin.id()
                + " belong to, found that nobody says");
      }
      own.put(plugin.id(), about.isEmpty() ? spaces.get(0) : about.get(0).space());
    }
    List<LabelMapping> all = new ArrayList<>(known.map(LabelSpaces::joins).orElse(List.of()));
    joins.stream().filter(join -> !all.contains(join)).forEach(all::add);
    if (known.isPresent() && all.size() > known.get().joins().size()) {
      throw new IncompatiblePluginsException(
          "expected the joins of the gate's memory, "
              + known.get().joins()
              + ", found others at the mixture's builder");
    }
    return Optional.of(LabelSpaces.of(own, all));
  }
}
