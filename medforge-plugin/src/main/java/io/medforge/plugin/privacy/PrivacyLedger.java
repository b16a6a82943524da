package io.medforge.plugin.privacy;

import io.medforge.plugin.Digest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a centre has spent of its patients' privacy over everything it ever released, and a cap that
 * refuses the next release.
 *
 * <pre>{@code
 * PrivacyLedger ledger = PrivacyLedger.create(file, "st-anna", new PrivacyLoss(3, 1e-6));
 * ledger.record(new PrivacyRelease("lung:1", "ct-2019-2024", module.digest(), mechanisms));
 * ledger.spent("ct-2019-2024"); // of epsilon 3
 * }</pre>
 *
 * <p>The file is text, one line of canonical JSON per release, each naming the SHA-256 of the line
 * before it. Whoever changes, drops or reorders a line breaks the chain, and the ledger refuses to
 * open. A chain cannot tell that its last lines are missing: keep {@link #head} elsewhere, as in a
 * signed certificate, and open with {@link #openAt}.
 *
 * <p>Thread-safe, and safe between processes that see one file system's locks: each call reads the
 * file anew, a record takes the lock of a file beside it ({@code .lock}) and replaces the file
 * whole or not at all.
 *
 * <p>A loss is spent when patients are touched, not when something is published. Call {@link
 * #requireWithin} before a training starts and {@link #record} when it ends, whether or not its
 * result is used.
 */
public final class PrivacyLedger {
  private final LedgerFile file;

  private PrivacyLedger(LedgerFile file) {
    this.file = file;
  }

  /**
   * Starts a ledger.
   *
   * @param path its file, which does not exist yet; the folder does
   * @param centre whose it is
   * @param budget the most that any one cohort may lose; infinite epsilons are refused
   * @return the ledger
   * @throws IllegalArgumentException if the centre's name is blank or unprintable, or the budget
   *     has no bound
   * @throws java.io.UncheckedIOException if the file exists or cannot be written
   */
  public static PrivacyLedger create(Path path, String centre, PrivacyLoss budget) {
    PrivacyRelease.checkText("centre", centre);
    if (!budget.isBounded()) {
      throw new IllegalArgumentException("expected a budget with a bound, found " + budget);
    }
    LedgerFile file = new LedgerFile(path);
    file.create(LedgerLines.start(centre, budget));
    return new PrivacyLedger(file);
  }

  /**
   * Opens a ledger.
   *
   * @param path its file
   * @return the ledger
   * @throws DamagedLedgerException if the file is not as a ledger wrote it; the message names the
   *     line
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static PrivacyLedger open(Path path) {
    PrivacyLedger ledger = new PrivacyLedger(new LedgerFile(path));
    ledger.read();
    return ledger;
  }

  /**
   * Opens a ledger that must still hold what was known of it.
   *
   * @param path its file
   * @param head a {@link #head} of earlier
   * @return the ledger
   * @throws DamagedLedgerException as {@link #open}, or if no line has that digest: lines are
   *     missing
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static PrivacyLedger openAt(Path path, Digest head) {
    PrivacyLedger ledger = new PrivacyLedger(new LedgerFile(path));
    if (!ledger.read().digests().contains(head)) {
      throw new DamagedLedgerException(
          "expected a line with digest " + head + ", found none: lines are missing, at " + path,
          null);
    }
    return ledger;
  }

  /**
   * Whose ledger this is.
   *
   * @return the centre's name
   */
  public String centre() {
    return read().centre();
  }

  /**
   * The most that any one cohort may lose.
   *
   * @return the budget
   */
  public PrivacyLoss budget() {
    return read().budget();
  }

  /**
   * Everything recorded.
   *
   * @return an unmodifiable list, in order
   */
  public List<PrivacyRelease> releases() {
    return read().releases();
  }

  /**
   * The digest of the last line, which stands for the whole file.
   *
   * @return SHA-256
   */
  public Digest head() {
    List<Digest> digests = read().digests();
    return digests.get(digests.size() - 1);
  }

  /**
   * What a cohort has lost.
   *
   * @param cohort the patients
   * @return the loss at the budget's delta; epsilon is infinite after a release without noise, and
   *     0 if there was none
   */
  public PrivacyLoss spent(String cohort) {
    LedgerLines lines = read();
    return loss(lines, cohort, List.of());
  }

  /**
   * Refuses what would overspend, before a patient is touched. Records nothing.
   *
   * @param cohort the patients
   * @param mechanisms what is to touch them; at least one
   * @return what would be spent after
   * @throws PrivacyBudgetException if that is more than the budget
   */
  public PrivacyLoss requireWithin(String cohort, List<SampledGaussian> mechanisms) {
    LedgerLines lines = read();
    return within(
        lines, new PrivacyRelease("the next release", cohort, Digest.of(new byte[0]), mechanisms));
  }

  /**
   * Records a release. Recording the same one again changes nothing.
   *
   * @param release what touched the patients
   * @return what its cohort has lost with it
   * @throws PrivacyBudgetException if that is more than the budget; nothing is recorded
   * @throws IllegalArgumentException if another release of that name is recorded already
   * @throws DamagedLedgerException if the file is not as a ledger wrote it
   * @throws java.io.UncheckedIOException if it cannot be written; it is as before
   */
  public PrivacyLoss record(PrivacyRelease release) {
    return file.locked(
        () -> {
          LedgerLines lines = read();
          for (PrivacyRelease earlier : lines.releases()) {
            if (earlier.equals(release)) {
              return loss(lines, release.cohort(), List.of());
            }
            if (earlier.name().equals(release.name())) {
              throw new IllegalArgumentException(
                  "expected a new release's name, found another release of that name, at "
                      + release.name());
            }
          }
          PrivacyLoss spent = within(lines, release);
          file.replace(lines.with(release));
          return spent;
        });
  }

  private static PrivacyLoss within(LedgerLines lines, PrivacyRelease release) {
    PrivacyLoss after = loss(lines, release.cohort(), List.of(release));
    if (after.epsilon() > lines.budget().epsilon()) {
      throw new PrivacyBudgetException(
          "expected at most epsilon "
              + lines.budget().epsilon()
              + " at delta "
              + lines.budget().delta()
              + ", found "
              + after.epsilon()
              + " with and "
              + loss(lines, release.cohort(), List.of()).epsilon()
              + " without it, at release "
              + release.name()
              + ", cohort "
              + release.cohort());
    }
    return after;
  }

  private static PrivacyLoss loss(LedgerLines lines, String cohort, List<PrivacyRelease> more) {
    List<PrivacyRelease> all = new ArrayList<>(lines.releases());
    all.addAll(more);
    all.removeIf(release -> !release.cohort().equals(cohort));
    if (all.isEmpty()) {
      return new PrivacyLoss(0, lines.budget().delta());
    }
    RenyiCurve curve = RenyiCurve.nothing();
    for (PrivacyRelease release : all) {
      if (!release.isBounded()) {
        return new PrivacyLoss(Double.POSITIVE_INFINITY, lines.budget().delta());
      }
      curve = curve.plus(RenyiCurve.of(release.mechanisms()));
    }
    return curve.spend(lines.budget().delta());
  }

  private LedgerLines read() {
    return file.read();
  }

  /** The file. */
  @Override
  public String toString() {
    return "PrivacyLedger[" + file.path() + "]";
  }
}
