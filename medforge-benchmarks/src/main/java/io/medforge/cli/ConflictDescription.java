package io.medforge.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.merge.alignment.ConflictReport;
import io.medforge.merge.alignment.LayerConflict;
import io.medforge.study.Grid;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleBiFunction;

/**
 * What there is to say of a conflict report: as tables for people, as JSON for programs.
 *
 * @param report of at least two plugins
 */
record ConflictDescription(ConflictReport report) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int WORST = 10;

  /** Two plugins' indices, i below j. */
  record Pair(int i, int j) {}

  /** A pair at a layer. */
  private record At(String layer, LayerConflict conflict, Pair pair) {
    private double cosine() {
      return conflict.cosine(pair.i(), pair.j());
    }
  }

  /** Every pair, in canonical order. */
  List<Pair> pairs() {
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < report.plugins().size(); i++) {
      for (int j = i + 1; j < report.plugins().size(); j++) {
        pairs.add(new Pair(i, j));
      }
    }
    return pairs;
  }

  /** Both names. */
  String name(Pair pair) {
    return id(pair.i()) + " and " + id(pair.j());
  }

  /** A plugin's name. */
  String id(int plugin) {
    return report.plugins().get(plugin).toString();
  }

  /** Every pair over all layers. */
  Grid overall() {
    List<List<String>> rows = new ArrayList<>();
    LayerConflict all = report.overall();
    for (Pair pair : pairs()) {
      rows.add(
          List.of(
              name(pair),
              number(all.cosine(pair.i(), pair.j())),
              number(all.signConflict(pair.i(), pair.j())),
              number(all.energyOverlap(pair.i(), pair.j())),
              number(all.energyOverlap(pair.j(), pair.i()))));
    }
    return new Grid(
        List.of("plugins", "cosine", "opposite signs", "overlap 1st in 2nd", "2nd in 1st"), rows);
  }

  /** How large each plugin's change is. */
  Grid norms() {
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < report.plugins().size(); i++) {
      rows.add(List.of(id(i), String.format(Locale.ROOT, "%.6g", report.overall().gram().norm(i))));
    }
    return new Grid(List.of("plugin", "norm of all changes"), rows);
  }

  /** Where plugins oppose each other most, at most ten rows. */
  Grid worst() {
    List<At> all = new ArrayList<>();
    report
        .layers()
        .forEach((layer, found) -> pairs().forEach(pair -> all.add(new At(layer, found, pair))));
    List<List<String>> rows =
        all.stream()
            .sorted(Comparator.comparingDouble(At::cosine))
            .limit(WORST)
            .map(
                at ->
                    List.of(
                        at.layer(),
                        name(at.pair()),
                        number(at.cosine()),
                        number(at.conflict().signConflict(at.pair().i(), at.pair().j()))))
            .toList();
    return new Grid(List.of("layer", "plugins", "cosine", "opposite signs"), rows);
  }

  /** One sentence per pair. */
  List<String> verdicts() {
    return pairs().stream()
        .map(pair -> name(pair) + " " + PairVerdict.of(report.overall(), pair.i(), pair.j()))
        .toList();
  }

  /** For people. */
  String toText() {
    StringBuilder text = new StringBuilder();
    text.append(norms().toText()).append('\n').append(overall().toText()).append('\n');
    text.append("layers of least agreement\n").append(worst().toText()).append('\n');
    verdicts().forEach(verdict -> text.append(verdict).append('\n'));
    return text.append("(").append(PairVerdict.BOUNDS).append(")\n").toString();
  }

  /** For programs: every number of the report. */
  ObjectNode toJson() {
    ObjectNode json = JSON.objectNode();
    ArrayNode plugins = json.putArray("plugins");
    report.plugins().forEach(plugin -> plugins.add(plugin.toString()));
    json.set("overall", numbers(report.overall()));
    ObjectNode layers = json.putObject("layers");
    report
        .layers()
        .forEach(
            (name, layer) -> {
              ObjectNode described = numbers(layer);
              described.set("columnAngles", angles(layer::columnAngles));
              described.set("rowAngles", angles(layer::rowAngles));
              layers.set(name, described);
            });
    return json;
  }

  private ObjectNode numbers(LayerConflict conflict) {
    ObjectNode json = JSON.objectNode();
    ArrayNode norms = json.putArray("norms");
    for (int i = 0; i < report.plugins().size(); i++) {
      norms.add(conflict.gram().norm(i));
    }
    json.set("cosine", matrix(conflict::cosine));
    json.set("signConflict", matrix(conflict::signConflict));
    json.set("energyOverlap", matrix(conflict::energyOverlap));
    return json;
  }

  private ArrayNode matrix(ToDoubleBiFunction<Integer, Integer> value) {
    ArrayNode rows = JSON.arrayNode();
    for (int i = 0; i < report.plugins().size(); i++) {
      ArrayNode row = rows.addArray();
      for (int j = 0; j < report.plugins().size(); j++) {
        row.add(value.applyAsDouble(i, j));
      }
    }
    return rows;
  }

  private interface Angles {
    List<Double> between(int i, int j);
  }

  private ArrayNode angles(Angles angles) {
    ArrayNode all = JSON.arrayNode();
    for (Pair pair : pairs()) {
      ArrayNode between = all.addObject().put("i", pair.i()).put("j", pair.j()).putArray("radians");
      angles.between(pair.i(), pair.j()).forEach(between::add);
    }
    return all;
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.3f", value);
    return text.equals("-0.000") ? "0.000" : text;
  }
}
