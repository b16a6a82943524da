package io.medforge.study;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.merge.MergeRecord;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/** A study as JSON. */
final class ReportJson {
  private static final int DECIMALS = 6;

  private ReportJson() {}

  static ObjectNode of(
      StudySetting setting,
      FinalTable table,
      StudyFacts facts,
      List<String> notes,
      MergeRecord.Environment environment) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("study", "wisconsin-three-hospitals").put("seed", setting.seed());
    ArrayNode lines = json.putArray("setting");
    setting.lines().forEach(lines::add);
    hospitals(setting.split(), json.putArray("hospitals"));
    ArrayNode methods = json.putArray("methods");
    table.rows().forEach(row -> method(row, methods.addObject()));
    comparison(table.comparison(), json.putObject("mixtureAgainstBestPlugin"));
    ObjectNode weights = json.putObject("gateWeights");
    facts.gateWeights().forEach((plugin, weight) -> weights.put(plugin, rounded(weight)));
    json.put("gateExamples", facts.gateExamples())
        .put("fittedGateLogLossSynthetic", rounded(facts.syntheticLogLoss()))
        .put("fittedGateLogLossTraining", rounded(facts.trainingLogLoss()));
    json.put("fusionDiscardedEnergy", rounded(facts.fusionDiscarded()));
    json.put("orderFree", facts.orderFree());
    ArrayNode texts = json.putArray("notes");
    notes.forEach(texts::add);
    json.putObject("environment")
        .put("library", environment.library())
        .put("jvm", environment.jvm())
        .put("os", environment.os())
        .put("arch", environment.arch());
    return json;
  }

  private static void hospitals(StudySplit split, ArrayNode json) {
    for (HospitalCohort hospital : split.hospitals()) {
      int[] tested = split.test().counts(hospital.profile().name());
      json.addObject()
          .put("name", hospital.profile().name())
          .put("kind", hospital.profile().kind())
          .put("train", hospital.training().size())
          .put("trainMalignant", hospital.training().malignant())
          .put("test", tested[0])
          .put("testMalignant", tested[1]);
    }
  }

  private static void method(FinalTable.Row row, ObjectNode json) {
    Method method = row.method();
    json.put("name", method.name()).put("kind", method.kind().name());
    json.put("bytesUp", method.traffic().up())
        .put("bytesDown", method.traffic().down())
        .put("rounds", method.traffic().rounds())
        .put("patientRowsLeave", method.traffic().patientRows());
    ObjectNode hospitals = json.putObject("hospitals");
    row.hospitals().forEach((hospital, score) -> score(score, hospitals.putObject(hospital)));
    score(row.overall(), json.putObject("overall"));
  }

  private static void score(Score score, ObjectNode json) {
    json.put("patients", score.patients())
        .put("accuracy", rounded(score.accuracy()))
        .put("auc", rounded(score.auc()))
        .put("logLoss", rounded(score.logLoss()))
        .put("sensitivity", rounded(score.sensitivity()))
        .put("specificity", rounded(score.specificity()));
    interval(score.accuracyInterval(), json.putArray("accuracyInterval"));
    interval(score.aucInterval(), json.putArray("aucInterval"));
  }

  private static void comparison(FinalTable.Comparison comparison, ObjectNode json) {
    json.put("bestPlugin", comparison.second().method().name())
        .put("onlyMixtureRight", comparison.mcnemar().onlyFirst())
        .put("onlyPluginRight", comparison.mcnemar().onlySecond())
        .put("mcnemarP", rounded(comparison.mcnemar().pValue()));
    interval(comparison.accuracyDifference(), json.putArray("accuracyDifferenceInterval"));
    interval(comparison.aucDifference(), json.putArray("aucDifferenceInterval"));
  }

  private static void interval(Bootstrap.Interval interval, ArrayNode json) {
    json.add(rounded(interval.low())).add(rounded(interval.high()));
  }

  /** As a decimal, so that it is written alike on every JDK. */
  private static BigDecimal rounded(double value) {
    return new BigDecimal(value).setScale(DECIMALS, RoundingMode.HALF_EVEN);
  }
}
