package io.medforge.study.evidence;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.mainline.VersionSummary;
import io.medforge.plugin.PluginId;
import io.medforge.report.LineageTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which contributions are in which version of a main branch.
 *
 * @param versions of the branch, oldest first
 */
public record Lineage(List<VersionSummary> versions) {
  /** Copies the list. */
  public Lineage {
    versions = List.copyOf(versions);
  }

  /**
   * Draws every version, the one before it, and the contribution that it brought.
   *
   * @param sentence for a physician
   * @return the figure
   */
  public Exhibit exhibit(String sentence) {
    List<LineageTree.Node> nodes = new ArrayList<>();
    List<LineageTree.Edge> edges = new ArrayList<>();
    Set<PluginId> known = new TreeSet<>();
    String before = "";
    for (VersionSummary version : versions) {
      String id = "version " + version.version();
      nodes.add(
          new LineageTree.Node(id, "v" + version.version() + ": " + held(version), "version"));
      if (!before.isEmpty()) {
        edges.add(new LineageTree.Edge(before, id));
      }
      for (PluginId plugin : version.contributions().keySet()) {
        if (known.add(plugin)) {
          nodes.add(new LineageTree.Node(plugin.toString(), plugin.centre(), "contribution"));
          edges.add(new LineageTree.Edge(plugin.toString(), id));
        }
      }
      before = id;
    }
    return new Exhibit(
        new LineageTree("Which contributions are in which version", nodes, edges).draw(), sentence);
  }

  private static String held(VersionSummary version) {
    int number = version.contributions().size();
    return number == 0 ? "the base" : number == 1 ? "1 module" : number + " modules";
  }

  /**
   * For programs.
   *
   * @return one object per version; a new tree
   */
  public ArrayNode toJson() {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (VersionSummary version : versions) {
      ObjectNode line = json.addObject();
      line.put("version", version.version()).put("cause", version.cause());
      version.item().ifPresent(item -> line.put("item", item.toString()));
      ObjectNode contributions = line.putObject("contributions");
      version
          .contributions()
          .forEach((plugin, digest) -> contributions.put(plugin.toString(), digest.toString()));
    }
    return json;
  }
}
