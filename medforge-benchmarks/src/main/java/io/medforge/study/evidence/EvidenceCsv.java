package io.medforge.study.evidence;

import io.medforge.study.Answers;
import java.util.List;

/**
 * Suites as comma-separated tables. Names hold no quotation marks; fields with commas are quoted.
 */
public final class EvidenceCsv {
  private EvidenceCsv() {}

  /**
   * Every value, one a line.
   *
   * @param suites what was run
   * @return a table with a header
   */
  public static String values(List<EvidenceSuite> suites) {
    StringBuilder csv = new StringBuilder("suite,method,scope,quantity,value,low,high\n");
    for (EvidenceSuite suite : suites) {
      for (EvidenceTable.Row row : suite.table().rows()) {
        for (Quantity quantity : Quantity.values()) {
          String start = suite.name() + "," + quoted(row.entrant().name()) + ",";
          String end = "," + quantity.key() + ",";
          for (String centre : suite.table().centres()) {
            csv.append(start).append(centre).append(end).append(line(row.at(quantity, centre)));
          }
          csv.append(start).append("meanOfCentres").append(end);
          csv.append(line(row.meanOfCentres(quantity)));
          csv.append(start).append("worstCentre").append(end);
          csv.append(line(row.worstCentre(quantity)));
          csv.append(start).append("pooled").append(end).append(line(row.pooled(quantity)));
        }
      }
    }
    return csv.toString();
  }

  /**
   * Every method's answer to every test patient: a patient is a place in the centre's test rows, in
   * the split's order.
   *
   * @param suites what was run
   * @return a table with a header; {@code finding} is 1 for patients with the finding
   */
  public static String predictions(List<EvidenceSuite> suites) {
    StringBuilder csv = new StringBuilder("suite,method,run,centre,patient,finding,probability\n");
    for (EvidenceSuite suite : suites) {
      for (EvidenceTable.Row row : suite.table().rows()) {
        for (int run = 0; run < row.answers().size(); run++) {
          for (int c = 0; c < suite.table().centres().size(); c++) {
            String start =
                suite.name()
                    + ","
                    + quoted(row.entrant().name())
                    + ","
                    + run
                    + ","
                    + suite.table().centres().get(c)
                    + ",";
            answers(row.answers().get(run).get(c), start, csv);
          }
        }
      }
    }
    return csv.toString();
  }

  private static void answers(Answers answers, String start, StringBuilder csv) {
    for (int i = 0; i < answers.size(); i++) {
      csv.append(start)
          .append(i)
          .append(answers.diagnosis(i) == 0 ? ",1," : ",0,")
          .append(EvidenceJson.rounded(answers.score(i)))
          .append('\n');
    }
  }

  private static String line(Estimate estimate) {
    return number(estimate.value())
        + ","
        + number(estimate.low())
        + ","
        + number(estimate.high())
        + "\n";
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : EvidenceJson.rounded(value).toString();
  }

  private static String quoted(String field) {
    return field.indexOf(',') < 0 ? field : '"' + field + '"';
  }
}
