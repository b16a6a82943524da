package io.medforge.forge.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.Finding.Verdict;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.Role;
import io.medforge.forge.SigningKey;
import io.medforge.forge.governance.Member;
import io.medforge.forge.governance.Roster;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SingleChecksTest {
  private static final Contribution ONE = Centre.honest("north", 1);

  private static Verdict verdict(AdmissionCheck check, Contribution offered) {
    List<Finding> findings = check.examine(offered, List.of());
    assertThat(findings).hasSize(1);
    assertThat(findings.get(0).message()).contains(offered.module().id().toString());
    return findings.get(0).verdict();
  }

  @Test
  void basesMatchByDigestOrWaitForAPerson() {
    assertThat(new BaseCheck(ToyRuntime.BASE).examine(ONE, List.of())).isEmpty();
    assertThat(verdict(new BaseCheck(BaseModel.named("other")), ONE)).isEqualTo(Verdict.REFUSE);
    BaseModel known = BaseModel.of("toy", Digest.of(new byte[] {1}));
    assertThat(verdict(new BaseCheck(known), ONE)).isEqualTo(Verdict.QUARANTINE);
  }

  @Test
  void labelSpacesAreThoseDeclaredClassByClass() {
    assertThat(LabelSpaceCheck.of(List.of(Centre.LABELS)).examine(ONE, List.of())).isEmpty();
    LabelSpace swapped = LabelSpace.of("tumour", "malignant", "benign");
    assertThat(verdict(LabelSpaceCheck.of(List.of(swapped)), ONE)).isEqualTo(Verdict.REFUSE);
    PluginModule withHead =
        PluginModule.of(
            PluginId.parse("north/head:1"),
            ToyRuntime.BASE,
            Map.of("head", new Replacement(Tensor.of(Shape.of(2, 2), 1f, 2f, 3f, 4f), swapped)),
            Provenance.unknown());
    assertThat(
            verdict(
                LabelSpaceCheck.of(List.of(Centre.LABELS)),
                new Contribution(withHead, ONE.distilled())))
        .isEqualTo(Verdict.REFUSE);
  }

  @Test
  void licencesAreStatedAndAccepted() {
    LicenceCheck check = LicenceCheck.of(List.of("CC-BY-4.0"));
    assertThat(check.examine(ONE.licensed("CC-BY-4.0"), List.of())).isEmpty();
    assertThat(verdict(check, ONE)).isEqualTo(Verdict.REFUSE);
    assertThat(verdict(check, ONE.licensed("proprietary"))).isEqualTo(Verdict.REFUSE);
  }

  @Test
  void certificatesAreOfTheLevelAndSignedByTheCentre() {
    SigningKey key = SigningKey.generate();
    Roster roster = Roster.of(List.of(new Member("north", key.keyId(), Set.of(Role.CONTRIBUTOR))));
    CertificateCheck check = new CertificateCheck(LeakageCertificate.Level.L2, roster);
    assertThat(verdict(check, ONE)).isEqualTo(Verdict.REFUSE);
    assertThat(verdict(check, ONE.with(certificate(LeakageCertificate.Level.L1).signedBy(key))))
        .isEqualTo(Verdict.REFUSE);
    assertThat(verdict(check, ONE.with(certificate(LeakageCertificate.Level.L3))))
        .isEqualTo(Verdict.REFUSE);
    SigningKey stranger = SigningKey.generate();
    assertThat(
            verdict(check, ONE.with(certificate(LeakageCertificate.Level.L3).signedBy(stranger))))
        .isEqualTo(Verdict.REFUSE);
    assertThat(
            check.examine(
                ONE.with(certificate(LeakageCertificate.Level.L3).signedBy(key)), List.of()))
        .isEmpty();
  }

  private static LeakageCertificate certificate(LeakageCertificate.Level level) {
    return new LeakageCertificate(
        level,
        ONE.module().digest(),
        ONE.distilled().digest(),
        "audit-1",
        "{}",
        Instant.EPOCH,
        Optional.empty());
  }

  @Test
  void sizesAreBounded() {
    assertThat(new SizeCheck(1 << 20, 8, 1000).examine(ONE, List.of())).isEmpty();
    assertThat(verdict(new SizeCheck(100, 8, 1000), ONE)).isEqualTo(Verdict.REFUSE);
    assertThat(verdict(new SizeCheck(1 << 20, 1, 1000), ONE)).isEqualTo(Verdict.REFUSE);
    assertThat(verdict(new SizeCheck(1 << 20, 8, 10), ONE)).isEqualTo(Verdict.REFUSE);
    assertThatThrownBy(() -> new SizeCheck(0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void normsCountHeadsToo() {
    PluginModule head =
        PluginModule.of(
            PluginId.parse("north/head:1"),
            ToyRuntime.BASE,
            Map.of("head", new Replacement(Tensor.of(Shape.of(1, 2), 30f, 40f), Centre.LABELS)),
            Provenance.unknown());
    assertThat(ModuleNorm.of(head).total()).isEqualTo(50);
    assertThat(verdict(new NormCheck(49, 10), new Contribution(head, ONE.distilled())))
        .isEqualTo(Verdict.REFUSE);
  }

  @Test
  void aNormBeyondDoubleIsRefusedByName() {
    Contribution huge =
        new Contribution(
            Centre.module("north/tumour:1", Centre.direction(1), 1e300, 1), ONE.distilled());
    List<Finding> findings = new NormCheck(1e9, 10).examine(huge, List.of());
    assertThat(findings)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.verdict()).isEqualTo(Verdict.REFUSE);
              assertThat(finding.check()).isEqualTo("norm");
            });
  }

  private static Candidate<PluginModule> candidate(Contribution offered, int version) {
    Merged<PluginModule> after = Fusion.average().build().merge(PluginSet.of(offered.module()));
    return new Candidate<>(new Offer(offered, List.of(), version, 0), Optional.empty(), after);
  }

  @Test
  void stalenessAsksForARebase() {
    StalenessCheck<PluginModule> check = new StalenessCheck<>(3);
    assertThat(check.examine(candidate(ONE.trainedFrom(4), 7))).isEmpty();
    assertThat(check.examine(candidate(ONE.trainedFrom(3), 7)))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.verdict()).isEqualTo(Verdict.QUARANTINE);
              assertThat(finding.message()).contains("rebase", "version 4 or later");
              assertThat(finding.numbers()).containsEntry("staleness", 4.0);
            });
    assertThat(check.examine(candidate(ONE.trainedFrom(8), 7)).get(0).verdict())
        .isEqualTo(Verdict.REFUSE);
    assertThat(check.examine(candidate(ONE, 7)).get(0).verdict()).isEqualTo(Verdict.NOTE);
  }

  @Test
  void outsideTheEnvelopeAPersonDecides() {
    ItemAnswers<PluginModule> answers = ItemAnswers.by(new ToyRuntime());
    Candidate<PluginModule> candidate = candidate(ONE, 0);
    String strategy = candidate.after().record().strategy();
    assertThat(
            EnvelopeCheck.<PluginModule>of(List.of(strategy), List.of(ToyRuntime.BASE))
                .withFloor(0.8, answers)
                .examine(candidate))
        .isEmpty();
    List<Finding> findings =
        EnvelopeCheck.<PluginModule>of(List.of("other"), List.of(BaseModel.named("other")))
            .withFloor(1, (model, batch) -> answers.answer(Optional.empty(), batch))
            .examine(candidate);
    assertThat(findings).hasSize(3);
    assertThat(findings).extracting(Finding::verdict).containsOnly(Verdict.QUARANTINE);
    assertThat(findings).extracting(Finding::check).containsOnly("envelope");
  }

  @Test
  void aFindingsNumbersAreFinite() {
    assertThatThrownBy(() -> new FindingDraft("x").number("y", Double.NaN).note("z"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("finite number y");
  }
}
