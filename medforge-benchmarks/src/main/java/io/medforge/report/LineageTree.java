package io.medforge.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What came of what: parents at the left, children further right, an arrow from each parent to its
 * child. Any directed graph without a cycle.
 *
 * @param title what it shows
 * @param nodes at least one, of distinct ids
 * @param edges between nodes
 */
public record LineageTree(String title, List<Node> nodes, List<Edge> edges) {
  private static final int PER_COLUMN = 230;
  private static final int PER_ROW = 56;
  private static final int AROUND = 90;

  /**
   * Copies and checks.
   *
   * @throws IllegalArgumentException if an id repeats, an edge's end is missing, or there is a
   *     cycle
   */
  public LineageTree {
    nodes = Checked.notEmpty("node", nodes);
    edges = List.copyOf(edges);
    List<String> ids = Checked.distinct("node", nodes.stream().map(Node::id).toList());
    for (Edge edge : edges) {
      if (!ids.contains(edge.parent()) || !ids.contains(edge.child())) {
        throw new IllegalArgumentException(
            "expected edges between the nodes " + ids + ", found " + edge);
      }
    }
    depths(nodes, edges);
  }

  /**
   * One box.
   *
   * @param id unique
   * @param label what it says
   * @param kind its colour and its name in the legend
   */
  public record Node(String id, String label, String kind) {}

  /**
   * One arrow.
   *
   * @param parent an id
   * @param child another
   */
  public record Edge(String parent, String child) {}

  /**
   * Draws the tree.
   *
   * @return the figure
   */
  public Figure draw() {
    int[] depths = depths(nodes, edges);
    double[] heights = heights(depths);
    List<String> kinds = nodes.stream().map(Node::kind).distinct().toList();
    int columns = 1 + Arrays.stream(depths).max().orElse(0);
    int rows = tallest(depths);
    List<Object> x =
        new ArrayList<>(Arrays.stream(depths).mapToObj(d -> (Object) (double) d).toList());
    List<Object> y = new ArrayList<>(Arrays.stream(heights).mapToObj(h -> (Object) h).toList());
    Plot plot = new Plot(title).withoutAxes();
    if (!edges.isEmpty()) {
      plot.layer(
          "segment",
          arrows(depths, heights),
          Plot.tree("x", "x", "y", "y", "xend", "xend", "yend", "yend"),
          Plot.tree("color", "#888888", "size", 0.8));
    }
    return plot.layer(
            "point",
            Plot.tree("x", x, "y", y, "kind", Plot.labels(nodes.stream().map(Node::kind).toList())),
            Plot.tree("x", "x", "y", "y", "color", "kind"),
            Plot.tree("size", 6.0))
        .text(x, y, nodes.stream().map(Node::label).toList(), "vjust", "bottom", "nudge_y", 0.22)
        .scale(
            "color",
            "name",
            "",
            "discrete",
            true,
            "values",
            Plot.COLOURS,
            "limits",
            Plot.labels(kinds),
            "guide",
            kinds.size() > 1 ? "legend" : "none")
        .scale("x", "name", "", "limits", List.of(-0.5, columns - 0.5))
        .scale("y", "name", "", "limits", List.of(-rows / 2.0, rows / 2.0 + 0.2))
        .draw(AROUND + (double) PER_COLUMN * columns, AROUND + (double) PER_ROW * rows);
  }

  private Map<String, Object> arrows(int[] depths, double[] heights) {
    List<Object> x = new ArrayList<>();
    List<Object> y = new ArrayList<>();
    List<Object> xend = new ArrayList<>();
    List<Object> yend = new ArrayList<>();
    for (int[] edge : ends(nodes, edges)) {
      x.add((double) depths[edge[0]]);
      y.add(heights[edge[0]]);
      xend.add((double) depths[edge[1]]);
      yend.add(heights[edge[1]]);
    }
    return Plot.tree("x", x, "y", y, "xend", xend, "yend", yend);
  }

  /** Within a column of one depth: by the mean height of the parents, then as given. */
  private double[] heights(int[] depths) {
    double[] heights = new double[depths.length];
    List<int[]> ends = ends(nodes, edges);
    for (int depth = 0; depth <= Arrays.stream(depths).max().orElse(0); depth++) {
      int column = depth;
      List<Integer> members =
          IntStream.range(0, depths.length)
              .filter(node -> depths[node] == column)
              .boxed()
              .sorted(
                  Comparator.comparingDouble((Integer node) -> -parentsHeight(node, ends, heights)))
              .toList();
      for (int i = 0; i < members.size(); i++) {
        heights[members.get(i)] = (members.size() - 1) / 2.0 - i;
      }
    }
    return heights;
  }

  private static double parentsHeight(int node, List<int[]> ends, double[] heights) {
    return ends.stream()
        .filter(edge -> edge[1] == node)
        .mapToDouble(edge -> heights[edge[0]])
        .average()
        .orElse(0);
  }

  private static int tallest(int[] depths) {
    return (int)
        Arrays.stream(depths)
            .mapToLong(depth -> Arrays.stream(depths).filter(other -> other == depth).count())
            .max()
            .orElse(1);
  }

  /** The edges as pairs of the nodes' indices. */
  private static List<int[]> ends(List<Node> nodes, List<Edge> edges) {
    List<String> ids = nodes.stream().map(Node::id).toList();
    return edges.stream()
        .map(edge -> new int[] {ids.indexOf(edge.parent()), ids.indexOf(edge.child())})
        .toList();
  }

  /** The longest way from a root to each node. */
  private static int[] depths(List<Node> nodes, List<Edge> edges) {
    int[] depths = new int[nodes.size()];
    List<int[]> ends = ends(nodes, edges);
    for (int round = 0; round <= nodes.size(); round++) {
      boolean moved = false;
      for (int[] edge : ends) {
        if (depths[edge[1]] <= depths[edge[0]]) {
          depths[edge[1]] = depths[edge[0]] + 1;
          moved = true;
        }
      }
      if (!moved) {
        return depths;
      }
    }
    throw new IllegalArgumentException("expected no cycle, found one among the edges " + edges);
  }
}
