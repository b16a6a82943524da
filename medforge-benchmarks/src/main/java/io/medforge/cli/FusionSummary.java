package io.medforge.cli;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.study.Grid;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a fusion did, for people. */
final class FusionSummary {
  private FusionSummary() {}

  /**
   * The summary.
   *
   * @param merged what came out
   * @param given what went in, in the order given
   * @param heads what was kept apart
   * @return lines of text
   */
  static String of(Merged<PluginModule> merged, List<PluginModule> given, KeptHeads heads) {
    MergeRecord record = merged.record();
    StringBuilder text = new StringBuilder();
    text.append(record.strategy()).append(' ').append(record.parameters()).append('\n');
    text.append("base    ").append(record.base()).append('\n');
    text.append("result  ").append(merged.value().id()).append('\n');
    text.append("digest  ").append(record.result()).append("\n\n");
    text.append(adapters(record, given).toText()).append('\n');
    text.append(layers(record, merged.value()).toText()).append('\n');
    text.append(discarded(record)).append('\n');
    for (String line : heads.lines()) {
      text.append("kept apart, not merged: ").append(line).append('\n');
    }
    record.remarks().forEach(remark -> text.append("note: ").append(remark).append('\n'));
    return text.toString();
  }

  private static Grid adapters(MergeRecord record, List<PluginModule> given) {
    List<List<String>> rows = new ArrayList<>();
    for (PluginModule plugin : given) {
      rows.add(
          List.of(
              plugin.id().toString(),
              record.coefficients().map(coefficients -> weight(coefficients, plugin)).orElse("-"),
              plugin.digest().hex().substring(0, 12)));
    }
    return new Grid(List.of("adapter", "weight", "digest"), rows);
  }

  private static String weight(Coefficients coefficients, PluginModule plugin) {
    return coefficients instanceof Coefficients.PerPlugin weights
        ? number(weights.of(plugin.id(), ""))
        : "per layer";
  }

  private static Grid layers(MergeRecord record, PluginModule result) {
    List<List<String>> rows = new ArrayList<>();
    record
        .layers()
        .forEach(
            (name, layer) ->
                rows.add(
                    List.of(
                        name,
                        result.updates().get(name) instanceof LowRankUpdate
                            ? Long.toString(layer.rank())
                            : "dense",
                        number(layer.energy()),
                        percent(layer.discardedEnergy()))));
    return new Grid(List.of("layer", "rank", "energy", "discarded"), rows);
  }

  private static String discarded(MergeRecord record) {
    double energy = 0;
    double lost = 0;
    String worst = "";
    double most = 0;
    for (var entry : record.layers().entrySet()) {
      MergeRecord.Layer layer = entry.getValue();
      energy += layer.energy();
      lost += layer.energy() * layer.discardedEnergy();
      if (layer.discardedEnergy() > most) {
        most = layer.discardedEnergy();
        worst = entry.getKey();
      }
    }
    String share = percent(energy > 0 ? lost / energy : 0);
    return record.layers().size()
        + " layers; discarded energy "
        + share
        + " of all"
        + (worst.isEmpty() ? "" : ", most at " + worst + " (" + percent(most) + ")");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }

  private static String percent(double part) {
    return part == 0 ? "0 %" : String.format(Locale.ROOT, "%.3g %%", 100 * part);
  }
}
