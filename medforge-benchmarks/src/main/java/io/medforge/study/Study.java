package io.medforge.study;

import io.medforge.forge.Contribution;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The multi-centre study: deals out the patients, trains, merges, and only then opens the test.
 *
 * <p>The order is the method: {@link Trained#train} and {@link Merges#of} take training patients
 * and synthetic examples; the sealed test is handed to {@link FinalTable#open} alone, which gets
 * finished methods and gives back scores.
 */
public final class Study {
  private static final int STEPS = 8;

  private Study() {}

  /**
   * Runs the study.
   *
   * @param patients all of them
   * @param source where they come from, for the report
   * @param seed of every draw
   * @param progress is told each step
   * @return the report; equal for equal patients and seeds
   * @throws IllegalArgumentException if there are too few patients of a diagnosis, or a measurement
   *     does not vary
   * @throws IllegalStateException if training diverges or a contribution is not admitted
   */
  public static StudyReport run(Cohort patients, String source, long seed, Progress progress) {
    return run(patients, source, seed, TrainingPlan.STUDY, progress);
  }

  static StudyReport run(
      Cohort patients, String source, long seed, TrainingPlan plan, Progress progress) {
    StudySteps steps = new StudySteps(progress, STEPS);
    StudySplit split = new StudyDesign(seed).split(patients);
    Trained trained =
        Trained.train(plan, seed, split.publicShare(), split.scale(), split.hospitals(), steps);
    try (StudyRuntimes runtimes = StudyRuntimes.open(trained)) {
      steps.next("merging");
      Merges merges = Merges.of(trained.contributions(), runtimes.base());
      StudyFacts facts = facts(split, trained, merges, runtimes);
      List<Method> methods = methods(plan, trained, merges, runtimes);
      steps.next("the final table");
      FinalTable table = FinalTable.open(methods, split.test(), seed);
      return new StudyReport(
          new StudySetting(seed, source, split, plan), table, facts, modules(trained, merges));
    }
  }

  private static List<Method> methods(
      TrainingPlan plan, Trained trained, Merges merges, StudyRuntimes runtimes) {
    ModelRuntime base = runtimes.base();
    StudyTraffic traffic = StudyTraffic.of(plan, trained, merges);
    List<Method> methods = new ArrayList<>();
    methods.add(new Method("base alone", Method.Kind.BASE, Classifiers.base(base), Traffic.NONE));
    for (Contribution contribution : trained.contributions()) {
      PluginModule module = contribution.module();
      methods.add(
          new Method(
              "plugin " + module.id().centre(),
              Method.Kind.PLUGIN,
              Classifiers.plugin(base, module),
              Traffic.NONE));
    }
    methods.add(
        new Method(
            "pooled, LoRA",
            Method.Kind.POOLED,
            Classifiers.plugin(base, trained.pooledLora()),
            StudyTraffic.POOLED));
    methods.add(
        new Method(
            "pooled, all parameters",
            Method.Kind.POOLED,
            Classifiers.base(runtimes.pooled()),
            StudyTraffic.POOLED));
    methods.add(
        new Method(
            "FedAvg",
            Method.Kind.FEDAVG,
            Classifiers.base(runtimes.federated()),
            traffic.federated()));
    methods.add(
        new Method(
            "Fusion",
            Method.Kind.FUSION,
            Classifiers.plugin(base, merges.fusion().value()),
            traffic.fusion()));
    methods.add(
        new Method(
            "Mixture",
            Method.Kind.MIXTURE,
            Classifiers.mixture(base, merges.mixture().value()),
            traffic.mixture()));
    methods.add(
        new Method(
            "Mixture, fitted gate",
            Method.Kind.FITTED_MIXTURE,
            Classifiers.mixture(base, merges.fitted()),
            traffic.fitted()));
    methods.add(
        new Method(
            "Mixture, published weights",
            Method.Kind.PUBLISHED_MIXTURE,
            Classifiers.mixture(base, merges.published()),
            traffic.fitted()));
    methods.add(
        new Method(
            "Mixture, uniform gate",
            Method.Kind.UNIFORM_MIXTURE,
            Classifiers.mixture(base, merges.uniform()),
            traffic.uniform()));
    return methods;
  }

  private static StudyFacts facts(
      StudySplit split, Trained trained, Merges merges, StudyRuntimes runtimes) {
    List<PluginModule> modules = new ArrayList<>(modules(trained, merges).values());
    modules.add(trained.pooledLora());
    Classifier fitted = Classifiers.mixture(runtimes.base(), merges.fitted());
    TrainingRows synthetic =
        TrainingRows.of(trained.contributions().stream().map(Contribution::distilled).toList());
    TrainingRows training = TrainingRows.of(split.pooledTraining(), split.scale());
    return new StudyFacts(
        merges.gateWeights(),
        synthetic.size(),
        synthetic.logLoss(fitted),
        training.logLoss(fitted),
        merges.fusionDiscarded(),
        runtimes.largestDifference(modules, inputsToCompareOn(split, trained)),
        merges.orderFree());
  }

  /** Every input that is not a test patient. */
  private static List<ModelInput> inputsToCompareOn(StudySplit split, Trained trained) {
    List<ModelInput> inputs = new ArrayList<>();
    inputs.add(TrainingRows.of(split.publicShare(), split.scale()).inputs());
    split
        .hospitals()
        .forEach(
            hospital -> inputs.add(TrainingRows.of(hospital.training(), split.scale()).inputs()));
    trained.contributions().forEach(each -> inputs.add(each.distilled().inputs()));
    return inputs;
  }

  private static SortedMap<String, PluginModule> modules(Trained trained, Merges merges) {
    SortedMap<String, PluginModule> modules = new TreeMap<>();
    trained
        .contributions()
        .forEach(each -> modules.put(each.module().id().centre(), each.module()));
    modules.put("fusion", merges.fusion().value());
    return modules;
  }
}
