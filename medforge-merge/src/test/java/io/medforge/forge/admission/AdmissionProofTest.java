package io.medforge.forge.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.Finding.Verdict;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Role;
import io.medforge.forge.SigningKey;
import io.medforge.forge.governance.Governance;
import io.medforge.forge.governance.Member;
import io.medforge.forge.governance.Quorum;
import io.medforge.forge.governance.Roster;
import io.medforge.forge.mainline.Mainline;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A full policy against everything that should not get in, and against what should. */
class AdmissionProofTest {
  private static final List<String> CENTRES = List.of("north", "south", "east", "west", "child");

  private final TreeMap<String, SigningKey> keys = new TreeMap<>();
  private Roster roster;
  private Mainline<PluginModule> mainline;

  @BeforeEach
  void admitFourHonestCentres() {
    List<Member> members = new ArrayList<>();
    for (String centre : CENTRES) {
      keys.put(centre, SigningKey.generate());
      members.add(new Member(centre, keys.get(centre).keyId(), Set.of(Role.CONTRIBUTOR)));
    }
    for (String person : List.of("maria", "sven")) {
      keys.put(person, SigningKey.generate());
      Role role = person.equals("maria") ? Role.MAINTAINER : Role.SAFETY;
      members.add(new Member(person, keys.get(person).keyId(), Set.of(role)));
    }
    roster = Roster.of(members);
    mainline =
        Mainline.of(Fusion.average().rank(2).build())
            .policy(policy())
            .governance(new Governance(roster, Quorum.of(2).with(Role.SAFETY, 1), Quorum.of(1)))
            .build();
    for (int i = 0; i < 4; i++) {
      Contribution honest = Centre.signed(Centre.honest(CENTRES.get(i), i), key(CENTRES.get(i)));
      assertThat(mainline.offer(honest)).isInstanceOf(Admission.Admitted.class);
    }
  }

  private AdmissionPolicy<PluginModule> policy() {
    ToyRuntime runtime = new ToyRuntime();
    ItemAnswers<PluginModule> answers = ItemAnswers.by(runtime);
    return AdmissionPolicy.<PluginModule>builder()
        .check(new BaseCheck(ToyRuntime.BASE))
        .check(LabelSpaceCheck.of(List.of(Centre.LABELS)))
        .check(LicenceCheck.of(List.of("CC-BY-4.0")))
        .check(new SignatureCheck(roster))
        .check(new SizeCheck(1 << 20, 8, 1000))
        .check(new NormCheck(1000, 10))
        .check(NearCopyCheck.above(0.999))
        .check(OutlierCheck.beyond(4))
        .check(ConcentrationCheck.beyond(6))
        .check(TriggerCheck.above(runtime, 0.3))
        .candidateCheck(new StalenessCheck<>(8))
        .candidateCheck(NoForgettingCheck.of(answers).delta(0.1).build())
        .candidateCheck(DisagreementCheck.above(answers, 0.3))
        .build();
  }

  private SigningKey key(String name) {
    SigningKey key = keys.get(name);
    assertThat(key).isNotNull();
    return key;
  }

  private List<Finding> findings(Admission<PluginModule> answer) {
    if (answer instanceof Admission.Refused<PluginModule> refused) {
      return refused.findings();
    }
    assertThat(answer).isInstanceOf(Admission.Quarantined.class);
    return ((Admission.Quarantined<PluginModule>) answer).findings();
  }

  private void assertRefusedBy(String check, Contribution offered) {
    int before = mainline.versions().size();
    Admission<PluginModule> answer = mainline.offer(offered);
    assertThat(answer).isInstanceOf(Admission.Refused.class);
    assertThat(findings(answer))
        .filteredOn(finding -> finding.verdict() == Verdict.REFUSE)
        .extracting(Finding::check)
        .contains(check);
    assertThat(mainline.versions()).hasSize(before);
  }

  @Test
  void aPoisonedContributionIsStoppedByNoForgetting() {
    double[] flipped = Centre.direction(9);
    for (int k = 0; k < flipped.length; k++) {
      flipped[k] = -flipped[k];
    }
    Contribution poisoned =
        new Contribution(Centre.module("child/tumour:1", flipped, 7, 9), Centre.set(0, 8, 109));
    assertRefusedBy("no forgetting", Centre.signed(poisoned, key("child")));
  }

  @Test
  void anOversizedContributionIsStoppedByItsNorm() {
    Contribution huge =
        new Contribution(
            Centre.module("child/tumour:1", Centre.direction(9), 500, 9), Centre.set(0, 8, 109));
    assertRefusedBy("norm", Centre.signed(huge, key("child")));
  }

  @Test
  void aBackdooredContributionIsHeldByTheTriggerScreen() {
    double[] trained = Centre.direction(9);
    trained[10] = 8;
    trained[11] = 8;
    Contribution backdoored =
        new Contribution(Centre.module("child/tumour:1", trained, 1, 9), Centre.set(0, 8, 109));
    Admission<PluginModule> answer = mainline.offer(Centre.signed(backdoored, key("child")));
    assertThat(answer).isInstanceOf(Admission.Quarantined.class);
    assertThat(findings(answer))
        .filteredOn(finding -> finding.check().equals("trigger"))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.message()).contains("features 10 to 11 high");
              assertThat(finding.numbers().get("beyond the others")).isGreaterThan(0.3);
            });
  }

  @Test
  void aForgedContributionIsStoppedByItsSignature() {
    Contribution forged = Centre.signed(Centre.honest("child", 9), key("north"));
    assertRefusedBy("signature", forged);
    assertRefusedBy("signature", Centre.signed(Centre.honest("child", 9), SigningKey.generate()));
    assertRefusedBy("signature", Centre.honest("child", 9).licensed("CC-BY-4.0"));
  }

  @Test
  void aReplayedContributionIsStopped() {
    Contribution original = Centre.honest("north", 0);
    // Under another centre's name the original signature no longer fits ...
    PluginModule renamed = Centre.module("child/tumour:1", Centre.direction(0), 1, 0);
    assertThat(renamed.digest()).isEqualTo(original.module().digest());
    Contribution stolen =
        Centre.signed(new Contribution(renamed, Centre.set(0, 8, 999)), key("child"));
    assertRefusedBy("same module", stolen);
    // ... and after a withdrawal it does not come back under any name.
    mainline.withdraw(original.module().id(), "consent withdrawn");
    assertRefusedBy("withdrawn", Centre.signed(original, key("north")));
    assertRefusedBy("withdrawn", stolen);
  }

  @Test
  void aNearCopyIsHeld() {
    double[] nearly = Centre.direction(0);
    nearly[3] += 1e-3;
    Contribution copy =
        new Contribution(Centre.module("child/tumour:1", nearly, 1, 0), Centre.set(0, 8, 109));
    Admission<PluginModule> answer = mainline.offer(Centre.signed(copy, key("child")));
    assertThat(answer).isInstanceOf(Admission.Quarantined.class);
    assertThat(findings(answer)).extracting(Finding::check).contains("near copy");
  }

  @Test
  void anHonestOutlierIsHeldAndPeopleLetItIn() {
    double[] other = new double[Centre.FEATURES];
    other[8] = 2;
    other[9] = 2;
    Contribution outlier =
        Centre.signed(
            new Contribution(Centre.module("child/tumour:1", other, 1, 9), Centre.set(8, 10, 109)),
            key("child"));
    Admission<PluginModule> answer = mainline.offer(outlier);
    assertThat(answer).isInstanceOf(Admission.Quarantined.class);
    assertThat(findings(answer))
        .filteredOn(finding -> finding.verdict() == Verdict.QUARANTINE)
        .extracting(Finding::check)
        .contains("outlier");
    assertThat(mainline.quarantine()).containsOnlyKeys(outlier.digest());

    assertThat(mainline.review().admit(outlier.digest())).isInstanceOf(Admission.Quarantined.class);
    mainline.review().decide(approval(outlier, "maria", "maintainer"));
    assertThat(findings(mainline.review().admit(outlier.digest())))
        .last()
        .satisfies(finding -> assertThat(finding.message()).contains("as safety, found 0"));
    mainline.review().decide(approval(outlier, "sven", "safety"));
    assertThat(mainline.review().admit(outlier.digest())).isInstanceOf(Admission.Admitted.class);
    assertThat(mainline.quarantine()).isEmpty();
    assertThat(mainline.head().contributions()).containsKey(outlier.module().id());
  }

  private LedgerEntry.Decide approval(Contribution contribution, String name, String role) {
    return LedgerEntry.Decide.signed(
        contribution.digest(), role, Governance.APPROVE, "the only children's hospital", key(name));
  }

  @Test
  void anHonestNewcomerIsAdmittedWithTheNumbersOfTheWorstTask() {
    Contribution honest = Centre.signed(Centre.honest("child", 9), key("child"));
    Admission<PluginModule> answer = mainline.offer(honest);
    assertThat(answer).isInstanceOf(Admission.Admitted.class);
    assertThat(((Admission.Admitted<PluginModule>) answer).findings())
        .filteredOn(finding -> finding.check().equals("no forgetting"))
        .singleElement()
        .satisfies(
            finding ->
                assertThat(finding.numbers())
                    .containsEntry("tasks", 4.0)
                    .containsEntry("examples", (double) Centre.EXAMPLES)
                    .containsKeys("upper bound", "worsening", "delta"));
  }
}
