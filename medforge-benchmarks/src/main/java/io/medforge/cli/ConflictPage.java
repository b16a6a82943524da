package io.medforge.cli;

import io.medforge.merge.alignment.LayerConflict;
import io.medforge.report.Figure;
import io.medforge.report.HeatMap;
import io.medforge.report.HtmlPage;
import io.medforge.study.Grid;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;

/**
 * A conflict report as figures and as a page.
 *
 * @param description of the report
 */
record ConflictPage(ConflictDescription description) {

  /** Every pair's cosine over all layers. */
  Figure overall() {
    LayerConflict all = description.report().overall();
    return square("Do the plugins pull the same way? All layers", "cosine", all::cosine, -1);
  }

  /** Every pair's cosine at every layer. */
  Figure byLayer() {
    List<ConflictDescription.Pair> pairs = description.pairs();
    List<List<Double>> rows = new ArrayList<>();
    description
        .report()
        .layers()
        .values()
        .forEach(layer -> rows.add(pairs.stream().map(p -> layer.cosine(p.i(), p.j())).toList()));
    return new HeatMap(
            "Do they pull the same way? Layer by layer",
            "cosine",
            List.copyOf(description.report().layers().keySet()),
            pairs.stream().map(description::name).toList(),
            rows,
            -1,
            1)
        .draw();
  }

  private Figure overlap() {
    LayerConflict all = description.report().overall();
    return square(
        "How much of a row's change lies where the column acts", "energy", all::energyOverlap, 0);
  }

  private Figure square(
      String title, String quantity, ToDoubleBiFunction<Integer, Integer> value, double low) {
    int n = description.report().plugins().size();
    List<String> ids = IntStream.range(0, n).mapToObj(description::id).toList();
    List<List<Double>> rows =
        IntStream.range(0, n)
            .mapToObj(i -> IntStream.range(0, n).mapToObj(j -> value.applyAsDouble(i, j)).toList())
            .toList();
    return new HeatMap(title, quantity, ids, ids, rows, low, 1).draw();
  }

  /** The page. */
  HtmlPage page() {
    HtmlPage.Builder page =
        HtmlPage.titled("Conflict report of " + description.report().plugins().size() + " plugins")
            .lead(
                "How much the plugins would get into each other's way, computed from their"
                    + " parameters before any merge. It says nothing of how well they do their"
                    + " tasks.")
            .list(description.verdicts())
            .paragraph("Rules of thumb: " + PairVerdict.BOUNDS + ".")
            .section("Over all layers")
            .figure(
                overall(),
                "1 means the same direction, 0 unrelated, -1 opposite; large negative numbers are"
                    + " where an average cancels.");
    table(
        page,
        description.overall(),
        "Every pair, over all layers; unrelated changes have about"
            + " half of their signs opposite.");
    page.figure(
        overlap(),
        "1 means that a plugin changes only what the other changes as well, 0 that they do not"
            + " meet.");
    table(page, description.norms(), "How large each plugin's change is.");
    page.section("Layer by layer")
        .figure(byLayer(), "The same cosines for every layer; conflicts often sit in a few.");
    table(page, description.worst(), "The layers where plugins agree least.");
    return page.build();
  }

  private static void table(HtmlPage.Builder page, Grid grid, String caption) {
    page.table(caption, grid.header(), grid.rows());
  }
}
