package io.medforge.plugin.branch;

import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Checked rows to train on and to validate on.
 *
 * @param training at least one row of at least two classes
 * @param validation at least one row, if there is a validation part
 */
record TrainingParts(LabelledRows training, Optional<LabelledRows> validation) {
  /** Checks the data and splits a validation part off it if the options say so. */
  static TrainingParts of(TrainingData data, LabelSpace labels, TrainingOptions options) {
    LabelledRows all = new LabelledRows(data.inputs(), data.classes(), labels);
    all.checkTrainable(labels);
    Optional<LabelledRows> given = data.validation().map(part -> validation(part, all, labels));
    if (given.isPresent() && options.validationShare() > 0) {
      throw new IllegalArgumentException(
          "expected validation rows or a validationShare, found both");
    }
    TrainingParts parts =
        options.validationShare() > 0 ? split(all, labels, options) : new TrainingParts(all, given);
    if (options.patience() > 0 && parts.validation.isEmpty()) {
      throw new IllegalArgumentException(
          "expected validation rows or a validationShare for patience "
              + options.patience()
              + ", found none");
    }
    return parts;
  }

  /** The identity of both parts. */
  Digest digest() {
    Digest.Builder builder = Digest.builder().add("medforge-parts-v1").add(training.digest().hex());
    validation.ifPresent(rows -> builder.add(rows.digest().hex()));
    return builder.build();
  }

  private static LabelledRows validation(TrainingData part, LabelledRows all, LabelSpace labels) {
    LabelledRows rows;
    try {
      rows = new LabelledRows(part.inputs(), part.classes(), labels);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + ", in the validation part", e);
    }
    if (!rows.shape(1).equals(all.shape(1))) {
      throw new IllegalArgumentException(
          "expected validation rows of the training rows' shape "
              + all.shape(1)
              + ", found "
              + rows.shape(1));
    }
    return rows;
  }

  /** Of each class the nearest number of rows to the share, but never all. */
  private static TrainingParts split(LabelledRows all, LabelSpace labels, TrainingOptions options) {
    int[] kept = new int[labels.size()];
    int[] counts = all.counts(labels);
    for (int label = 0; label < kept.length; label++) {
      long wanted = Math.round(options.validationShare() * counts[label]);
      kept[label] = (int) Math.max(0, Math.min(wanted, counts[label] - 1));
    }
    if (IntStream.of(kept).sum() == 0) {
      throw new IllegalArgumentException(
          "expected at least one validation row, found none: validationShare "
              + options.validationShare()
              + " of "
              + all.size()
              + " rows");
    }
    boolean[] held = new boolean[all.size()];
    for (int row : SeededRandom.of(options.seed(), "validation", 0).permutation(all.size())) {
      held[row] = kept[all.classOf(row)]-- > 0;
    }
    return new TrainingParts(
        all.part(IntStream.range(0, held.length).filter(row -> !held[row]).toArray()),
        Optional.of(all.part(IntStream.range(0, held.length).filter(row -> held[row]).toArray())));
  }
}
