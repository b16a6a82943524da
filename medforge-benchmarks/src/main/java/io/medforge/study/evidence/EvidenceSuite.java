package io.medforge.study.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A suite that has been run. Everything follows from the data and the seeds.
 *
 * @param name as {@code study.json} calls it
 * @param title for readers
 * @param lead one paragraph: whose patients, which question
 * @param setting one fact a line: how it was done
 * @param table what was measured
 * @param comparisons paired, on the same patients
 * @param goals what was to be shown
 * @param notes what a reader must know beside the numbers
 * @param exhibits the figures
 * @param details whatever else was measured, for programs
 */
public record EvidenceSuite(
    String name,
    String title,
    String lead,
    List<String> setting,
    EvidenceTable table,
    List<EvidenceTable.Comparison> comparisons,
    List<Goal> goals,
    List<String> notes,
    List<Exhibit> exhibits,
    ObjectNode details) {
  /** Copies the lists. */
  public EvidenceSuite {
    setting = List.copyOf(setting);
    comparisons = List.copyOf(comparisons);
    goals = List.copyOf(goals);
    notes = List.copyOf(notes);
    exhibits = List.copyOf(exhibits);
  }
}
