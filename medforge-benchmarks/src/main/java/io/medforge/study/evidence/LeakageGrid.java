package io.medforge.study.evidence;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.study.Grid;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What leaves the hospitals, attacked: one line per kind of artefact and guarantee. */
final class LeakageGrid {
  private static final int DECIMALS = 3;

  private LeakageGrid() {}

  /**
   * The table.
   *
   * @param details of a suite; its {@code leakage} has one entry per artefact, guarantee and
   *     hospital
   * @return nothing where nothing was attacked
   */
  static Optional<Grid> of(JsonNode details) {
    Map<String, List<JsonNode>> lines = new LinkedHashMap<>();
    for (JsonNode each : details.path("leakage")) {
      String line = each.path("artefact").asText() + "/" + each.path("epsilon").asText();
      lines.computeIfAbsent(line, key -> new ArrayList<>()).add(each);
    }
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Grid(
            List.of(
                "what leaves",
                "epsilon",
                "worst hospital, its strongest attack",
                "AUC (95 %)",
                "most members found at 1 % false alarms (95 %)",
                "AUC, mean of hospitals",
                "verdicts",
                "certificates"),
            lines.values().stream().map(LeakageGrid::line).toList()));
  }

  private static List<String> line(List<JsonNode> hospitals) {
    JsonNode worst = hospitals.get(0);
    BigDecimal sum = BigDecimal.ZERO;
    for (JsonNode each : hospitals) {
      sum = sum.add(auc(each));
      worst = auc(each).compareTo(auc(worst)) > 0 ? each : worst;
    }
    return List.of(
        worst.path("artefact").asText(),
        worst.path("epsilon").isNumber()
            ? worst.path("epsilon").decimalValue().stripTrailingZeros().toPlainString()
            : "none",
        worst.path("centre").asText() + ", " + worst.path("attack").asText(),
        EvidenceMarkdown.interval(worst.path("auc")),
        mostFound(hospitals),
        sum.divide(BigDecimal.valueOf(hospitals.size()), DECIMALS, RoundingMode.HALF_EVEN)
            .toString(),
        counted(hospitals, "verdict"),
        counted(hospitals, "level"));
  }

  private static BigDecimal auc(JsonNode hospital) {
    return new BigDecimal(hospital.path("auc").path("value").asText());
  }

  /** For example "2 PASS, 1 FAIL", in order of name. */
  private static String counted(List<JsonNode> hospitals, String field) {
    SortedMap<String, Integer> counts = new TreeMap<>();
    hospitals.forEach(each -> counts.merge(each.path(field).asText(), 1, Integer::sum));
    List<String> parts = new ArrayList<>();
    counts.forEach((value, count) -> parts.add(count + " " + value));
    return String.join(", ", parts);
  }

  /** The greatest share of any hospital; a hospital with too few strangers has none. */
  private static String mostFound(List<JsonNode> hospitals) {
    JsonNode most = null;
    for (JsonNode each : hospitals) {
      JsonNode found = each.path("mostFoundAtOnePercent");
      if (found.isObject()
          && (most == null
              || found.path("value").decimalValue().compareTo(most.path("value").decimalValue())
                  > 0)) {
        most = found;
      }
    }
    return most == null ? "-" : EvidenceMarkdown.interval(most);
  }
}
