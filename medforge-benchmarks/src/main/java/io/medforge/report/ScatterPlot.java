package io.medforge.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Points in a plane, named where they have a name and there is room for it: where points crowd,
 * some stand without.
 *
 * @param title what it shows
 * @param x what the horizontal axis measures, with its unit
 * @param y what the vertical axis measures, with its unit
 * @param points at least one
 */
public record ScatterPlot(String title, String x, String y, List<Point> points) {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 560;

  /** What the axes, their titles and the legend leave. */
  private static final double PANEL_WIDTH = 780;

  private static final double PANEL_HEIGHT = 430;
  private static final double MARGIN = 0.1;
  private static final List<Object> NO_MARGIN = List.of(0.0, 0.0);

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
    Axis across = Axis.of(xs(), PANEL_WIDTH);
    Axis up = Axis.of(ys(), PANEL_HEIGHT);
    Map<String, Object> data =
        Plot.tree(
            "x", new ArrayList<>(points.stream().map(Point::x).toList()),
            "y", new ArrayList<>(points.stream().map(Point::y).toList()),
            "group", Plot.labels(points.stream().map(Point::group).toList()));
    Plot plot =
        new Plot(title)
            .layer(
                "point",
                data,
                Plot.tree("x", "x", "y", "y", "color", "group"),
                Plot.tree("size", 4.0, "alpha", 0.85));
    addNames(across, up, plot);
    return plot.scale(
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
        .scale("x", "name", Markup.plain(x), "limits", across.limits(), "expand", NO_MARGIN)
        .scale("y", "name", Markup.plain(y), "limits", up.limits(), "expand", NO_MARGIN)
        .theme("legend_position", "bottom")
        .draw(WIDTH, HEIGHT);
  }

  private double[] xs() {
    return points.stream().mapToDouble(Point::x).toArray();
  }

  private double[] ys() {
    return points.stream().mapToDouble(Point::y).toArray();
  }

  private void addNames(Axis across, Axis up, Plot plot) {
    List<LabelPlaces.Place> places =
        new LabelPlaces(PANEL_WIDTH, PANEL_HEIGHT)
            .of(across.pixels(xs()), up.pixels(ys()), points.stream().map(Point::label).toList());
    // What stands at a text's coordinates holds for all texts of a layer.
    for (LabelPlaces.Anchor anchor : LabelPlaces.Anchor.values()) {
      List<LabelPlaces.Place> some = places.stream().filter(p -> p.anchor() == anchor).toList();
      if (!some.isEmpty()) {
        plot.text(
            new ArrayList<>(some.stream().map(place -> across.value(place.x())).toList()),
            new ArrayList<>(some.stream().map(place -> up.value(place.y())).toList()),
            some.stream().map(place -> points.get(place.point()).label()).toList(),
            "vjust",
            "center",
            "hjust",
            anchor.name().toLowerCase(Locale.ROOT));
      }
    }
  }

  /** What an axis shows, in values and in pixels: all values and a margin at both ends. */
  private record Axis(double least, double shown, double length) {
    static Axis of(double[] values, double length) {
      double least = Arrays.stream(values).min().orElse(0);
      double range = Arrays.stream(values).max().orElse(0) - least;
      double shown = (range > 0 ? range : 1) * (1 + 2 * MARGIN);
      return new Axis(least - (shown - range) / 2, shown, length);
    }

    List<Object> limits() {
      return List.of(least, least + shown);
    }

    double[] pixels(double... values) {
      return Arrays.stream(values).map(value -> (value - least) * length / shown).toArray();
    }

    double value(double pixel) {
      return least + pixel * shown / length;
    }
  }
}
