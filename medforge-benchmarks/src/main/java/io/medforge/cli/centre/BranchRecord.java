package io.medforge.cli.centre;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.branch.TrainingReport;
import io.medforge.plugin.branch.Validation;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How a branch came to be, {@value #FILE}: settings, counts and losses, no patient's value.
 * Immutable.
 *
 * @param format {@value #FORMAT}
 * @param plugin the module's id
 * @param module the digest of the module as it was trained
 * @param base the base
 * @param labels the label space
 * @param plan how it was trained
 * @param spending what it cost, if it was trained privately
 * @param patients how many rows of each class were trained on
 * @param validation how many rows chose between models
 * @param holdout how many rows were set aside for the audit
 * @param skipped how many rows were left out for missing values
 * @param epochs each epoch's losses
 * @param bestEpoch the epoch, from 1, whose values were kept
 * @param before the base's quality on the validation rows, if there are any
 * @param after the module's
 */
record BranchRecord(
    String format,
    String plugin,
    String module,
    BaseReference base,
    LabelSpace labels,
    TrainingPlan plan,
    @Nullable Spending spending,
    SortedMap<String, Integer> patients,
    int validation,
    int holdout,
    int skipped,
    List<Epoch> epochs,
    int bestEpoch,
    @Nullable ModelQuality before,
    @Nullable ModelQuality after) {
  static final String FILE = "training.json";
  static final String FORMAT = "medforge-training-v1";

  BranchRecord {
    if (!format.equals(FORMAT)) {
      throw new IllegalArgumentException("expected format " + FORMAT + ", found " + format);
    }
    patients = Collections.unmodifiableSortedMap(new TreeMap<>(patients));
    epochs = List.copyOf(epochs);
  }

  /**
   * A base.
   *
   * @param name what it is called
   * @param digest of its parameters
   * @param folder where it is, seen from the branch
   */
  record BaseReference(String name, String digest, String folder) {}

  /**
   * One epoch.
   *
   * @param loss the mean over its steps
   * @param validationLoss on the validation part, if the training saw one
   * @param validationAccuracy on the validation part, if the training saw one
   */
  record Epoch(double loss, @Nullable Double validationLoss, @Nullable Double validationAccuracy) {}

  static List<Epoch> epochs(TrainingReport report) {
    return report.history().stream()
        .map(
            epoch ->
                new Epoch(
                    epoch.loss(),
                    epoch.validation().map(Validation::loss).orElse(null),
                    epoch.validation().map(Validation::accuracy).orElse(null)))
        .toList();
  }
}
