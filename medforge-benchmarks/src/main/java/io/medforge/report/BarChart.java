package io.medforge.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Values side by side, with their intervals where they have one. Bars lie, so that long names stay
 * readable; the first is at the top.
 *
 * @param title what it shows
 * @param quantity what the values are, with their unit
 * @param bars at least one; label and group together are distinct
 */
public record BarChart(String title, String quantity, List<Bar> bars) {
  private static final int WIDTH = 720;
  private static final int PER_BAR = 20;
  private static final int NAME = 24;
  private static final int AROUND = 90;

  /**
   * Copies and checks.
   *
   * @throws IllegalArgumentException if there is no bar, or two of the same label and group
   */
  public BarChart {
    bars = Checked.notEmpty("bar", bars);
    Checked.distinct("bar", bars.stream().map(bar -> bar.label() + " / " + bar.group()).toList());
  }

  /**
   * One value.
   *
   * @param label on the axis
   * @param group its colour and its name in the legend; empty where there is but one group
   * @param value finite
   * @param low where its interval begins; NaN if it has none
   * @param high where its interval ends; NaN if it has none
   */
  public record Bar(String label, String group, double value, double low, double high) {
    /**
     * Checks.
     *
     * @throws IllegalArgumentException if the value is not finite or the interval is half a one
     */
    public Bar {
      Checked.finite(value, "bar " + label);
      Checked.notInfinite(low, "bar " + label);
      Checked.notInfinite(high, "bar " + label);
      if (Double.isNaN(low) != Double.isNaN(high) || low > high) {
        throw new IllegalArgumentException(
            "expected an interval or none, found " + low + " to " + high + ", at bar " + label);
      }
    }

    /**
     * A value without a group or an interval.
     *
     * @param label on the axis
     * @param value finite
     * @return the bar
     */
    public static Bar of(String label, double value) {
      return new Bar(label, "", value, Double.NaN, Double.NaN);
    }

    private double least() {
      return Double.isNaN(low) ? value : Math.min(low, value);
    }
  }

  /**
   * Draws the chart.
   *
   * @return the figure
   */
  public Figure draw() {
    List<String> labels = bars.stream().map(Bar::label).distinct().toList();
    List<String> groups = bars.stream().map(Bar::group).distinct().toList();
    Plot plot =
        new Plot(title)
            .layer(
                "rect",
                boxes(labels, groups),
                Plot.tree(
                    "xmin", "from", "xmax", "to", "ymin", "below", "ymax", "above", "fill",
                    "group"),
                Plot.tree("size", 0.0));
    intervals(plot, labels, groups);
    names(plot, labels);
    return plot.scale(
            "fill",
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
        .scale("y", "name", "", "breaks", new ArrayList<>(), "limits", yLimits(labels))
        .scale("x", "name", Markup.plain(quantity))
        .theme("panel_grid_major_y", Plot.tree("blank", true))
        .draw(WIDTH, AROUND + labels.size() * (NAME + (double) PER_BAR * groups.size()));
  }

  private Map<String, Object> boxes(List<String> labels, List<String> groups) {
    double half = half(groups);
    List<Object> from = new ArrayList<>();
    List<Object> to = new ArrayList<>();
    List<Object> below = new ArrayList<>();
    List<Object> above = new ArrayList<>();
    for (Bar bar : bars) {
      double middle = middle(bar, labels, groups);
      from.add(Math.min(0, bar.value()));
      to.add(Math.max(0, bar.value()));
      below.add(middle - 0.9 * half);
      above.add(middle + 0.9 * half);
    }
    List<Object> names = Plot.labels(bars.stream().map(Bar::group).toList());
    return Plot.tree("from", from, "to", to, "below", below, "above", above, "group", names);
  }

  /** A line from low to high, and a cap at either end. */
  private void intervals(Plot plot, List<String> labels, List<String> groups) {
    List<Object> x = new ArrayList<>();
    List<Object> y = new ArrayList<>();
    List<Object> xend = new ArrayList<>();
    List<Object> yend = new ArrayList<>();
    double cap = 0.4 * half(groups);
    for (Bar bar : bars) {
      if (!Double.isNaN(bar.low())) {
        double middle = middle(bar, labels, groups);
        x.addAll(List.of(bar.low(), bar.low(), bar.high()));
        xend.addAll(List.of(bar.high(), bar.low(), bar.high()));
        y.addAll(List.of(middle, middle - cap, middle - cap));
        yend.addAll(List.of(middle, middle + cap, middle + cap));
      }
    }
    if (!x.isEmpty()) {
      plot.layer(
          "segment",
          Plot.tree("x", x, "y", y, "xend", xend, "yend", yend),
          Plot.tree("x", "x", "y", "y", "xend", "xend", "yend", "yend"),
          Plot.tree("color", "#222222", "size", 0.8));
    }
  }

  /** Above each label's bars, from the axis on: a name may be long. */
  private void names(Plot plot, List<String> labels) {
    double left = Math.min(0, bars.stream().mapToDouble(Bar::least).min().orElse(0));
    List<Object> x = new ArrayList<>();
    List<Object> y = new ArrayList<>();
    for (int i = 0; i < labels.size(); i++) {
      x.add(left);
      y.add(0.28 - i);
    }
    plot.text(x, y, labels, "hjust", "left", "vjust", "bottom");
  }

  private static List<Object> yLimits(List<String> labels) {
    return List.of(-0.6 - (labels.size() - 1), 0.75);
  }

  /** Half a bar's height, where labels are 1 apart. */
  private static double half(List<String> groups) {
    return 0.3 / groups.size();
  }

  private static double middle(Bar bar, List<String> labels, List<String> groups) {
    double half = half(groups);
    return -labels.indexOf(bar.label()) + 0.2 - half - 2 * half * groups.indexOf(bar.group());
  }
}
