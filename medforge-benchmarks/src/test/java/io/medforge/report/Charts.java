package io.medforge.report;

import java.util.List;
import java.util.stream.Stream;

/** One chart of every kind, all about the same names. */
final class Charts {
  private static final double NONE = Double.NaN;

  private Charts() {}

  static Stream<Figure> naming(String name) {
    return Stream.of(heatMap(name), bars(name), roc(name), scatter(name), lineage(name));
  }

  static Figure heatMap(String name) {
    return new HeatMap(
            "Alike? " + name,
            "cosine",
            List.of(name, "b"),
            List.of(name, "c"),
            List.of(List.of(1.0, -0.504), List.of(NONE, 3.0)),
            -1,
            1)
        .draw();
  }

  private static Figure bars(String name) {
    return new BarChart(
            "Bars " + name,
            "accuracy",
            List.of(
                new BarChart.Bar(name, "fusion", 0.8, 0.7, 0.9),
                new BarChart.Bar(name, "mixture", -0.1, NONE, NONE)))
        .draw();
  }

  private static Figure roc(String name) {
    List<Double> ends = List.of(0.0, 1.0);
    return LineChart.roc(
            "ROC " + name,
            List.of(new LineChart.Series(name, ends, ends), new LineChart.Series("b", ends, ends)))
        .draw();
  }

  private static Figure scatter(String name) {
    return new ScatterPlot(
            "Points " + name,
            "cost",
            "gain",
            List.of(new ScatterPlot.Point(name, "a", 1, 2), new ScatterPlot.Point("", "b", 2, 2)))
        .draw();
  }

  private static Figure lineage(String name) {
    return new LineageTree(
            "Lineage " + name,
            List.of(
                new LineageTree.Node("a", name, "plugin"),
                new LineageTree.Node("b", "version 1", "forge item")),
            List.of(new LineageTree.Edge("a", "b")))
        .draw();
  }
}
