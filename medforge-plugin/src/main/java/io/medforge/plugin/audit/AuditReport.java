package io.medforge.plugin.audit;

import io.medforge.forge.LeakageCertificate;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.privacy.PrivacyLoss;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What an audit showed: statistics only, bound to what was audited. It holds no time and no
 * machine, so the same audit gives the same report. Immutable.
 *
 * @param version what the numbers mean, {@link LeakageAudit#VERSION}
 * @param plugin the module's id
 * @param base the base model
 * @param module the module's digest
 * @param distilled the distilled set's digest
 * @param members m
 * @param strangers n
 * @param shadows how many shadow plugins were trained
 * @param seed of all that was random
 * @param limits where the lines were drawn
 * @param guarantee the differential privacy claimed, if any
 * @param safeguards the rules that the centre declares to have kept
 * @param noAttribute why attribute inference does not apply, if the centre says so
 * @param results one per attack, in the order run
 * @param limitations what the report does not show, one sentence each
 */
public record AuditReport(
    String version,
    PluginId plugin,
    BaseModel base,
    Digest module,
    Digest distilled,
    int members,
    int strangers,
    int shadows,
    long seed,
    AuditLimits limits,
    Optional<PrivacyLoss> guarantee,
    SortedSet<Safeguard> safeguards,
    Optional<String> noAttribute,
    List<AttackResult> results,
    List<String> limitations) {
  private static final Set<String> NEEDED =
      Set.of(
          AuditRun.LOSS,
          AuditRun.REFERENCED,
          AuditRun.LIRA_OFFLINE,
          AuditRun.LIRA_ONLINE,
          AuditRun.RMIA,
          NearestNeighbours.NAME,
          DistilledMembership.NAME,
          ClassMeans.NAME);

  /**
   * Copies.
   *
   * @param version what the numbers mean
   * @param plugin the module's id
   * @param base the base model
   * @param module the module's digest
   * @param distilled the distilled set's digest
   * @param members m
   * @param strangers n
   * @param shadows how many shadow plugins were trained
   * @param seed of all that was random
   * @param limits where the lines were drawn
   * @param guarantee the differential privacy claimed, if any
   * @param safeguards the rules that the centre declares to have kept
   * @param noAttribute why attribute inference does not apply, if the centre says so
   * @param results one per attack, in the order run
   * @param limitations what the report does not show, one sentence each
   */
  public AuditReport {
    safeguards = Collections.unmodifiableSortedSet(new TreeSet<>(safeguards));
    results = List.copyOf(results);
    limitations = List.copyOf(limitations);
  }

  /**
   * The worst verdict of all attacks.
   *
   * @return only {@link Verdict#PASS} is a permission
   */
  public Verdict verdict() {
    return Verdict.worst(results.stream().map(AttackResult::verdict).toList());
  }

  /**
   * Whether every attack that a level of its own takes was run: the losses, LiRA and RMIA with
   * shadows, all those on the distilled set, and attribute inference or a reason why not.
   *
   * @return true if none is missing
   */
  public boolean isComplete() {
    Set<String> run = results.stream().map(AttackResult::attack).collect(Collectors.toSet());
    return run.containsAll(NEEDED)
        && (run.contains(AttributeInference.NAME) || noAttribute.isPresent());
  }

  /**
   * The level of certificate that this report supports. An audit counts (L2, and L4 with a
   * guarantee) if it is complete and passed. A guarantee counts (L3) unless an attack refuted it; a
   * declared safeguard is worth L1.
   *
   * @return L0 to L4
   */
  public LeakageCertificate.Level level() {
    boolean audited = isComplete() && verdict() == Verdict.PASS;
    if (guarantee.isPresent() && !isRefuted()) {
      return audited ? LeakageCertificate.Level.L4 : LeakageCertificate.Level.L3;
    }
    if (audited) {
      return LeakageCertificate.Level.L2;
    }
    return safeguards.isEmpty() || isRefuted()
        ? LeakageCertificate.Level.L0
        : LeakageCertificate.Level.L1;
  }

  /** Whether an attack showed more leakage than the guarantee allows. */
  private boolean isRefuted() {
    return guarantee.isPresent()
        && results.stream()
            .map(result -> result.figures().get("epsilon-lower-bound"))
            .anyMatch(bound -> bound != null && bound.value() > guarantee.get().epsilon());
  }

  /**
   * The certificate that this report supports, not yet signed; {@link LeakageCertificate#signedBy}
   * signs it with the hospital's key.
   *
   * @param issuedAt when; cut to whole seconds
   * @return a certificate bound to the digests of module and distilled set, with {@link #toJson} as
   *     its statistics
   */
  public LeakageCertificate certificate(Instant issuedAt) {
    return new LeakageCertificate(
        level(),
        module,
        distilled,
        version,
        toJson(),
        issuedAt.truncatedTo(ChronoUnit.SECONDS),
        Optional.empty());
  }

  /**
   * The report as canonical JSON: one line, keys sorted, the same text on every machine.
   *
   * @return JSON
   */
  public String toJson() {
    return AuditJson.of(this);
  }
}
