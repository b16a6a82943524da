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
 * A merged adapter's or model's card as Hugging Face reads it, written from the merge record alone.
 * What the record does not know, the card calls unknown.
 *
 * @param record of the fusion
 * @param subject what the card is of
 * @param plugins the adapters that were fused, whose licences it tells
 * @param keptApart what was kept apart
 */
record ModelCard(
    MergeRecord record, Subject subject, List<PluginModule> plugins, List<String> keptApart) {
  private static final String UNKNOWN = "unknown";

  /**
   * What a card is of.
   *
   * @param title its heading
   * @param made what was made by MedForge, such as "a LoRA adapter for `base`, merged"
   * @param relation Hugging Face's word for the relation to the base
   * @param library what loads it, or blank
   * @param repeat the command that makes it again
   */
  record Subject(String title, String made, String relation, String library, String repeat) {}

  /** The card of an adapter that was fused of others. */
  static ModelCard ofFusion(MergeRecord record, List<PluginModule> plugins, KeptHeads heads) {
    String base = code(record.base().name());
    Subject subject =
        new Subject(
            "A merge of " + record.parents().size() + " adapters",
            "A LoRA adapter for `" + base + "`, merged",
            "adapter",
            "peft",
            "medforge fuse --recipe " + FuseCommand.RECIPE + " -o OUT");
    return new ModelCard(record, subject, plugins, heads.lines());
  }

  /** The card of a whole model. */
  static ModelCard ofModel(MergeRecord record, List<PluginModule> adapters) {
    boolean models = adapters.isEmpty();
    String base = code(record.base().name());
    Subject subject =
        new Subject(
            "A merge of "
                + record.parents().size()
                + (models ? " models" : " adapters and a model"),
            "A model in the form of `" + base + "`, merged",
            "merge",
            "",
            "medforge fuse --recipe " + FuseCommand.RECIPE + " -o OUT");
    return new ModelCard(record, subject, adapters, List.of());
  }

  /** The card of an adapter that was extracted from a model. */
  static ModelCard ofExtraction(MergeRecord record) {
    String base = code(record.base().name());
    Subject subject =
        new Subject(
            "An extracted adapter",
            "A LoRA adapter for `" + base + "`, extracted from a trained model",
            "adapter",
            "peft",
            "medforge extract --recipe " + FuseCommand.RECIPE + " -o OUT");
    return new ModelCard(record, subject, List.of(), List.of());
  }

  /** The card. */
  String toMarkdown() {
    StringBuilder card = new StringBuilder();
    frontMatter(card);
    card.append("\n# ").append(subject.title()).append("\n\n").append(subject.made());
    card.append(" by MedForge with `").append(record.strategy()).append("`. The same recipe on ");
    card.append("the same inputs gives the same bytes:\n\n    ").append(subject.repeat());
    card.append('\n');
    section(card, "Parents", parents().toMarkdown());
    section(card, "Method", method().toMarkdown());
    if (!record.layers().isEmpty()) {
      section(card, "What the merge kept", layers().toMarkdown());
      card.append("\n*Energy* is the squared norm of the exact merge, *discarded* the part of it ");
      card.append("that this adapter's rank leaves out.\n");
    }
    points(card, "Kept apart, not merged", keptApart);
    points(card, "Notes", record.remarks());
    unknown(card);
    return card.toString();
  }

  private void frontMatter(StringBuilder card) {
    boolean peft = !subject.library().isEmpty();
    Set<String> tags = new LinkedHashSet<>(peft ? List.of("lora") : List.of());
    tags.addAll(List.of("merge", "medforge"));
    tags.add(record.strategy());
    card.append("---\nbase_model: ").append(yaml(record.base().name()));
    card.append("\nbase_model_relation: ").append(subject.relation());
    card.append(peft ? "\nlibrary_name: " + subject.library() : "").append("\ntags:\n");
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
    card.append("* how well the result does on any task: evaluate it before use;\n");
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
