package io.medforge.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FinalTableTest {
  private final Cohort cohort = WisconsinData.embedded();
  private final Standardization scale = Standardization.of(cohort);

  @Test
  void everyMethodIsScoredPerHospitalAndOverall() {
    FinalTable table = FinalTable.open(methods(), test(), 1);
    assertThat(table.rows()).hasSize(5);
    FinalTable.Row radius = table.rows().get(1);
    Score east = radius.hospitals().get("east");
    Score west = radius.hospitals().get("west");
    assertThat(east.patients() + west.patients()).isEqualTo(radius.overall().patients());
    assertThat(radius.overall().accuracy())
        .isEqualTo((east.accuracy() * 100 + west.accuracy() * 60) / 160);
    assertThat(radius.overall().accuracyInterval().low()).isLessThan(radius.overall().accuracy());
    assertThat(radius.overall().auc()).isBetween(0.9, 1.0);
  }

  @Test
  void mixtureMeetsTheBestPluginByAccuracy() {
    FinalTable.Comparison comparison = FinalTable.open(methods(), test(), 1).comparison();
    assertThat(comparison.first().method().name()).isEqualTo("mixture");
    assertThat(comparison.second().method().name()).isEqualTo("radius");
    assertThat(comparison.mcnemar()).isEqualTo(new McNemarTest(0, 0));
    assertThat(comparison.mcnemar().pValue()).isEqualTo(1);
  }

  @Test
  void aTableNeedsItsMixtureAndAPlugin() {
    List<Method> noMixture = methods();
    noMixture.removeIf(method -> method.kind() == Method.Kind.MIXTURE);
    assertThatThrownBy(() -> FinalTable.open(noMixture, test(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MIXTURE, found none");
    List<Method> noPlugin = methods();
    noPlugin.removeIf(method -> method.kind() == Method.Kind.PLUGIN);
    assertThatThrownBy(() -> FinalTable.open(noPlugin, test(), 1))
        .hasMessageContaining("PLUGIN, found none");
    List<Method> twoMixtures = methods();
    twoMixtures.add(method("another", Method.Kind.MIXTURE, 1));
    assertThatThrownBy(() -> FinalTable.open(twoMixtures, test(), 1))
        .hasMessageContaining("MIXTURE, found more");
  }

  @Test
  void notesSayReachedOrMissed() {
    StudyFacts facts = new StudyFacts(new TreeMap<>(), 96, 0.1, 0.15, 0, 1e-7, true);
    assertThat(ReportNotes.of(FinalTable.open(methods(), test(), 1), facts))
        .anyMatch(note -> note.contains("best single plugin\" (overall accuracy): reached"))
        .anyMatch(note -> note.contains("under 5 % of FedAvg's bytes\": reached"))
        .anyMatch(note -> note.contains("within the aim"))
        .anyMatch(note -> note.contains("byte for byte"))
        .noneMatch(note -> note.contains("settled on one plugin"))
        .noneMatch(note -> note.contains("easier than patients"));

    List<Method> poor = methods();
    poor.removeIf(method -> method.kind() == Method.Kind.MIXTURE);
    poor.add(
        new Method(
            "poor mixture",
            Method.Kind.MIXTURE,
            inputs -> new double[inputs.length],
            new Traffic(1000, 1000, 1, false)));
    assertThat(
            ReportNotes.of(
                FinalTable.open(poor, test(), 1),
                new StudyFacts(new TreeMap<>(Map.of("a/b:1", 1.0)), 96, 0.1, 0.3, 0, 1e-3, false)))
        .anyMatch(note -> note.contains("best single plugin\" (overall accuracy): MISSED"))
        .anyMatch(note -> note.contains("under 5 % of FedAvg's bytes\": MISSED"))
        .anyMatch(note -> note.contains("MISSING the aim"))
        .anyMatch(note -> note.contains("a/b:1 1.000. It has settled on one plugin"))
        .anyMatch(note -> note.contains("easier than patients"))
        .anyMatch(note -> note.contains("a defect"));
  }

  private List<Method> methods() {
    List<Method> methods = new ArrayList<>();
    methods.add(method("fractal dimension", Method.Kind.PLUGIN, 9));
    methods.add(method("radius", Method.Kind.PLUGIN, 0));
    methods.add(
        new Method(
            "average",
            Method.Kind.FEDAVG,
            inputs -> scores(inputs, 0),
            new Traffic(5000, 5000, 20, false)));
    methods.add(
        new Method(
            "fusion",
            Method.Kind.FUSION,
            inputs -> scores(inputs, 0),
            new Traffic(100, 100, 1, false)));
    methods.add(
        new Method(
            "mixture",
            Method.Kind.MIXTURE,
            inputs -> scores(inputs, 0),
            new Traffic(100, 200, 1, false)));
    return methods;
  }

  private static Method method(String name, Method.Kind kind, int measurement) {
    return new Method(name, kind, inputs -> scores(inputs, measurement), Traffic.NONE);
  }

  private static double[] scores(float[][] inputs, int measurement) {
    double[] scores = new double[inputs.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = 1 / (1 + StrictMath.exp(-inputs[i][measurement]));
    }
    return scores;
  }

  private SealedTest test() {
    SortedMap<String, Cohort> cohorts = new TreeMap<>();
    cohorts.put("east", cohort.select(IntStream.range(0, 100).boxed().toList()));
    cohorts.put("west", cohort.select(IntStream.range(300, 360).boxed().toList()));
    return new SealedTest(cohorts, scale);
  }
}
