package io.medforge.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Curves over one quantity.
 *
 * @param title what it shows
 * @param x what the horizontal axis measures, with its unit
 * @param y what the vertical axis measures, with its unit
 * @param series at least one, of distinct names
 * @param axes what they show
 */
public record LineChart(String title, String x, String y, List<Series> series, Axes axes) {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 420;
  private static final int SQUARE_WIDTH = 620;
  private static final int SQUARE_HEIGHT = 480;

  /** What the axes of a chart show. */
  public enum Axes {
    /** As much as there is. */
    FITTING,
    /** 0 to 1 with the diagonal drawn, as for a ROC or a calibration curve. */
    UNIT_SQUARE,
    /** As much as there is, in powers of ten, with each point marked. */
    LOGARITHMIC
  }

  /**
   * Copies and checks.
   *
   * @throws IllegalArgumentException if there is no series, or two of one name, or a value that has
   *     no logarithm on logarithmic axes
   */
  public LineChart {
    series = Checked.notEmpty("series", series);
    Checked.distinct("series", series.stream().map(Series::name).toList());
    if (axes == Axes.LOGARITHMIC) {
      series.forEach(LineChart::checkPositive);
    }
  }

  private static void checkPositive(Series curve) {
    for (int i = 0; i < curve.x().size(); i++) {
      if (curve.x().get(i) <= 0 || curve.y().get(i) <= 0) {
        throw new IllegalArgumentException(
            "expected positive values on logarithmic axes, found ("
                + curve.x().get(i)
                + ", "
                + curve.y().get(i)
                + "), at series "
                + curve.name());
      }
    }
  }

  /**
   * One curve, drawn through its points in the order given.
   *
   * @param name in the legend
   * @param x finite
   * @param y as many, finite
   */
  public record Series(String name, List<Double> x, List<Double> y) {
    /**
     * Copies and checks.
     *
     * @throws IllegalArgumentException if the sizes differ, there is no point, or one is not finite
     */
    public Series {
      x = Checked.notEmpty("point", x);
      y = Checked.notEmpty("point", y);
      if (x.size() != y.size()) {
        throw new IllegalArgumentException(
            "expected as many y as x, found " + y.size() + " and " + x.size() + ", at " + name);
      }
      for (int i = 0; i < x.size(); i++) {
        Checked.finite(x.get(i), "series " + name);
        Checked.finite(y.get(i), "series " + name);
      }
    }
  }

  /**
   * A chart with axes that fit.
   *
   * @param title what it shows
   * @param x what the horizontal axis measures
   * @param y what the vertical axis measures
   * @param series at least one
   * @return the chart
   */
  public static LineChart of(String title, String x, String y, List<Series> series) {
    return new LineChart(title, x, y, series, Axes.FITTING);
  }

  /**
   * A chart of quantities over several orders of magnitude, both axes logarithmic.
   *
   * @param title what it shows
   * @param x what the horizontal axis measures
   * @param y what the vertical axis measures
   * @param series at least one, of positive values
   * @return the chart
   */
  public static LineChart logarithmic(String title, String x, String y, List<Series> series) {
    return new LineChart(title, x, y, series, Axes.LOGARITHMIC);
  }

  /**
   * Receiver operating characteristics, with the line of chance.
   *
   * @param title what it shows
   * @param series false positive rate and true positive rate, at least one
   * @return the chart
   */
  public static LineChart roc(String title, List<Series> series) {
    return new LineChart(
        title,
        "1 - specificity (false positives)",
        "sensitivity (true positives)",
        series,
        Axes.UNIT_SQUARE);
  }

  /**
   * Draws the chart.
   *
   * @return the figure
   */
  public Figure draw() {
    Plot plot = new Plot(title);
    if (axes == Axes.UNIT_SQUARE) {
      List<Object> ends = new ArrayList<>(List.of(0.0, 1.0));
      plot.layer(
          "path",
          Plot.tree("x", ends, "y", ends),
          Plot.tree("x", "x", "y", "y"),
          Plot.tree("color", "#999999", "linetype", "dashed"));
    }
    plot.layer(
        "path", data(), Plot.tree("x", "x", "y", "y", "color", "name"), Plot.tree("size", 1.1));
    if (axes == Axes.LOGARITHMIC) {
      plot.layer(
          "point", data(), Plot.tree("x", "x", "y", "y", "color", "name"), Plot.tree("size", 3.0));
    }
    List<Object> names = Plot.labels(series.stream().map(Series::name).toList());
    plot.scale(
        "color",
        "name",
        "",
        "discrete",
        true,
        "values",
        Plot.COLOURS,
        "limits",
        names,
        "guide",
        series.size() > 1 ? "legend" : "none");
    axis(plot, "x", x);
    axis(plot, "y", y);
    return axes == Axes.UNIT_SQUARE
        ? plot.draw(SQUARE_WIDTH, SQUARE_HEIGHT)
        : plot.draw(WIDTH, HEIGHT);
  }

  private void axis(Plot plot, String aesthetic, String name) {
    String plain = Markup.plain(name);
    switch (axes) {
      case UNIT_SQUARE -> plot.scale(aesthetic, "name", plain, "limits", List.of(0.0, 1.0));
      case LOGARITHMIC -> plot.scale(aesthetic, "name", plain, "trans", "log10");
      case FITTING -> plot.scale(aesthetic, "name", plain);
    }
  }

  private Map<String, Object> data() {
    List<Object> xs = new ArrayList<>();
    List<Object> ys = new ArrayList<>();
    List<Object> names = new ArrayList<>();
    for (Series curve : series) {
      for (int i = 0; i < curve.x().size(); i++) {
        xs.add(curve.x().get(i));
        ys.add(curve.y().get(i));
        names.add(Markup.plain(curve.name()));
      }
    }
    return Plot.tree("x", xs, "y", ys, "name", names);
  }
}
