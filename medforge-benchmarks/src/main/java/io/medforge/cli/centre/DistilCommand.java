package io.medforge.cli.centre;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.cli.ProgressDisplay;
import io.medforge.cli.forge.Printing;
import io.medforge.plugin.branch.Distillation;
import io.medforge.plugin.branch.DistillationListener;
import io.medforge.plugin.branch.DistilledQuality;
import io.medforge.plugin.branch.ImageAugmentation;
import io.medforge.plugin.branch.PrivateDistillation;
import io.medforge.plugin.privacy.PrivacyLedger;
import io.medforge.plugin.privacy.PrivacyLoss;
import io.medforge.plugin.privacy.PrivacyRelease;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.plugin.safetensors.DistilledSetFile;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes the small synthetic set that stands for a centre's task. */
@Command(
    name = "distil",
    description = {
      "Makes a small synthetic labelled set that stands for the branch's training rows, from"
          + " noise,",
      "and measures how much a classifier learns from it: BRANCH/distilled.safetensors."
    },
    mixinStandardHelpOptions = true)
public final class DistilCommand implements Callable<Integer> {
  private static final String SET = " distilled set";

  @Mixin private BranchOptions place;

  @Option(
      names = "--per-class",
      defaultValue = "10",
      paramLabel = "N",
      description = "Synthetic rows of each class. Default: 10.")
  private int perClass;

  @Option(
      names = "--steps",
      defaultValue = "500",
      paramLabel = "N",
      description = "Of optimisation. Default: 500.")
  private int steps;

  @Option(
      names = "--random-networks",
      paramLabel = "N",
      description =
          "Networks with random weights that look at the rows beside the base, one after another"
              + " (all at once with --private). Default: 100 (2 with --private).")
  private @Nullable Integer randomNetworks;

  @Option(
      names = "--learning-rate",
      defaultValue = "0.02",
      paramLabel = "RATE",
      description = "Default: 0.02.")
  private double learningRate;

  @Option(
      names = "--minimum-rows",
      defaultValue = "5",
      paramLabel = "N",
      description = "Refuse classes of fewer patients: their mean would be they. Default: 5.")
  private int minimumRows;

  @Option(
      names = "--rows-per-class",
      defaultValue = "256",
      paramLabel = "N",
      description =
          "The most patients of each class that a step looks at; fewer are faster. Default: 256.")
  private int rowsPerClass;

  @Option(
      names = "--augment",
      split = ",",
      paramLabel = "KIND=SIZE",
      description =
          "How images are changed in each step: shifts=PIXELS, scales=SHARE, brightens=AMOUNT,"
              + " flips=1.")
  private Map<String, Double> augment = Map.of();

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Of the noise that it starts from and the random networks. Default: 1.")
  private long seed;

  @Mixin private PrivacyOptions privacy;
  @Mixin private Printing printing;

  /** Made by picocli. */
  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private DistilCommand() {}

  /** A set and what it cost. */
  private record Made(DistilledSet set, Optional<Spending> spending) {}

  @Override
  public Integer call() {
    Branch branch = place.open();
    place.checkFree(branch.file(Branch.DISTILLED));
    Made made;
    try (ProgressDisplay progress = ProgressDisplay.of("distil")) {
      made = privacy.areGiven() ? privately(branch, progress) : plainly(branch, progress);
    }
    Optional<DistilledQuality> quality =
        branch.split().validation().isEmpty()
            ? Optional.empty()
            : Optional.of(
                DistilledQuality.measure(branch.network(), made.set(), branch.trainingData()));
    DistillationRecord written =
        new DistillationRecord(
            made.set().digest().toString(),
            perClass,
            steps,
            seed,
            made.spending().orElse(null),
            quality.map(DistilledQuality::distilled).orElse(null),
            quality.map(DistilledQuality::real).orElse(null),
            quality.map(DistilledQuality::majority).orElse(null));
    // The record first: a set without one would be taken for one without a price.
    RecordFile.place(branch.staying(Branch.DISTILLATION), file -> RecordFile.write(file, written));
    Path target = branch.file(Branch.DISTILLED);
    RecordFile.place(target, file -> DistilledSetFile.write(made.set(), file));
    print(made, quality, target);
    return CommandLine.ExitCode.OK;
  }

  private static DistillationListener showing(ProgressDisplay display) {
    return done -> display.at(done.step(), done.steps(), TimeInWords.of(done.left()) + " left");
  }

  private Made plainly(Branch branch, ProgressDisplay progress) {
    Distillation.Builder builder =
        Distillation.byDistributionMatching(branch.network(), branch.labels(), seed)
            .perClass(perClass)
            .steps(steps)
            .embeddings(randomNetworks == null ? Math.min(steps, 100) : randomNetworks)
            .learningRate(learningRate)
            .minimumRows(minimumRows)
            .patientsPerStep(rowsPerClass)
            .listener(showing(progress));
    if (!augment.isEmpty()) {
      builder.augmentation(augmentation());
    }
    List<Integer> rows = branch.split().training();
    return new Made(
        builder.build().distil(branch.inputs(rows), branch.classes(rows)), Optional.empty());
  }

  private Made privately(Branch branch, ProgressDisplay progress) {
    if (!augment.isEmpty()) {
      throw new IllegalArgumentException(
          "expected no --augment with --private, found it: patients are looked at once");
    }
    privacy.refuseClip();
    List<Integer> rows = branch.split().training();
    PrivacyLoss guarantee = privacy.guarantee(rows.size());
    // Sums and counts: two queries of all patients.
    double noise = SampledGaussian.within(1, 2, guarantee).noiseMultiplier();
    List<SampledGaussian> queries =
        List.of(SampledGaussian.once(noise), SampledGaussian.once(noise));
    PrivacyLedger ledger = privacy.ledger(branch.plugin().centre(), guarantee.delta());
    BranchTraining.requireNew(ledger, branch.plugin() + SET);
    ledger.requireWithin(privacy.cohort(), queries);
    ModelInput inputs = branch.inputs(rows);
    PrivateDistillation.Builder builder =
        PrivateDistillation.of(branch.network(), branch.labels(), noise, seed)
            .perClass(perClass)
            .steps(steps)
            .learningRate(learningRate)
            .minimumRows(minimumRows)
            .listener(showing(progress));
    if (randomNetworks != null) {
      builder.randomNetworks(randomNetworks);
    }
    PrivateDistillation.Released released = builder.build().distil(inputs, branch.classes(rows));
    ledger.record(
        new PrivacyRelease(
            branch.plugin() + SET, privacy.cohort(), released.set().digest(), released.spent()));
    return new Made(
        released.set(),
        Optional.of(
            new Spending(
                guarantee,
                1,
                released.spent(),
                privacy.ledgerPath().toString(),
                privacy.cohort())));
  }

  private ImageAugmentation augmentation() {
    ImageAugmentation changes = ImageAugmentation.none();
    for (Map.Entry<String, Double> each : new TreeMap<>(augment).entrySet()) {
      changes =
          switch (each.getKey()) {
            case "shifts" -> changes.shifts(each.getValue());
            case "scales" -> changes.scales(each.getValue());
            case "brightens" -> changes.brightens(each.getValue());
            case "flips" -> each.getValue() == 0 ? changes : changes.flips();
            default ->
                throw new IllegalArgumentException(
                    "expected shifts, scales, brightens or flips, found "
                        + each.getKey()
                        + ", at --augment");
          };
    }
    return changes;
  }

  private void print(Made made, Optional<DistilledQuality> quality, Path target) {
    List<String> lines = new ArrayList<>();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("out", target.toString()).put("distilled", made.set().digest().toString());
    lines.add("distilled " + made.set().size() + " synthetic rows, " + perClass + " of each class");
    quality.ifPresent(
        found -> {
          lines.add(
              String.format(
                  Locale.ROOT,
                  "a classifier trained on them answers %.3f of %d validation rows right; trained"
                      + " on the patients, %.3f; by always saying the commonest class, %.3f",
                  found.distilled(),
                  found.rows(),
                  found.real(),
                  found.majority()));
          json.put("accuracy", found.distilled()).put("accuracyOfPatients", found.real());
        });
    made.spending()
        .ifPresent(
            spent ->
                lines.add(
                    "spent at most epsilon "
                        + spent.guarantee().epsilon()
                        + " at delta "
                        + spent.guarantee().delta()
                        + ", written to "
                        + spent.ledger()));
    lines.add("wrote " + target);
    printing.print(lines, json);
  }
}
