package io.medforge.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.letsPlot.commons.encoding.UnsupportedRGBEncoder;
import org.jetbrains.letsPlot.commons.geometry.DoubleVector;
import org.jetbrains.letsPlot.core.util.PlotSvgExportCommon;

/**
 * One chart in Lets-Plot's own language, a tree of maps and lists. Only this class knows the
 * library.
 */
final class Plot {
  /** Colours that the colour-blind tell apart (Okabe and Ito). */
  static final List<String> COLOURS =
      List.of(
          "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#555555");

  private static final String INK = "#333333";

  private final String title;
  private final Map<String, Object> spec = new LinkedHashMap<>();
  private final List<Object> layers = new ArrayList<>();
  private final List<Object> scales = new ArrayList<>();
  private final Map<String, Object> theme = new LinkedHashMap<>();

  Plot(String title) {
    this.title = title;
    spec.put("kind", "plot");
    spec.put("coord", tree("name", "cartesian"));
    if (title.isBlank()) {
      throw new IllegalArgumentException("expected a figure's title, found none");
    }
    spec.put("ggtitle", tree("text", Markup.plain(title)));
    theme.put("name", "minimal2");
    theme.put("plot_title", tree("blank", false, "size", 15.0, "color", INK));
  }

  /** A map that may be added to, of alternating names and values. */
  static Map<String, Object> tree(Object... namesAndValues) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      tree.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return tree;
  }

  /** Labels as XML can hold them. */
  static List<Object> labels(List<String> texts) {
    return new ArrayList<>(texts.stream().map(Markup::plain).toList());
  }

  /** Adds a layer: a geometry over its own data, some of it mapped, the rest constant. */
  Plot layer(
      String geometry,
      Map<String, Object> data,
      Map<String, Object> mapping,
      Map<String, Object> constants) {
    Map<String, Object> layer = new LinkedHashMap<>(constants);
    layer.put("geom", geometry);
    layer.put("data", data);
    layer.put("mapping", mapping);
    layer.put("tooltips", "none");
    layers.add(layer);
    return this;
  }

  /** Adds texts, each at its place. */
  Plot text(List<Object> x, List<Object> y, List<String> texts, Object... constants) {
    Map<String, Object> all = tree(constants);
    all.put("size", 6.0);
    all.put("color", INK);
    return layer(
        "text",
        tree("x", x, "y", y, "label", labels(texts)),
        tree("x", "x", "y", "y", "label", "label"),
        all);
  }

  /** How one quantity is shown, as alternating names and values. */
  Plot scale(String aesthetic, Object... with) {
    Map<String, Object> scale = tree(with);
    scale.put("aesthetic", aesthetic);
    scales.add(scale);
    return this;
  }

  /** One part of the looks. */
  Plot theme(String part, Object value) {
    theme.put(part, value);
    return this;
  }

  /** Neither axes nor a grid. */
  Plot withoutAxes() {
    for (String part : List.of("axis", "axis_title", "axis_text", "axis_ticks", "panel_grid")) {
      theme.put(part, tree("name", "blank", "blank", true));
    }
    return this;
  }

  /**
   * Draws.
   *
   * @param width in pixels
   * @param height in pixels
   */
  Figure draw(double width, double height) {
    spec.put("layers", layers);
    spec.put("scales", scales);
    spec.put("theme", theme);
    String svg =
        PlotSvgExportCommon.INSTANCE.buildSvgImageFromRawSpecs(
            spec, new DoubleVector(width, height), new UnsupportedRGBEncoder(), true);
    // Lets-Plot draws its error messages; then there is no title.
    if (!svg.contains("class=\"plot-title\"")) {
      throw new IllegalStateException("expected Lets-Plot to draw " + spec + ", found " + svg);
    }
    return new Figure(title, CanonicalSvg.of(title, svg));
  }
}
