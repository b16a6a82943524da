package io.medforge.cli.centre;

import io.medforge.plugin.privacy.PrivacyLedger;
import io.medforge.plugin.privacy.PrivacyLoss;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a command may spend of the patients' privacy, and where that is written down. */
final class PrivacyOptions {
  private static final Set<String> KEYS = Set.of("epsilon", "delta", "clip");
  private static final double DELTA = 1e-5;

  @Option(
      names = "--private",
      split = ",",
      paramLabel = "KEY=VALUE",
      description =
          "Keep differential privacy: epsilon=E, and as you like delta=D (default 1e-5) and, in"
              + " training, clip=C (default 1), the norm that each patient's gradient is cut to."
              + " Takes --ledger.")
  private Map<String, Double> guarantee = Map.of();

  @Option(
      names = "--ledger",
      paramLabel = "FILE",
      description = "The centre's privacy ledger, which refuses what would overspend.")
  private @Nullable Path ledger;

  @Option(
      names = "--budget",
      paramLabel = "EPSILON",
      description = "Begin the ledger with this much to spend for each cohort.")
  private @Nullable Double budget;

  @Option(
      names = "--cohort",
      paramLabel = "NAME",
      description =
          "The patients' name in the ledger; cohorts that share a patient are one. Default:"
              + " patients.")
  private String cohort = "patients";

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  PrivacyOptions() {}

  /** Whether privacy is asked for; refuses options that would then do nothing. */
  boolean areGiven() {
    if (guarantee.isEmpty() && (ledger != null || budget != null)) {
      throw new IllegalArgumentException(
          "expected --private with --ledger and --budget, found none: without noise there is"
              + " nothing that a ledger can add up");
    }
    return !guarantee.isEmpty();
  }

  String cohort() {
    return cohort;
  }

  /** What may be spent on some rows. */
  PrivacyLoss guarantee(int rows) {
    for (String key : guarantee.keySet()) {
      if (!KEYS.contains(key)) {
        throw new IllegalArgumentException(
            "expected epsilon, delta or clip, found " + key + ", at --private");
      }
    }
    Double epsilon = guarantee.get("epsilon");
    double delta = guarantee.getOrDefault("delta", DELTA);
    if (epsilon == null) {
      throw new IllegalArgumentException("expected an epsilon, found none, at --private");
    }
    if (!(delta < 1.0 / rows)) {
      throw new IllegalArgumentException(
          "expected a delta below one over the number of patients, "
              + rows
              + ", found "
              + delta
              + ", at --private");
    }
    return new PrivacyLoss(epsilon, delta);
  }

  double clip() {
    return guarantee.getOrDefault("clip", 1.0);
  }

  /** Refuses a clipping norm where nothing is clipped to it. */
  void refuseClip() {
    if (guarantee.containsKey("clip")) {
      throw new IllegalArgumentException(
          "expected epsilon and delta, found clip, at --private: features are cut to length 1");
    }
  }

  Path ledgerPath() {
    if (ledger == null) {
      throw new IllegalArgumentException(
          "expected --ledger FILE with --private, found none: what is spent must be written down");
    }
    return ledger.toAbsolutePath().normalize();
  }

  /** Opens the ledger, or begins it. */
  PrivacyLedger ledger(String centre, double delta) {
    Path path = ledgerPath();
    if (Files.exists(path)) {
      PrivacyLedger open = PrivacyLedger.open(path);
      if (budget != null && budget != open.budget().epsilon()) {
        throw new IllegalArgumentException(
            "expected the ledger's own budget " + open.budget() + ", found another, at --budget");
      }
      return open;
    }
    if (budget == null) {
      throw new IllegalArgumentException(
          "expected a ledger, found none, at " + path + " (begin it with --budget EPSILON)");
    }
    return PrivacyLedger.create(path, centre, new PrivacyLoss(budget, delta));
  }
}
