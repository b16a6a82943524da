package io.medforge.forge.mainline;

import io.medforge.forge.Admission;
import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.ForgeRepository;
import io.medforge.forge.KnowledgeMerger;
import io.medforge.forge.LedgerEntry;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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
 *   <li>it cannot meet the admitted ones in a {@link PluginSet}, or the strategy cannot merge them;
 *   <li>an admission check refuses it or fails with an exception.
 * </ul>
 *
 * The gravest finding decides. A merge comes before the entry that makes it so, so a merge that
 * fails changes nothing; an exception other than {@link IncompatiblePluginsException} reaches the
 * caller.
 *
 * <p><b>Several writers.</b> Thread-safe. Changes of one instance follow one another; several
 * instances, also in several processes, may share one repository: whoever loses the compare-and-set
 * looks at the new state and merges again. Checks, sources and strategies must not wait for another
 * thread that changes the same instance.
 *
 * <p>Merged models are kept in memory for as long as the instance lives; a new instance on an old
 * repository merges an old item again when it is first asked for.
 *
 * @param <R> what is merged into
 */
public final class Mainline<R> implements KnowledgeMerger<R> {
  private static final Comparator<Contribution> CANONICAL =
      Comparator.<Contribution, Digest>comparing(each -> each.module().digest())
          .thenComparing(each -> each.module().id());

  private final StrategySource<R> source;
  private final ForgeRepository repository;
  private final List<AdmissionCheck> checks;
  private final boolean missingLayersAllowed;
  private final Map<SortedMap<PluginId, Digest>, Merged<R>> merged = new ConcurrentHashMap<>();
  private final Object changing = new Object();
  private volatile Ledger latest = Ledger.empty();

  private Mainline(Builder<R> builder) {
    this.source = builder.source;
    this.repository = builder.repository.orElseGet(ForgeRepository::inMemory);
    this.checks = List.copyOf(builder.checks);
    this.missingLayersAllowed = builder.missingLayersAllowed;
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
    synchronized (changing) {
      while (true) {
        Ledger ledger = ledger();
        if (isAdmitted(contribution, ledger.head())) {
          return new Admission.Duplicate<>(item(ledger, ledger.size()));
        }
        List<Finding> findings = examine(contribution, ledger);
        if (holds(findings, Finding.Verdict.REFUSE)) {
          return new Admission.Refused<>(findings);
        }
        if (holds(findings, Finding.Verdict.QUARANTINE)) {
          return new Admission.Quarantined<>(findings);
        }
        try {
          LedgerEntry entry = new LedgerEntry.Admit(contribution);
          Optional<ForgeItem<R>> item = append(ledger, entry);
          if (item.isPresent()) {
            return new Admission.Admitted<>(item.get(), findings);
          }
        } catch (IncompatiblePluginsException e) {
          return new Admission.Refused<>(and(findings, refusal("merge", e.getMessage())));
        }
      }
    }
  }

  @Override
  public ForgeItem<R> head() {
    Ledger ledger = ledger();
    return item(ledger, ledger.size());
  }

  @Override
  public List<ForgeItem<R>> history() {
    Ledger ledger = ledger();
    return IntStream.rangeClosed(0, ledger.size())
        .mapToObj(version -> item(ledger, version))
        .toList();
  }

  @Override
  public ForgeItem<R> withdraw(PluginId plugin, String reason) {
    checkReason(reason);
    synchronized (changing) {
      while (true) {
        Ledger ledger = ledger();
        if (!ledger.head().contributions().containsKey(plugin)) {
          throw new IllegalArgumentException(
              "expected an admitted plugin, one of "
                  + ledger.head().contributions().keySet()
                  + ", found "
                  + plugin);
        }
        Optional<ForgeItem<R>> item = append(ledger, new LedgerEntry.Withdraw(plugin, reason));
        if (item.isPresent()) {
          return item.get();
        }
      }
    }
  }

  @Override
  public ForgeItem<R> rollBackTo(int version, String reason) {
    checkReason(reason);
    synchronized (changing) {
      while (true) {
        Ledger ledger = ledger();
        checkCanReturnTo(version, ledger);
        Optional<ForgeItem<R>> item = append(ledger, new LedgerEntry.RollBack(version, reason));
        if (item.isPresent()) {
          return item.get();
        }
      }
    }
  }

  private static void checkReason(String reason) {
    if (reason.isBlank()) {
      throw new IllegalArgumentException("expected a reason for the record, found a blank");
    }
  }

  private static void checkCanReturnTo(int version, Ledger ledger) {
    if (version < 0 || version > ledger.size()) {
      throw new IllegalArgumentException(
          "expected a version of 0 to " + ledger.size() + ", found " + version);
    }
    for (Contribution contribution : ledger.versions().get(version).contributions().values()) {
      if (ledger.isWithdrawn(contribution)) {
        throw new IllegalArgumentException(
            "expected a version without withdrawn contributions, found "
                + contribution.module().id()
                + ", withdrawn since, at version "
                + version);
      }
    }
  }

  /** Follows the repository; the entries known so far are not read again. */
  private Ledger ledger() {
    Ledger known = latest;
    Ledger now = known.upTo(repository.entries());
    latest = now;
    return now;
  }

  /** Merges what would be after an entry, then writes it; empty if somebody else wrote first. */
  private Optional<ForgeItem<R>> append(Ledger ledger, LedgerEntry entry) {
    Ledger next = ledger.then(entry);
    ForgeItem<R> item = item(next, next.size());
    return repository.append(ledger.size(), entry) ? Optional.of(item) : Optional.empty();
  }

  private ForgeItem<R> item(Ledger ledger, int version) {
    Ledger.Version entry = ledger.versions().get(version);
    SortedMap<PluginId, Digest> digests = new TreeMap<>();
    entry.contributions().forEach((plugin, each) -> digests.put(plugin, each.digest()));
    Optional<Merged<R>> model =
        digests.isEmpty() ? Optional.empty() : Optional.of(model(digests, entry.contributions()));
    return new ForgeItem<>(version, model, digests, entry.cause());
  }

  private Merged<R> model(
      SortedMap<PluginId, Digest> digests, SortedMap<PluginId, Contribution> contributions) {
    Merged<R> known = merged.get(digests);
    if (known != null) {
      return known;
    }
    PluginSet plugins = pluginSet(contributions.values());
    List<Contribution> canonical = new ArrayList<>(contributions.values());
    canonical.sort(CANONICAL);
    Merged<R> fresh = source.forContributions(List.copyOf(canonical)).merge(plugins);
    Merged<R> earlier = merged.putIfAbsent(digests, fresh);
    return earlier == null ? fresh : earlier;
  }

  private PluginSet pluginSet(Collection<Contribution> contributions) {
    List<PluginModule> modules = contributions.stream().map(Contribution::module).toList();
    return missingLayersAllowed ? PluginSet.allowingMissingLayers(modules) : PluginSet.of(modules);
  }

  private List<Finding> examine(Contribution offered, Ledger ledger) {
    List<Contribution> admitted = new ArrayList<>(ledger.head().contributions().values());
    admitted.sort(CANONICAL);
    List<Finding> findings = new ArrayList<>(identity(offered, ledger, admitted));
    if (findings.isEmpty()) {
      findings.addAll(compatibility(offered, admitted));
    }
    if (findings.isEmpty()) {
      for (int i = 0; i < checks.size(); i++) {
        findings.addAll(run(i, offered, List.copyOf(admitted)));
      }
    }
    return List.copyOf(findings);
  }

  private static List<Finding> identity(
      Contribution offered, Ledger ledger, List<Contribution> admitted) {
    List<Finding> findings = new ArrayList<>();
    PluginId id = offered.module().id();
    if (ledger.isWithdrawn(offered)) {
      findings.add(
          refusal(
              "withdrawn",
              "expected a module that was never withdrawn, found "
                  + offered.module().digest()
                  + ", withdrawn before, at plugin "
                  + id));
    }
    Optional<Digest> content = ledger.contentOf(id);
    if (content.isPresent() && !content.get().equals(offered.digest())) {
      findings.add(
          refusal(
              "identity",
              "expected content "
                  + content.get()
                  + " as this id has stood for before, found "
                  + offered.digest()
                  + ", at plugin "
                  + id));
    }
    for (Contribution other : admitted) {
      if (other.module().digest().equals(offered.module().digest())) {
        findings.add(
            refusal(
                "same module",
                "expected a module that is not admitted yet, found "
                    + offered.module().digest()
                    + " as in "
                    + other.module().id()
                    + " with another distilled set, at plugin "
                    + id));
      }
    }
    return findings;
  }

  private List<Finding> compatibility(Contribution offered, List<Contribution> admitted) {
    List<Contribution> all = new ArrayList<>(admitted);
    all.add(offered);
    try {
      pluginSet(all);
      return List.of();
    } catch (IncompatiblePluginsException e) {
      return List.of(refusal("compatibility", e.getMessage()));
    }
  }

  /** Fails closed: a check that cannot answer has not said yes. */
  private List<Finding> run(int index, Contribution offered, List<Contribution> admitted) {
    try {
      return List.copyOf(checks.get(index).examine(offered, admitted));
    } catch (RuntimeException e) {
      String name = "check " + (index + 1) + " of " + checks.size();
      return List.of(refusal(name, "expected findings, found the failure " + e));
    }
  }

  private static boolean isAdmitted(Contribution offered, Ledger.Version head) {
    Digest digest = offered.digest();
    return head.contributions().values().stream().anyMatch(each -> each.digest().equals(digest));
  }

  private static boolean holds(List<Finding> findings, Finding.Verdict verdict) {
    return findings.stream().anyMatch(finding -> finding.verdict() == verdict);
  }

  private static Finding refusal(String check, @Nullable String message) {
    return new Finding(check, Finding.Verdict.REFUSE, String.valueOf(message));
  }

  private static List<Finding> and(List<Finding> findings, Finding finding) {
    List<Finding> more = new ArrayList<>(findings);
    more.add(finding);
    return more;
  }

  /**
   * Optional settings of a main branch. Not thread-safe.
   *
   * @param <R> what is merged into
   */
  public static final class Builder<R> {
    private final StrategySource<R> source;
    private final List<AdmissionCheck> checks = new ArrayList<>();
    private Optional<ForgeRepository> repository = Optional.empty();
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
      if (repository.isPresent()) {
        throw new IllegalStateException("repository was already set to " + repository.get());
      }
      repository = Optional.of(stored);
      return this;
    }

    /**
     * Adds a check that every offer has to pass; may be called several times.
     *
     * @param check the check
     * @return this
     */
    public Builder<R> check(AdmissionCheck check) {
      checks.add(check);
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
  }
}
