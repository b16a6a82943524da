package io.medforge.forge.mainline;

import io.medforge.forge.Admission;
import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.ForgeRepository;
import io.medforge.forge.KnowledgeMerger;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Outcome;
import io.medforge.forge.admission.AdmissionPolicy;
import io.medforge.forge.governance.Governance;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeStrategy;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * The main branch of a model: a ledger, not a fold. Its state is the set of admitted contributions,
 * read from the entries of a {@link ForgeRepository}; every item is a pure function of that set. So
 * the head does not depend on the order of arrival, offering twice is harmless, and withdrawing
 * gives byte for byte the item that never saw the contribution.
 *
 * <p><b>Who gets in.</b> A contribution is refused if
 *
 * <ul>
 *   <li>its module has been withdrawn, with whatever distilled set and under whatever id it comes;
 *   <li>its id has already stood for other content: an id means one thing for ever;
 *   <li>its module is admitted already with another distilled set or under another id: counted
 *       twice it would weigh twice. The same module with the same distilled set is a duplicate,
 *       which changes nothing, under whatever id;
 *   <li>it cannot meet the admitted ones in a {@link io.medforge.merge.PluginSet}, or the strategy
 *       cannot merge them;
 *   <li>a check of the policy refuses it or fails with an exception.
 * </ul>
 *
 * The gravest finding decides. What is quarantined waits in the ledger until enough members approve
 * ({@link #review()}); what is refused leaves its digest and the findings there, once for the same
 * findings. A merge comes before the entry that makes it so, so a merge that fails changes nothing;
 * an exception other than {@link IncompatiblePluginsException} reaches the caller.
 *
 * <p><b>Several writers.</b> Thread-safe. Changes of one instance follow one another; several
 * instances, also in several processes, may share one repository: whoever loses the compare-and-set
 * looks at the new state and merges again. Checks, sources and strategies must not wait for another
 * thread that changes the same instance.
 *
 * <p><b>Cost.</b> An offer reads the entries it has not seen, merges once and writes one entry. The
 * models used last are kept in memory ({@link Builder#keepItems}); others are merged again, to the
 * same bytes, when asked for.
 *
 * @param <R> what is merged into
 */
public final class Mainline<R> implements KnowledgeMerger<R> {
  private static final int KEPT_ITEMS = 16;

  private final Branch<R> branch;
  private final Admissions<R> admissions;
  private final Optional<Governance> governance;

  private Mainline(Builder<R> builder) {
    this.branch =
        new Branch<>(
            builder.repository.orElseGet(ForgeRepository::inMemory),
            new ItemMerging<>(
                builder.source, builder.missingLayersAllowed, builder.kept.orElse(KEPT_ITEMS)));
    this.admissions =
        new Admissions<>(
            branch,
            builder.policy.orElseGet(
                () -> builder.checks.orElseGet(AdmissionPolicy::builder).build()));
    this.governance = builder.governance;
  }

  /**
   * A main branch that always merges by one strategy.
   *
   * @param <R> what is merged into
   * @param strategy how contributions become one
   * @return a builder
   */
  public static <R> Builder<R> of(MergeStrategy<R> strategy) {
    return new Builder<>(canonical -> strategy);
  }

  /**
   * A main branch whose strategy depends on the contributions, for example on their distilled sets.
   *
   * @param <R> what is merged into
   * @param source makes the strategy
   * @return a builder
   */
  public static <R> Builder<R> ofSource(StrategySource<R> source) {
    return new Builder<>(source);
  }

  @Override
  public Admission<R> offer(Contribution contribution) {
    return branch.changing(ledger -> admissions.offer(contribution, ledger));
  }

  /**
   * How people decide: what waits for them, what they approved, what is released.
   *
   * @return a view of this main branch
   * @throws IllegalStateException if no governance was set
   */
  public Review<R> review() {
    return new Review<>(
        branch,
        admissions,
        governance.orElseThrow(
            () -> new IllegalStateException("expected a governance, found none set")));
  }

  /**
   * What waits for a person; merges nothing.
   *
   * @return contributions in quarantine by the digest of their content, unmodifiable
   */
  public SortedMap<Digest, LedgerEntry.Quarantine> quarantine() {
    return branch.ledger().waiting();
  }

  @Override
  public ForgeItem<R> head() {
    Ledger ledger = branch.ledger();
    return branch.item(ledger, ledger.versions());
  }

  /**
   * One item.
   *
   * @param version 0 to the newest
   * @return the item
   * @throws IllegalArgumentException if there is no such version
   */
  public ForgeItem<R> item(int version) {
    Ledger ledger = branch.ledger();
    ledger.checkVersion(version);
    return branch.item(ledger, version);
  }

  /** {@inheritDoc} Merges every version that is not kept in memory. */
  @Override
  public List<ForgeItem<R>> history() {
    Ledger ledger = branch.ledger();
    return IntStream.rangeClosed(0, ledger.versions())
        .mapToObj(version -> branch.item(ledger, version))
        .toList();
  }

  /**
   * What is known of every version without merging anything.
   *
   * @return version 0 first; an unmodifiable list
   */
  public List<VersionSummary> versions() {
    return branch.ledger().summaries();
  }

  /**
   * What a version holds; merges nothing.
   *
   * @param version 0 to the newest
   * @return the contributions by plugin, unmodifiable
   * @throws IllegalArgumentException if there is no such version
   */
  public SortedMap<PluginId, Contribution> contributions(int version) {
    Ledger ledger = branch.ledger();
    ledger.checkVersion(version);
    return ledger.version(version).contributions();
  }

  /**
   * The ledger itself; merges nothing.
   *
   * @return every entry, oldest first; an unmodifiable list
   */
  public List<LedgerEntry> entries() {
    return branch.ledger().entries();
  }

  /**
   * {@inheritDoc}
   *
   * <p>The entry states what withdrawing cannot undo: the versions that held the contribution and
   * may have been copied, and the modules that were trained from one of them.
   */
  @Override
  public ForgeItem<R> withdraw(PluginId plugin, String reason) {
    checkReason(reason);
    return branch.changing(
        ledger -> {
          if (!ledger.head().contributions().containsKey(plugin)) {
            throw new IllegalArgumentException(
                "expected an admitted plugin, one of "
                    + ledger.head().contributions().keySet()
                    + ", found "
                    + plugin);
          }
          List<Finding> remains = List.of(Remainder.of(plugin, ledger));
          return branch.change(
              ledger,
              result -> new LedgerEntry.Withdraw(plugin, reason, new Outcome(result, remains)));
        });
  }

  @Override
  public ForgeItem<R> rollBackTo(int version, String reason) {
    checkReason(reason);
    return branch.changing(
        ledger -> {
          checkCanReturnTo(version, ledger);
          return branch.change(
              ledger,
              result -> new LedgerEntry.RollBack(version, reason, new Outcome(result, List.of())));
        });
  }

  private static void checkReason(String reason) {
    if (reason.isBlank()) {
      throw new IllegalArgumentException("expected a reason for the record, found a blank");
    }
  }

  private static void checkCanReturnTo(int version, Ledger ledger) {
    ledger.checkVersion(version);
    for (Contribution contribution : ledger.version(version).contributions().values()) {
      if (ledger.isWithdrawn(contribution)) {
        throw new IllegalArgumentException(
            "expected a version without withdrawn contributions, found "
                + contribution.module().id()
                + ", withdrawn since, at version "
                + version);
      }
    }
  }

  /**
   * Optional settings of a main branch; each may be set once. Not thread-safe.
   *
   * @param <R> what is merged into
   */
  public static final class Builder<R> {
    private final StrategySource<R> source;
    private Optional<AdmissionPolicy<R>> policy = Optional.empty();
    private Optional<AdmissionPolicy.Builder<R>> checks = Optional.empty();
    private Optional<Governance> governance = Optional.empty();
    private Optional<ForgeRepository> repository = Optional.empty();
    private Optional<Integer> kept = Optional.empty();
    private boolean missingLayersAllowed;

    private Builder(StrategySource<R> source) {
      this.source = source;
    }

    /**
     * Where the branch is stored; in memory if not set.
     *
     * @param stored the repository, empty or with the entries of a main branch
     * @return this
     * @throws IllegalStateException if it was set before
     */
    public Builder<R> repository(ForgeRepository stored) {
      repository = once("repository", repository, stored);
      return this;
    }

    /**
     * What every offer has to pass; only the ledger's own demands if neither this nor {@link
     * #check} is called.
     *
     * @param all the policy
     * @return this
     * @throws IllegalStateException if it was set before, or a single check was added
     */
    public Builder<R> policy(AdmissionPolicy<R> all) {
      if (checks.isPresent()) {
        throw new IllegalStateException("expected a policy or single checks, found both");
      }
      policy = once("policy", policy, all);
      return this;
    }

    /**
     * Adds a check that every offer has to pass: short for a {@link #policy} of such checks. May be
     * called several times.
     *
     * @param check the check
     * @return this
     * @throws IllegalStateException if a policy was set
     */
    public Builder<R> check(AdmissionCheck check) {
      if (policy.isPresent()) {
        throw new IllegalStateException("expected a policy or single checks, found both");
      }
      AdmissionPolicy.Builder<R> more = checks.orElseGet(AdmissionPolicy::builder);
      checks = Optional.of(more.check(check));
      return this;
    }

    /**
     * Who may admit from quarantine and release; nobody if not set.
     *
     * @param rules members and quorums
     * @return this
     * @throws IllegalStateException if it was set before
     */
    public Builder<R> governance(Governance rules) {
      governance = once("governance", governance, rules);
      return this;
    }

    /**
     * How many merged models are kept in memory, those used last; 16 if not set.
     *
     * @param items at least 2, the newest and the one that would follow
     * @return this
     * @throws IllegalArgumentException if below 2
     * @throws IllegalStateException if it was set before
     */
    public Builder<R> keepItems(int items) {
      if (items < 2) {
        throw new IllegalArgumentException("expected to keep at least 2 items, found " + items);
      }
      kept = once("keepItems", kept, items);
      return this;
    }

    /**
     * Admits modules that change other layers than the rest; where one changes nothing it
     * contributes nothing.
     *
     * @return this
     * @throws IllegalStateException if it was set before
     */
    public Builder<R> allowMissingLayers() {
      if (missingLayersAllowed) {
        throw new IllegalStateException("missing layers were already allowed");
      }
      missingLayersAllowed = true;
      return this;
    }

    /**
     * Opens the main branch.
     *
     * @return the main branch
     */
    public Mainline<R> build() {
      return new Mainline<>(this);
    }

    private static <T> Optional<T> once(String setting, Optional<T> before, T now) {
      if (before.isPresent()) {
        throw new IllegalStateException(setting + " was already set to " + before.get());
      }
      return Optional.of(now);
    }
  }
}
