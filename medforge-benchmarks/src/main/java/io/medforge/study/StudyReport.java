package io.medforge.study;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.merge.MergeRecord;
import io.medforge.plugin.PluginModule;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a study found: as text for the terminal, as Markdown, as JSON. Immutable. Two reports of one
 * seed differ in nothing but the environment.
 */
public final class StudyReport {
  private final StudySetting setting;
  private final FinalTable table;
  private final StudyFacts facts;
  private final SortedMap<String, PluginModule> modules;

  StudyReport(
      StudySetting setting,
      FinalTable table,
      StudyFacts facts,
      SortedMap<String, PluginModule> modules) {
    this.setting = setting;
    this.table = table;
    this.facts = facts;
    this.modules = Collections.unmodifiableSortedMap(new TreeMap<>(modules));
  }

  /**
   * The modules of the study, for a closer look.
   *
   * @return each hospital's and the fused one by a name that suits a folder
   */
  public SortedMap<String, PluginModule> modules() {
    return modules;
  }

  FinalTable table() {
    return table;
  }

  StudyFacts facts() {
    return facts;
  }

  /**
   * For the terminal.
   *
   * @return lines of at most some 110 characters
   */
  public String toText() {
    StringBuilder text = new StringBuilder(setting.title()).append("\n\n");
    setting.lines().forEach(line -> text.append(line).append('\n'));
    text.append('\n').append(setting.patients().toText());
    section(text, "Accuracy at a threshold of 0.5 (95 % interval)", ReportGrids.accuracy(table));
    section(text, "AUC (95 % interval)", ReportGrids.auc(table));
    section(text, "Log-loss of the true diagnosis, nats", ReportGrids.logLoss(table));
    section(text, "Sensitivity and specificity, all hospitals together", ReportGrids.rates(table));
    section(text, "What was sent", ReportGrids.traffic(table));
    text.append('\n');
    notes().forEach(note -> text.append("* ").append(note).append('\n'));
    return text.toString();
  }

  /**
   * As a document.
   *
   * @return GitHub-flavoured Markdown
   */
  public String toMarkdown() {
    StringBuilder text = new StringBuilder("# ").append(setting.title()).append("\n\n");
    setting.lines().forEach(line -> text.append("- ").append(line).append('\n'));
    text.append('\n').append(setting.patients().toMarkdown());
    heading(text, "Accuracy at a threshold of 0.5 (95 % interval)", ReportGrids.accuracy(table));
    heading(text, "AUC (95 % interval)", ReportGrids.auc(table));
    heading(text, "Log-loss of the true diagnosis, nats", ReportGrids.logLoss(table));
    heading(text, "Sensitivity and specificity, all hospitals together", ReportGrids.rates(table));
    heading(text, "What was sent", ReportGrids.traffic(table));
    text.append("\n## Notes\n\n");
    notes().forEach(note -> text.append("- ").append(note).append('\n'));
    return text.toString();
  }

  /**
   * For programs. Everything but {@code environment} follows from the seed and the data.
   *
   * @param environment what it ran on
   * @return a new tree
   */
  public ObjectNode toJson(MergeRecord.Environment environment) {
    return ReportJson.of(setting, table, facts, notes(), environment);
  }

  private List<String> notes() {
    return ReportNotes.of(table, facts);
  }

  private static void section(StringBuilder text, String title, Grid grid) {
    text.append('\n').append(title).append('\n').append(grid.toText());
  }

  private static void heading(StringBuilder text, String title, Grid grid) {
    text.append("\n## ").append(title).append("\n\n").append(grid.toMarkdown());
  }
}
