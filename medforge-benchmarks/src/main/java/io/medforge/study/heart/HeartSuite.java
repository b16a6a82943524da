package io.medforge.study.heart;

import io.medforge.merge.PluginSet;
import io.medforge.study.Progress;
import io.medforge.study.evidence.ComputeTimes;
import io.medforge.study.evidence.Entrant;
import io.medforge.study.evidence.EvidenceSuite;
import io.medforge.study.evidence.EvidenceTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/**
 * The heart suite: reads the data, trains and merges on training rows, and only then opens the
 * test.
 */
public final class HeartSuite {
  /** The suite's name. */
  public static final String NAME = "heart";

  /** The name of a LoRA without a guarantee. */
  static final String LORA = "LoRA";

  private static final String ATTACKED = "cleveland";
  private static final long RESAMPLING_SEED = 42;

  private HeartSuite() {}

  /**
   * Runs the suite.
   *
   * @param data a folder that holds {@code heart-disease/}
   * @param growth simulated beside it
   * @param times gets each hospital's seconds, all seeds and both models together
   * @param progress is told each step
   * @return the table and what it shows; equal for equal data
   * @throws IllegalArgumentException if the data have another form; the message names file and line
   *     and carries no patient's value
   * @throws IllegalStateException if training diverges
   */
  public static EvidenceSuite run(
      Path data, GrowthCurve growth, ComputeTimes times, Progress progress) {
    return run(HeartData.in(data), HeartPlan.STUDY, growth, times, progress);
  }

  static EvidenceSuite run(
      HeartData data, HeartPlan plan, GrowthCurve growth, ComputeTimes times, Progress progress) {
    progress.at(0, 4, "logistic model");
    LogisticFamily logisticFamily = new LogisticFamily(plan.ridge(), HeartData.FEATURES);
    HeartMethods logistic = new HeartMethods(plan, logisticFamily, data.training(), times);
    List<Entrant> entrants = new ArrayList<>(logistic.entrants());
    progress.at(1, 4, "LoRA on a small base");
    try (LoraFamily family = new LoraFamily(HeartData.FEATURES)) {
      entrants.addAll(new HeartMethods(plan, family, data.training(), times).entrants());
      progress.at(2, 4, "differential privacy");
      entrants.addAll(new PrivacyMethods(plan, family, data.training()).entrants());
      List<HeartLeakage.Attack> attacks = attacks(data, plan, logisticFamily, family);
      progress.at(3, 4, "the final table");
      EvidenceTable table = EvidenceTable.open(entrants, data.test(), RESAMPLING_SEED);
      return HeartReport.of(data, plan, table, facts(logistic, plan, attacks, growth));
    }
  }

  private static Facts facts(
      HeartMethods logistic,
      HeartPlan plan,
      List<HeartLeakage.Attack> attacks,
      GrowthCurve growth) {
    SeedRun first = logistic.first();
    return new Facts(
        logistic.ownWeights(),
        first.plugins(),
        attacks,
        growth,
        HeartHistory.of(first, logistic.runtime(), plan));
  }

  /**
   * Membership attacks on what leaves the largest hospital, and on the others' logistic plugins.
   */
  private static List<HeartLeakage.Attack> attacks(
      HeartData data, HeartPlan plan, LogisticFamily logistic, LoraFamily lora) {
    HeartLeakage leakage = new HeartLeakage(plan, data.training());
    List<HeartLeakage.Attack> attacks = new ArrayList<>();
    for (String centre : List.of("cleveland", "hungarian", "va")) {
      attacks.addAll(leakage.attack("logistic", centre, logistic, logistic::train));
    }
    attacks.addAll(leakage.attack(LORA, ATTACKED, lora, lora::train));
    for (double epsilon : PrivacyMethods.EPSILONS) {
      attacks.addAll(
          leakage.attack(
              guaranteed(epsilon),
              ATTACKED,
              lora,
              (id, rows, seed) -> lora.trainPrivately(id, rows, epsilon, seed)));
    }
    return attacks;
  }

  /** The name of a LoRA with a guarantee, as {@link HeartLeakage.Attack#artefact} has it. */
  static String guaranteed(double epsilon) {
    return String.format(Locale.ROOT, "LoRA, epsilon %.0f", epsilon);
  }

  /**
   * What the report says beside the table.
   *
   * @param ownWeights each hospital's own weight of each plugin's centre
   * @param plugins the logistic ones
   * @param attacks what was tried on what leaves
   * @param growth with simulated hospitals
   * @param history of the logistic model, as hospitals join
   */
  record Facts(
      SortedMap<String, SortedMap<String, Double>> ownWeights,
      PluginSet plugins,
      List<HeartLeakage.Attack> attacks,
      GrowthCurve growth,
      HeartHistory history) {}
}
