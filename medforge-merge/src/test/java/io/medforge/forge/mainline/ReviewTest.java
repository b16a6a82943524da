package io.medforge.forge.mainline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.forge.Admission;
import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.ForgeRepository;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Role;
import io.medforge.forge.SigningKey;
import io.medforge.forge.governance.Governance;
import io.medforge.forge.governance.Member;
import io.medforge.forge.governance.Quorum;
import io.medforge.forge.governance.Roster;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What waits, what is decided and released, and what the ledger keeps of it. */
class ReviewTest {
  private static final Contribution ONE = Offers.one("st-anna/lung:1", 1);
  private static final Contribution TWO = Offers.one("charite/colon:1", 2);
  private static final Contribution ODD = Offers.one("odd/lung:1", 3);

  private final SigningKey anna = SigningKey.generate();
  private final SigningKey maria = SigningKey.generate();
  private final Governance governance =
      new Governance(
          Roster.of(
              List.of(
                  new Member("st-anna", anna.keyId(), Set.of(Role.CONTRIBUTOR)),
                  new Member("maria", maria.keyId(), Set.of(Role.MAINTAINER)))),
          Quorum.of(1),
          Quorum.of(1));
  private final ForgeRepository repository = ForgeRepository.inMemory();

  private Mainline<PluginModule> open() {
    AdmissionCheck doubt =
        (offered, admitted) ->
            offered.digest().equals(ODD.digest())
                ? List.of(new Finding("test", Finding.Verdict.QUARANTINE, "odd"))
                : List.of();
    return Mainline.of(new DenseSum())
        .repository(repository)
        .governance(governance)
        .check(doubt)
        .build();
  }

  private static LedgerEntry.Decide approve(Digest subject, SigningKey key) {
    return LedgerEntry.Decide.signed(subject, "maintainer", "approve", "", key);
  }

  @Test
  void whatWaitsIsKeptOnceAndOpenedByWhoeverComesLater() {
    Mainline<PluginModule> mainline = open();
    assertThat(mainline.offer(ODD)).isInstanceOf(Admission.Quarantined.class);
    assertThat(mainline.offer(ODD)).isInstanceOf(Admission.Quarantined.class);
    assertThat(repository.entries()).hasSize(1);
    assertThat(mainline.versions()).hasSize(1);
    Mainline<PluginModule> later = open();
    assertThat(later.quarantine()).containsOnlyKeys(ODD.digest());
    later.review().decide(approve(ODD.digest(), maria));
    assertThat(later.review().standing(ODD.digest()).approved()).isTrue();
    assertThat(later.review().admit(ODD.digest())).isInstanceOf(Admission.Admitted.class);
    assertThat(mainline.head().contributions()).containsOnlyKeys(ODD.module().id());
    assertThat(mainline.head().version()).isEqualTo(1);
    assertThatThrownBy(() -> later.review().admit(ODD.digest()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("in quarantine");
  }

  @Test
  void aReleaseIsWhatPeopleApprovedAndIsStillWhole() {
    Mainline<PluginModule> mainline = open();
    mainline.offer(ONE);
    Digest first = mainline.head().digest();
    mainline.offer(TWO);
    assertThat(mainline.review().released()).isEmpty();
    mainline.review().decide(approve(first, maria));
    assertThat(mainline.review().released().map(ForgeItem::version)).contains(1);
    mainline.review().decide(approve(mainline.head().digest(), maria));
    assertThat(mainline.review().released().map(ForgeItem::version)).contains(2);
    // A withdrawal takes every release with it that held the contribution.
    mainline.withdraw(ONE.module().id(), "consent withdrawn");
    assertThat(mainline.review().released()).isEmpty();
  }

  @Test
  void aReturnToAnApprovedItemIsApproved() {
    Mainline<PluginModule> mainline = open();
    mainline.offer(ONE);
    mainline.review().decide(approve(mainline.head().digest(), maria));
    mainline.offer(TWO);
    ForgeItem<PluginModule> back = mainline.rollBackTo(1, "regression");
    assertThat(mainline.review().released().map(ForgeItem::version)).contains(back.version());
  }

  @Test
  void theCentreConcernedMayVeto() {
    Mainline<PluginModule> mainline = open();
    mainline.offer(ONE);
    Digest item = mainline.head().digest();
    mainline.review().decide(approve(item, maria));
    mainline
        .review()
        .decide(LedgerEntry.Decide.signed(item, "contributor", "veto", "not ours", anna));
    assertThat(mainline.review().released()).isEmpty();
  }

  @Test
  void onlyMembersDecideAndOnlyOnWhatIsThere() {
    Mainline<PluginModule> mainline = open();
    mainline.offer(ONE);
    Digest item = mainline.head().digest();
    for (LedgerEntry.Decide wrong :
        List.of(
            approve(item, SigningKey.generate()),
            approve(item, anna),
            LedgerEntry.Decide.signed(item, "maintainer", "maybe", "", maria),
            approve(TWO.digest(), maria))) {
      assertThatThrownBy(() -> mainline.review().decide(wrong))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(repository.entries()).hasSize(1);
    assertThatThrownBy(() -> Mainline.of(new DenseSum()).build().review())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("governance");
  }

  @Test
  void aRefusalIsKeptOnceAndCountsAsATry() {
    Mainline<PluginModule> mainline = open();
    mainline.offer(ONE);
    Contribution other = Offers.one("st-anna/lung:1", 9);
    mainline.offer(other);
    mainline.offer(other);
    assertThat(repository.entries()).hasSize(2);
    assertThat(repository.entries().get(1)).isInstanceOf(LedgerEntry.Refuse.class);
    Ledger ledger = Ledger.empty().and(repository.entries());
    assertThat(ledger.failedTries("st-anna", TWO.digest())).isEqualTo(1);
    assertThat(ledger.failedTries("st-anna", other.digest())).isZero();
  }

  @Test
  void aWithdrawalSaysWhatItCannotUndo() {
    Mainline<PluginModule> mainline = open();
    mainline.offer(ONE);
    mainline.offer(Offers.one("charite/colon:2", 7).trainedFrom(1));
    String reason = "consent\nwithdrawn \u0000\u202e\ud800";
    mainline.withdraw(ONE.module().id(), reason);
    LedgerEntry.Withdraw entry = (LedgerEntry.Withdraw) repository.entries().get(2);
    assertThat(entry.reason()).isEqualTo(reason);
    assertThat(entry.outcome().findings())
        .singleElement()
        .satisfies(
            finding ->
                assertThat(finding.message())
                    .contains("copies already made of versions 1-2", "[charite/colon:2]"));
    assertThat(entry.outcome().result()).isEqualTo(resultOf(mainline.head()));
    assertThat(open().head().cause()).endsWith(reason);
  }

  private static Optional<Digest> resultOf(ForgeItem<PluginModule> item) {
    return item.merged().map(model -> model.record().result());
  }

  @Test
  void oldItemsAreMergedAgainToTheSameBytes() {
    AtomicInteger merges = new AtomicInteger();
    Mainline<PluginModule> mainline =
        Mainline.<PluginModule>of(
                plugins -> {
                  merges.incrementAndGet();
                  return new DenseSum().merge(plugins);
                })
            .keepItems(2)
            .build();
    List<Contribution> six = Offers.some(5, 6);
    six.forEach(mainline::offer);
    assertThat(merges).hasValue(6);
    for (VersionSummary version : mainline.versions()) {
      assertThat(mainline.item(version.version()).digest()).isEqualTo(version.item().orElseThrow());
    }
    assertThat(merges.get()).isGreaterThan(6);
  }

  @Test
  void anOfferMergesOnceAndReadsOnlyWhatIsNew() {
    AtomicInteger read = new AtomicInteger();
    AtomicInteger merges = new AtomicInteger();
    ForgeRepository counting =
        new ForgeRepository() {
          @Override
          public List<LedgerEntry> entries() {
            throw new AssertionError("reads everything");
          }

          @Override
          public List<LedgerEntry> entries(int from) {
            List<LedgerEntry> found = repository.entries(from);
            read.addAndGet(found.size());
            return found;
          }

          @Override
          public boolean append(int expectedSize, LedgerEntry entry) {
            return repository.append(expectedSize, entry);
          }
        };
    Mainline<PluginModule> mainline =
        Mainline.<PluginModule>of(
                plugins -> {
                  merges.incrementAndGet();
                  return new DenseSum().merge(plugins);
                })
            .repository(counting)
            .build();
    for (Contribution each : Offers.some(5, 40)) {
      mainline.offer(each);
    }
    mainline.head();
    assertThat(merges).hasValue(40);
    assertThat(read).hasValue(40);
  }
}
