package io.medforge.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A table of numbers as colours: blue below, white in the middle, red above. Each cell also says
 * its number, so that nothing depends on colour alone.
 *
 * @param title what it shows
 * @param quantity what the numbers are, with their unit
 * @param rows the rows' names, from the top; distinct
 * @param columns the columns' names, from the left; distinct
 * @param values one list per row, one number per column; NaN where there is none, drawn grey
 * @param low what the strongest blue means
 * @param high what the strongest red means; more than {@code low}
 */
public record HeatMap(
    String title,
    String quantity,
    List<String> rows,
    List<String> columns,
    List<List<Double>> values,
    double low,
    double high) {
  // In pixels.
  private static final double CELL_WIDTH = 64;
  private static final double CELL_HEIGHT = 32;
  private static final double AROUND = 110;
  private static final double TITLE = 50;
  private static final double LETTER = 7;

  /** In degrees, and how far a slanted line goes up and right per unit of length. */
  private static final double SLANT = 30;

  private static final double RISE = 0.5;
  private static final double RUN = 0.87;

  /**
   * Copies and checks.
   *
   * @throws IllegalArgumentException if a size does not fit, a name repeats, a value is infinite or
   *     the range is empty
   */
  public HeatMap {
    rows = Checked.distinct("row", rows);
    columns = Checked.distinct("column", columns);
    values = values.stream().map(List::copyOf).toList();
    if (values.size() != rows.size()) {
      throw new IllegalArgumentException(
          "expected values for " + rows.size() + " rows, found " + values.size());
    }
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i).size() != columns.size()) {
        throw new IllegalArgumentException(
            "expected "
                + columns.size()
                + " values, found "
                + values.get(i).size()
                + ", at row "
                + rows.get(i));
      }
      for (double value : values.get(i)) {
        Checked.notInfinite(value, "row " + rows.get(i));
      }
    }
    Checked.range(low, high);
  }

  /**
   * Draws the map.
   *
   * @return the figure
   */
  public Figure draw() {
    double left = length(rows) * LETTER / CELL_WIDTH;
    boolean slanted = length(columns) * LETTER > CELL_WIDTH;
    double top = (slanted ? length(columns) * LETTER * RISE + 14 : 20) / CELL_HEIGHT;
    double right = slanted ? Math.max(0, length(columns) * LETTER * RUN / CELL_WIDTH - 0.5) : 0;
    Plot plot = new Plot(title).withoutAxes();
    cells(plot);
    names(plot, slanted);
    double width = left + columns.size() + right;
    double height = top + rows.size();
    return plot.scale("x", "limits", List.of(-0.6 - left, columns.size() - 0.5 + right))
        .scale("y", "limits", List.of(0.5 - rows.size(), 0.5 + top))
        .draw(AROUND + CELL_WIDTH * width, TITLE + CELL_HEIGHT * height);
  }

  /** Column j at x = j, row i at y = -i. */
  private void cells(Plot plot) {
    List<Object> x = new ArrayList<>();
    List<Object> y = new ArrayList<>();
    List<Object> shade = new ArrayList<>();
    List<Object> label = new ArrayList<>();
    List<Object> ink = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      for (int j = 0; j < columns.size(); j++) {
        double value = values.get(i).get(j);
        x.add((double) j);
        y.add((double) -i);
        shade.add(Double.isNaN(value) ? null : Math.max(low, Math.min(high, value)));
        label.add(Double.isNaN(value) ? "?" : text(value));
        ink.add(isDark(value) ? "#ffffff" : "#222222");
      }
    }
    Map<String, Object> data =
        Plot.tree("x", x, "y", y, "shade", shade, "label", label, "ink", ink);
    plot.layer(
        "tile",
        data,
        Plot.tree("x", "x", "y", "y", "fill", "shade"),
        Plot.tree("width", 1.0, "height", 1.0, "color", "#ffffff", "size", 1.0));
    plot.layer(
        "text",
        data,
        Plot.tree("x", "x", "y", "y", "label", "label", "color", "ink"),
        Plot.tree("size", 6.0));
    plot.scale(
        "fill",
        "name",
        Markup.plain(quantity),
        "scale_mapper_kind",
        "color_gradient2",
        "low",
        "#2166ac",
        "mid",
        "#f7f7f7",
        "high",
        "#b2182b",
        "midpoint",
        (low + high) / 2,
        "limits",
        List.of(low, high),
        "na_value",
        "#bbbbbb");
    plot.scale("color", "scale_mapper_kind", "identity", "guide", "none");
  }

  /** As text of our own: Lets-Plot cuts an axis's labels to twenty letters. */
  private void names(Plot plot, boolean slanted) {
    List<Object> x = new ArrayList<>();
    List<Object> y = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      x.add(-0.6);
      y.add((double) -i);
    }
    plot.text(x, y, rows, "hjust", "right", "vjust", "center");
    List<Object> across = new ArrayList<>();
    List<Object> above = new ArrayList<>();
    for (int j = 0; j < columns.size(); j++) {
      across.add((double) j);
      above.add(0.7);
    }
    if (slanted) {
      plot.text(across, above, columns, "hjust", "left", "vjust", "bottom", "angle", SLANT);
    } else {
      plot.text(across, above, columns, "hjust", "middle", "vjust", "bottom");
    }
  }

  private static double length(List<String> names) {
    return names.stream().mapToInt(String::length).max().orElse(0);
  }

  private boolean isDark(double value) {
    double fromMiddle = Math.abs(value - (low + high) / 2) / ((high - low) / 2);
    return fromMiddle > 0.6;
  }

  private static String text(double value) {
    String text = String.format(Locale.ROOT, "%.2f", value);
    return text.equals("-0.00") ? "0.00" : text;
  }
}
