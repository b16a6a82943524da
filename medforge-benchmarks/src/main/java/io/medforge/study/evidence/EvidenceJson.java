package io.medforge.study.evidence;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.function.Function;

/** Suites as JSON: numbers to six decimals, so that they are written alike on every JDK. */
public final class EvidenceJson {
  private static final int DECIMALS = 6;

  private EvidenceJson() {}

  /**
   * The whole study.
   *
   * @param suites what was run
   * @return {@code suites.<name>}; a new tree
   */
  public static ObjectNode of(List<EvidenceSuite> suites) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("study", "medforge-evidence");
    ObjectNode all = json.putObject("suites");
    suites.forEach(suite -> suite(suite, all.putObject(suite.name())));
    return json;
  }

  /**
   * A number as it is written.
   *
   * @param value finite
   * @return six decimals, half to even
   */
  public static BigDecimal rounded(double value) {
    return new BigDecimal(value).setScale(DECIMALS, RoundingMode.HALF_EVEN);
  }

  private static void suite(EvidenceSuite suite, ObjectNode json) {
    json.put("title", suite.title());
    suite.setting().forEach(json.putArray("setting")::add);
    suite.notes().forEach(json.putArray("notes")::add);
    ObjectNode patients = json.putObject("testPatients");
    EvidenceTable table = suite.table();
    for (int c = 0; c < table.centres().size(); c++) {
      patients.put(table.centres().get(c), table.rows().get(0).answers().get(0).get(c).size());
    }
    ArrayNode order = json.putArray("methodsInOrder");
    table.rows().forEach(row -> order.add(row.entrant().name()));
    ObjectNode methods = json.putObject("methods");
    table.rows().forEach(row -> method(row, table.centres(), methods));
    ArrayNode comparisons = json.putArray("comparisons");
    suite.comparisons().forEach(each -> comparison(each, comparisons.addObject()));
    ArrayNode goals = json.putArray("goals");
    suite
        .goals()
        .forEach(
            goal ->
                goals
                    .addObject()
                    .put("aim", goal.aim())
                    .put("reached", goal.reached())
                    .put("measured", goal.measured()));
    json.set("details", suite.details());
  }

  private static void method(EvidenceTable.Row row, List<String> centres, ObjectNode methods) {
    Entrant entrant = row.entrant();
    ObjectNode json = methods.putObject(entrant.name());
    json.put("group", entrant.group())
        .put("seeds", entrant.bySeed().size())
        .put("bytesUp", entrant.cost().up())
        .put("bytesDown", entrant.cost().down())
        .put("rounds", entrant.cost().rounds())
        .put("patientRowsLeave", entrant.cost().patientRows());
    quantities(json.putObject("meanOfCentres"), row::meanOfCentres);
    quantities(json.putObject("worstCentre"), row::worstCentre);
    quantities(json.putObject("pooled"), row::pooled);
    ObjectNode perCentre = json.putObject("perCentre");
    centres.forEach(
        centre -> quantities(perCentre.putObject(centre), quantity -> row.at(quantity, centre)));
  }

  private static void quantities(ObjectNode json, Function<Quantity, Estimate> values) {
    for (Quantity quantity : Quantity.values()) {
      estimate(values.apply(quantity), json.putObject(quantity.key()));
    }
  }

  private static void comparison(EvidenceTable.Comparison comparison, ObjectNode json) {
    json.put("first", comparison.first()).put("second", comparison.second());
    estimate(comparison.meanAccuracy(), json.putObject("meanOfCentresAccuracyDifference"));
    estimate(comparison.pooledAccuracy(), json.putObject("pooledAccuracyDifference"));
    estimate(comparison.meanAuc(), json.putObject("meanOfCentresAucDifference"));
    estimate(comparison.pooledAuc(), json.putObject("pooledAucDifference"));
    json.put("onlyFirstRight", comparison.mcnemar().onlyFirst())
        .put("onlySecondRight", comparison.mcnemar().onlySecond())
        .put("mcnemarP", rounded(comparison.mcnemar().pValue()));
  }

  private static void estimate(Estimate estimate, ObjectNode json) {
    number(json, "value", estimate.value());
    number(json, "low", estimate.low());
    number(json, "high", estimate.high());
  }

  private static void number(ObjectNode json, String key, double value) {
    if (Double.isNaN(value)) {
      json.putNull(key);
    } else {
      json.put(key, rounded(value));
    }
  }
}
