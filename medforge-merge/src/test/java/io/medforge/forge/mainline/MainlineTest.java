package io.medforge.forge.mainline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.forge.Admission;
import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.Finding.Verdict;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.ForgeRepository;
import io.medforge.forge.LedgerEntry;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeStrategy;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MainlineTest {
  private static final Contribution ONE = Offers.one("st-anna/lung:1", 1);
  private static final Contribution TWO = Offers.one("charite/colon:1", 2);

  private static Mainline<PluginModule> open(AdmissionCheck... checks) {
    Mainline.Builder<PluginModule> builder = Mainline.of(new DenseSum());
    for (AdmissionCheck check : checks) {
      builder.check(check);
    }
    return builder.build();
  }

  private static void admit(Mainline<PluginModule> mainline, Contribution contribution) {
    assertThat(mainline.offer(contribution)).isInstanceOf(Admission.Admitted.class);
  }

  private static Finding refusal(Admission<PluginModule> answer) {
    assertThat(answer).isInstanceOf(Admission.Refused.class);
    List<Finding> findings = ((Admission.Refused<PluginModule>) answer).findings();
    return findings.stream().filter(f -> f.verdict() == Verdict.REFUSE).findFirst().orElseThrow();
  }

  private static Finding finding(Verdict verdict) {
    return new Finding("test", verdict, "expected x, found y");
  }

  @Test
  void beginsEmptyAndEndsEmpty() {
    Mainline<PluginModule> mainline = open();
    assertThat(mainline.head().version()).isZero();
    assertThat(mainline.head().merged()).isEmpty();
    admit(mainline, ONE);
    assertThat(mainline.head().value().updates()).containsOnlyKeys("layer");
    ForgeItem<PluginModule> left = mainline.withdraw(ONE.module().id(), "consent withdrawn");
    assertThat(left.version()).isEqualTo(2);
    assertThat(left.merged()).isEmpty();
    assertThat(left.cause()).isEqualTo("withdrawn st-anna/lung:1: consent withdrawn");
    assertThat(mainline.head()).isEqualTo(left);
  }

  @Test
  void historyIsNeverRewritten() {
    Mainline<PluginModule> mainline = open();
    admit(mainline, ONE);
    List<ForgeItem<PluginModule>> before = mainline.history();
    admit(mainline, TWO);
    ForgeItem<PluginModule> back = mainline.rollBackTo(1, "regression");
    assertThat(before).hasSize(2);
    assertThat(mainline.history().subList(0, 2)).isEqualTo(before);
    assertThat(back.version()).isEqualTo(3);
    assertThat(back.merged()).isEqualTo(before.get(1).merged());
    assertThat(back.cause()).isEqualTo("rolled back to version 1: regression");
    // What was rolled back was not withdrawn: it may come again.
    admit(mainline, TWO);
    List<ForgeItem<PluginModule>> history = mainline.history();
    assertThatThrownBy(history::clear).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aRenamedCopyIsADuplicate() {
    Mainline<PluginModule> mainline = open();
    admit(mainline, ONE);
    assertThat(mainline.offer(Offers.one("other/name:7", 1)))
        .isInstanceOf(Admission.Duplicate.class);
    assertThat(mainline.history()).hasSize(2);
  }

  @Test
  void anIdMeansOneContentForEver() {
    Mainline<PluginModule> mainline = open();
    admit(mainline, ONE);
    Finding found = refusal(mainline.offer(Offers.one("st-anna/lung:1", 3)));
    assertThat(found.check()).isEqualTo("identity");
    assertThat(found.message()).contains("st-anna/lung:1", ONE.digest().toString());
    mainline.rollBackTo(0, "start again");
    assertThat(refusal(mainline.offer(Offers.one("st-anna/lung:1", 3))).check())
        .isEqualTo("identity");
  }

  @Test
  void oneModuleIsNotCountedTwice() {
    Mainline<PluginModule> mainline = open();
    admit(mainline, ONE);
    PluginModule copy = Offers.module("other/name:7", "base", "layer", 1);
    Finding found = refusal(mainline.offer(new Contribution(copy, Offers.distilled(9))));
    assertThat(found.check()).isEqualTo("same module");
    assertThat(found.message()).contains("st-anna/lung:1", "other/name:7");
  }

  @Test
  void aWithdrawnModuleNeverComesBack() {
    Mainline<PluginModule> mainline = open();
    admit(mainline, ONE);
    admit(mainline, TWO);
    mainline.withdraw(ONE.module().id(), "consent withdrawn");
    PluginModule renamed = Offers.module("other/name:7", "base", "layer", 1);
    for (Contribution again :
        List.of(
            ONE,
            new Contribution(ONE.module(), Offers.distilled(9)),
            new Contribution(renamed, ONE.distilled()),
            new Contribution(renamed, Offers.distilled(9)))) {
      assertThat(refusal(mainline.offer(again)).check()).isEqualTo("withdrawn");
    }
    for (int version : new int[] {1, 2}) {
      assertThatThrownBy(() -> mainline.rollBackTo(version, "regression"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("st-anna/lung:1, withdrawn since, at version " + version);
    }
    assertThat(mainline.rollBackTo(3, "same again").contributions())
        .containsOnlyKeys(TWO.module().id());
    // A new module of the same centre on the same distilled set is another contribution.
    PluginModule next = Offers.module("st-anna/lung:2", "base", "layer", 5);
    admit(mainline, new Contribution(next, ONE.distilled()));
  }

  @Test
  void whatCannotMeetIsRefusedWithTheReason() {
    Mainline<PluginModule> mainline = open();
    admit(mainline, ONE);
    Contribution otherBase =
        new Contribution(Offers.module("a/b:1", "another base", "layer", 3), Offers.distilled(3));
    assertThat(refusal(mainline.offer(otherBase)).message()).contains("another base", "a/b:1");
    Contribution otherLayer =
        new Contribution(Offers.module("a/b:2", "base", "other", 3), Offers.distilled(3));
    assertThat(refusal(mainline.offer(otherLayer)).message()).contains("layer", "found none");
    assertThat(mainline.history()).hasSize(2);
    Mainline<PluginModule> lenient = Mainline.of(new DenseSum()).allowMissingLayers().build();
    admit(lenient, ONE);
    admit(lenient, otherLayer);
    assertThat(lenient.head().value().updates()).containsOnlyKeys("layer", "other");
  }

  @Test
  void theGravestFindingDecides() {
    AdmissionCheck note = (offered, admitted) -> List.of(finding(Verdict.NOTE));
    AdmissionCheck doubt = (offered, admitted) -> List.of(finding(Verdict.QUARANTINE));
    AdmissionCheck no = (offered, admitted) -> List.of(finding(Verdict.REFUSE));
    Admission<PluginModule> admitted = open(note).offer(ONE);
    assertThat(((Admission.Admitted<PluginModule>) admitted).findings()).hasSize(1);
    Mainline<PluginModule> doubting = open(doubt, note);
    Admission<PluginModule> quarantined = doubting.offer(ONE);
    assertThat(((Admission.Quarantined<PluginModule>) quarantined).findings()).hasSize(2);
    assertThat(doubting.history()).hasSize(1);
    Mainline<PluginModule> refusing = open(note, no, doubt);
    Admission<PluginModule> refused = refusing.offer(ONE);
    assertThat(((Admission.Refused<PluginModule>) refused).findings()).hasSize(3);
    assertThat(refusing.history()).hasSize(1);
  }

  @Test
  void aCheckThatFailsRefuses() {
    AdmissionCheck failing =
        (offered, admitted) -> {
          throw new IllegalStateException("the hold-out is gone");
        };
    Mainline<PluginModule> mainline = open((offered, admitted) -> List.of(), failing);
    Finding found = refusal(mainline.offer(ONE));
    assertThat(found.check()).isEqualTo("check 2 of 2");
    assertThat(found.message()).contains("the hold-out is gone");
    assertThat(mainline.history()).hasSize(1);
    assertThat(open((offered, admitted) -> null).offer(ONE)).isInstanceOf(Admission.Refused.class);
  }

  @Test
  void checksSeeWhatIsAdmittedInCanonicalOrder() {
    List<List<Contribution>> seen = new ArrayList<>();
    Mainline<PluginModule> mainline =
        open(
            (offered, admitted) -> {
              seen.add(admitted);
              return List.of();
            });
    List<Contribution> five = Offers.some(4, 5);
    five.forEach(each -> admit(mainline, each));
    assertThat(seen).hasSize(5);
    assertThat(seen.get(4)).hasSize(4).isSubsetOf(five);
    assertThat(seen.get(4)).extracting(each -> each.module().digest()).isSorted();
  }

  @Test
  void aMergeThatFailsChangesNothing() {
    MergeStrategy<PluginModule> onlyOne =
        plugins -> {
          if (plugins.size() > 1) {
            throw new IncompatiblePluginsException("expected one plugin, found more");
          }
          return new DenseSum().merge(plugins);
        };
    Mainline<PluginModule> mainline = Mainline.of(onlyOne).build();
    admit(mainline, ONE);
    Finding found = refusal(mainline.offer(TWO));
    assertThat(found.check()).isEqualTo("merge");
    assertThat(found.message()).isEqualTo("expected one plugin, found more");
    assertThat(mainline.history()).hasSize(2);

    MergeStrategy<PluginModule> misconfigured =
        plugins -> {
          throw new IllegalArgumentException("expected coefficients");
        };
    Mainline<PluginModule> other = Mainline.of(misconfigured).build();
    assertThatThrownBy(() -> other.offer(ONE)).isInstanceOf(IllegalArgumentException.class);
    assertThat(other.history()).hasSize(1);
  }

  @Test
  void whoeverLosesTheRaceMergesAgain() {
    ForgeRepository inner = ForgeRepository.inMemory();
    AtomicInteger merges = new AtomicInteger();
    ForgeRepository contested =
        new ForgeRepository() {
          @Override
          public List<LedgerEntry> entries() {
            return inner.entries();
          }

          @Override
          public boolean append(int expectedSize, LedgerEntry entry) {
            if (inner.entries().isEmpty()) {
              inner.append(0, new LedgerEntry.Admit(TWO));
            }
            return inner.append(expectedSize, entry);
          }
        };
    Mainline<PluginModule> mainline =
        Mainline.<PluginModule>of(
                plugins -> {
                  merges.incrementAndGet();
                  return new DenseSum().merge(plugins);
                })
            .repository(contested)
            .build();
    Admission<PluginModule> answer = mainline.offer(ONE);
    ForgeItem<PluginModule> item = ((Admission.Admitted<PluginModule>) answer).item();
    assertThat(item.version()).isEqualTo(2);
    assertThat(item.contributions()).containsOnlyKeys(ONE.module().id(), TWO.module().id());
    assertThat(merges).hasValue(2);
  }

  @Test
  void refusesWhatIsNotThereAndReasonsThatSayNothing() {
    Mainline<PluginModule> mainline = open();
    admit(mainline, ONE);
    assertThatThrownBy(() -> mainline.withdraw(PluginId.parse("a/b:1"), "left"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[st-anna/lung:1], found a/b:1");
    assertThatThrownBy(() -> mainline.withdraw(ONE.module().id(), " "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("reason");
    for (int version : new int[] {-1, 2}) {
      assertThatThrownBy(() -> mainline.rollBackTo(version, "regression"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("0 to 1, found " + version);
    }
    assertThat(mainline.history()).hasSize(2);
  }

  @Test
  void namesTheFirstEntryOfABrokenLedger() {
    LedgerEntry admit = new LedgerEntry.Admit(ONE);
    assertBroken(List.of(admit, admit), "ledger entry 2");
    assertBroken(List.of(new LedgerEntry.Withdraw(ONE.module().id(), "left")), "ledger entry 1");
    assertBroken(List.of(admit, new LedgerEntry.RollBack(2, "x")), "ledger entry 2");
    assertBroken(List.of(new LedgerEntry.RollBack(-1, "x")), "ledger entry 1");
  }

  private static void assertBroken(List<LedgerEntry> entries, String where) {
    ForgeRepository repository = ForgeRepository.inMemory();
    for (int i = 0; i < entries.size(); i++) {
      repository.append(i, entries.get(i));
    }
    Mainline<PluginModule> mainline = Mainline.of(new DenseSum()).repository(repository).build();
    assertThatThrownBy(mainline::head)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(where);
  }

  @Test
  void theBuilderTakesEachSettingOnce() {
    Mainline.Builder<PluginModule> builder =
        Mainline.of(new DenseSum()).allowMissingLayers().repository(ForgeRepository.inMemory());
    assertThatThrownBy(builder::allowMissingLayers).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> builder.repository(ForgeRepository.inMemory()))
        .isInstanceOf(IllegalStateException.class);
  }
}
