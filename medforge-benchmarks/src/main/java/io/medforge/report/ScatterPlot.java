package io.medforge.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Points in a plane, named where they have a name.
 *
 * @param title what it shows
 * @param x what the horizontal axis measures, with its unit
 * @param y what the vertical axis measures, with its unit
 * @param points at least one
 */
public record ScatterPlot(String title, String x, String y, List<Point> points) {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 460;

  /**
   * Copies and checks.
   *
   * @throws IllegalArgumentException if there is no point
   */
  public ScatterPlot {
    points = Checked.notEmpty("point", points);
  }

  /**
   * One point.
   *
   * @param label beside it; may be empty
   * @param group its colour and its name in the legend; empty where there is but one group
   * @param x finite
   * @param y finite
   */
  public record Point(String label, String group, double x, double y) {
    /**
     * Checks.
     *
     * @throws IllegalArgumentException if a coordinate is not finite
     */
    public Point {
      Checked.finite(x, "point " + label);
      Checked.finite(y, "point " + label);
    }
  }

  /**
   * Draws the plot.
   *
   * @return the figure
   */
  public Figure draw() {
    List<String> groups = points.stream().map(Point::group).distinct().toList();
    Map<String, Object> data =
        Plot.tree(
            "x", new ArrayList<>(points.stream().map(Point::x).toList()),
            "y", new ArrayList<>(points.stream().map(Point::y).toList()),
            "group", Plot.labels(points.stream().map(Point::group).toList()));
    return new Plot(title)
        .layer(
            "point",
            data,
            Plot.tree("x", "x", "y", "y", "color", "group"),
            Plot.tree("size", 4.0, "alpha", 0.85))
        .text(
            new ArrayList<>(points.stream().map(Point::x).toList()),
            new ArrayList<>(points.stream().map(Point::y).toList()),
            points.stream().map(Point::label).toList(),
            "vjust",
            "bottom",
            "nudge_y",
            0.03 * height())
        .scale(
            "color",
            "name",
            "",
            "discrete",
            true,
            "values",
            Plot.COLOURS,
            "limits",
            Plot.labels(groups),
            "guide",
            groups.size() > 1 ? "legend" : "none")
        .scale("x", "name", Markup.plain(x))
        .scale("y", "name", Markup.plain(y), "expand", List.of(0.1, 0.0))
        .draw(WIDTH, HEIGHT);
  }

  private double height() {
    double[] ys = points.stream().mapToDouble(Point::y).sorted().toArray();
    return ys[ys.length - 1] - ys[0];
  }
}
