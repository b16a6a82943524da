package io.medforge.cli.centre;

import io.medforge.cli.ProgressDisplay;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.branch.LoraTraining;
import io.medforge.plugin.branch.PrivateTraining;
import io.medforge.plugin.branch.Trained;
import io.medforge.plugin.branch.TrainingControl;
import io.medforge.plugin.branch.TrainingData;
import io.medforge.plugin.branch.TrainingListener;
import io.medforge.plugin.branch.TrainingReport;
import io.medforge.plugin.privacy.PrivacyLedger;
import io.medforge.plugin.privacy.PrivacyLoss;
import io.medforge.plugin.privacy.PrivacyRelease;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.runtime.djl.Network;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One training of a branch, with or without privacy. */
final class BranchTraining {
  private static final String MODULE = " module";

  private final Network network;
  private final PluginId plugin;
  private final LabelSpace labels;
  private final TrainingPlan plan;
  private final TrainCommand.Rows rows;
  private final Optional<Path> checkpoint;

  BranchTraining(
      Network network,
      PluginId plugin,
      LabelSpace labels,
      TrainingPlan plan,
      TrainCommand.Rows rows,
      Optional<Path> checkpoint) {
    this.network = network;
    this.plugin = plugin;
    this.labels = labels;
    this.plan = plan;
    this.rows = rows;
    this.checkpoint = checkpoint;
  }

  /** What came of it. */
  record Result(
      PluginModule module,
      TrainingPlan plan,
      Optional<Spending> spending,
      List<BranchRecord.Epoch> epochs,
      int bestEpoch) {}

  Result plainly(ProgressDisplay progress) {
    List<Integer> validation = rows.split().validation();
    TrainingData data = training();
    if (!validation.isEmpty()) {
      data = data.validatedOn(rows.inputs(validation), rows.classes(validation));
    }
    TrainingControl control = TrainingControl.none().listener(showing(progress));
    if (checkpoint.isPresent()) {
      control = control.checkpoint(checkpoint.get());
    }
    Trained<PluginModule> trained = plan.training(network, plugin, labels).train(data, control);
    TrainingReport report = trained.report();
    return new Result(
        trained.value(), plan, Optional.empty(), BranchRecord.epochs(report), report.bestEpoch());
  }

  /** The ledger is asked before a patient is touched, and written before anything is shown. */
  Result privately(PrivacyOptions privacy, ProgressDisplay progress) {
    int size = rows.split().training().size();
    PrivacyLoss guarantee = privacy.guarantee(size);
    LoraTraining training = plan.training(network, plugin, labels);
    SampledGaussian within = noise(training, guarantee, size);
    PrivacyLedger ledger = privacy.ledger(plugin.centre(), guarantee.delta());
    requireNew(ledger, plugin + MODULE);
    ledger.requireWithin(privacy.cohort(), List.of(within));
    PrivateTraining.Released released =
        privately(training, within.noiseMultiplier(), privacy.clip())
            .build()
            .train(training(), TrainingControl.none().listener(showing(progress)));
    ledger.record(
        new PrivacyRelease(
            plugin + MODULE,
            privacy.cohort(),
            released.module().digest(),
            List.of(released.spent())));
    return new Result(
        released.module(),
        plan,
        Optional.of(
            new Spending(
                guarantee,
                released.clipNorm(),
                List.of(released.spent()),
                privacy.ledgerPath().toString(),
                privacy.cohort())),
        new ArrayList<>(),
        plan.epochs());
  }

  /** A private training as the command does it, also for the audit's shadows. */
  static PrivateTraining.Builder privately(LoraTraining training, double sigma, double clip) {
    return PrivateTraining.of(training, sigma).clipNorm(clip);
  }

  /** Refuses a name that the ledger knows, before there is a module that could not be recorded. */
  static void requireNew(PrivacyLedger ledger, String release) {
    if (ledger.releases().stream().anyMatch(each -> each.name().equals(release))) {
      throw new IllegalArgumentException(
          "expected a release that the ledger does not know yet, found "
              + release
              + ": give the module another version");
    }
  }

  /** The least noise: sampling rate and steps do not depend on it. */
  private static SampledGaussian noise(LoraTraining training, PrivacyLoss guarantee, int rows) {
    SampledGaussian any = PrivateTraining.of(training, 1).build().spentOn(rows);
    return SampledGaussian.within(any.samplingRate(), any.steps(), guarantee);
  }

  private TrainingData training() {
    List<Integer> training = rows.split().training();
    return TrainingData.of(rows.inputs(training), rows.classes(training));
  }

  private static TrainingListener showing(ProgressDisplay display) {
    List<String> validation = new ArrayList<>(List.of(""));
    return step -> {
      step.validation()
          .ifPresent(
              found ->
                  validation.set(
                      0,
                      String.format(
                          Locale.ROOT,
                          ", validation %.3f (%.1f %% right)",
                          found.loss(),
                          100 * found.accuracy())));
      display.at(
          (int) step.step(),
          (int) step.steps(),
          String.format(
              Locale.ROOT,
              "epoch %d of %d, loss %.3f%s, %s left",
              step.epoch(),
              step.epochs(),
              step.loss(),
              validation.get(0),
              TimeInWords.of(step.left())));
    };
  }
}
