package io.medforge.cli;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.plugin.PluginModule;
import io.medforge.study.Grid;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A merged adapter's card as Hugging Face reads it, written from the merge record alone. What the
 * record does not know, the card calls unknown.
 *
 * @param record of the fusion
 * @param plugins what was fused
 * @param heads what was kept apart
 */
record ModelCard(MergeRecord record, List<PluginModule> plugins, KeptHeads heads) {
  private static final String UNKNOWN = "unknown";

  /** The card. */
  String toMarkdown() {
    StringBuilder card = new StringBuilder();
    frontMatter(card);
    card.append("\n# A merge of ").append(record.parents().size()).append(" adapters\n\n");
    card.append("A LoRA adapter for `").append(code(record.base().name())).append("`, merged by ");
    card.append("MedForge with `").append(record.strategy()).append("`. The same recipe on the ");
    card.append("same adapters gives the same bytes:\n\n");
    card.append("    medforge fuse --recipe ").append(FuseCommand.RECIPE).append(" -o OUT\n");
    section(card, "Parents", parents().toMarkdown());
    section(card, "Method", method().toMarkdown());
    section(card, "What the merge kept", layers().toMarkdown());
    card.append("\n*Energy* is the squared norm of the exact merge, *discarded* the part of it ");
    card.append("that this adapter's rank leaves out.\n");
    points(card, "Kept apart, not merged", heads.lines());
    points(card, "Notes", record.remarks());
    unknown(card);
    return card.toString();
  }

  private void frontMatter(StringBuilder card) {
    Set<String> tags = new LinkedHashSet<>(List.of("lora", "merge", "medforge"));
    tags.add(record.strategy());
    card.append("---\nbase_model: ").append(yaml(record.base().name()));
    card.append("\nbase_model_relation: adapter\nlibrary_name: peft\ntags:\n");
    tags.forEach(tag -> card.append("- ").append(yaml(tag)).append('\n'));
    card.append("---\n");
  }

  private Grid parents() {
    Map<String, String> licences = new TreeMap<>();
    plugins.forEach(
        plugin ->
            licences.put(
                plugin.id().toString(),
                plugin.provenance().facts().getOrDefault("license", UNKNOWN)));
    List<List<String>> rows = new ArrayList<>();
    for (MergeRecord.Parent parent : record.parents()) {
      rows.add(
          List.of(
              cell(parent.id().toString()),
              record.coefficients().map(used -> weight(used, parent)).orElse("-"),
              cell(licences.getOrDefault(parent.id().toString(), UNKNOWN)),
              "`" + parent.digest() + "`"));
    }
    return new Grid(List.of("plugin", "weight", "licence", "digest"), rows);
  }

  private static String weight(Coefficients used, MergeRecord.Parent parent) {
    return used instanceof Coefficients.PerPlugin weights
        ? number(weights.of(parent.id(), ""))
        : "per layer";
  }

  private Grid method() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("strategy", cell(record.strategy())));
    record.parameters().forEach((name, value) -> rows.add(List.of(cell(name), cell(value))));
    record.seed().ifPresent(seed -> rows.add(List.of("seed", Long.toString(seed))));
    rows.add(
        List.of("base digest", record.base().digest().map(d -> "`" + d + "`").orElse(UNKNOWN)));
    rows.add(List.of("result", "`" + record.result() + "`"));
    return new Grid(List.of("setting", "value"), rows);
  }

  private Grid layers() {
    List<List<String>> rows = new ArrayList<>();
    record
        .layers()
        .forEach(
            (name, layer) ->
                rows.add(
                    List.of(
                        cell(name),
                        layer.rank() == 0 ? "dense" : Long.toString(layer.rank()),
                        number(layer.energy()),
                        percent(layer.discardedEnergy()))));
    return new Grid(List.of("layer", "rank", "energy", "discarded"), rows);
  }

  private void unknown(StringBuilder card) {
    card.append("\n## Unknown\n\nThe record does not say, and MedForge has not checked:\n\n");
    card.append("* what data the parents were trained on, and whether this merge may be published");
    card.append(" under any one licence;\n");
    card.append("* how well the merged adapter does on any task: evaluate it before use;\n");
    card.append("* whether it is fit for clinical use. It is no medical device.\n");
  }

  private static void section(StringBuilder card, String heading, String table) {
    card.append("\n## ").append(heading).append("\n\n").append(table);
  }

  private static void points(StringBuilder card, String heading, List<String> points) {
    if (!points.isEmpty()) {
      card.append("\n## ").append(heading).append("\n\n");
      points.forEach(point -> card.append("* ").append(cell(point)).append('\n'));
    }
  }

  /** Within a table, with nothing that Markdown or HTML would act on. */
  private static String cell(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replaceAll("([\\\\`*_\\[\\]|#!~])", "\\\\$1")
        .replaceAll("\\s+", " ");
  }

  private static String code(String text) {
    return text.replace('`', '\'').replaceAll("\\s+", " ");
  }

  /** A JSON string is a YAML string. */
  private static String yaml(String text) {
    return RecipeWriter.quoted(text);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }

  private static String percent(double part) {
    return part == 0 ? "0 %" : String.format(Locale.ROOT, "%.3g %%", 100 * part);
  }
}
