package io.medforge.plugin.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.runtime.Outputs;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import org.hipparchus.special.Erf;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MembershipAttackTest {
  private JsonNode golden;
  private MembershipEvidence evidence;

  @BeforeEach
  void readThePool() throws IOException {
    golden = GoldenAudit.read("pool");
    Outputs target = outputs(golden.path("target"));
    Outputs base = Outputs.ofLogits(target.size(), 3, new float[3 * target.size()]);
    evidence =
        MembershipEvidence.of(
            target,
            base,
            GoldenAudit.ints(golden.path("classes")),
            golden.path("members").intValue());
    for (int s = 0; s < golden.path("shadows").size(); s++) {
      BitSet in = new BitSet();
      for (int row = 0; row < target.size(); row++) {
        in.set(row, golden.path("in").path(s).path(row).booleanValue());
      }
      evidence = evidence.withShadow(outputs(golden.path("shadows").path(s)), in);
    }
  }

  private static Outputs outputs(JsonNode rows) {
    float[] logits = new float[3 * rows.size()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) rows.path(i / 3).path(i % 3).doubleValue();
    }
    return Outputs.ofLogits(rows.size(), 3, logits);
  }

  private double[] scores(MembershipAttack attack) {
    MembershipScores scores = attack.score(evidence);
    double[] all = new double[evidence.size()];
    System.arraycopy(scores.members(), 0, all, 0, evidence.members());
    System.arraycopy(
        scores.strangers(), 0, all, evidence.members(), evidence.size() - evidence.members());
    return all;
  }

  @Test
  void confidencesAgreeWithNumpy() {
    double[] expected = GoldenAudit.doubles(golden.path("confidence"));
    for (int row = 0; row < expected.length; row++) {
      assertThat(evidence.pluginConfidence(row)).isCloseTo(expected[row], within(1e-12));
    }
  }

  @Test
  void lossesAgreeWithNumpy() {
    double[] loss = GoldenAudit.doubles(golden.path("loss"));
    double[] plain = scores(MembershipAttack.lossThreshold());
    double[] referenced = scores(MembershipAttack.baseReferencedLoss());
    for (int row = 0; row < loss.length; row++) {
      assertThat(plain[row]).isCloseTo(-loss[row], within(1e-12));
      assertThat(referenced[row]).isCloseTo(StrictMath.log(3.0) - loss[row], within(1e-12));
    }
  }

  @Test
  void offlineLiraAgreesWithScipy() {
    double[] expected = GoldenAudit.doubles(golden.path("offlineProbability"));
    double[] scores = scores(MembershipAttack.offlineLikelihoodRatio());
    for (int row = 0; row < expected.length; row++) {
      double probability = 0.5 * Erf.erfc(-scores[row] / StrictMath.sqrt(2.0));
      assertThat(probability).isCloseTo(expected[row], within(1e-12));
    }
  }

  @Test
  void onlineLiraAgreesWithScipy() {
    assertThat(scores(MembershipAttack.onlineLikelihoodRatio()))
        .containsExactly(GoldenAudit.doubles(golden.path("online")), within(1e-10));
  }

  @Test
  void rmiaAgreesWithNumpy() {
    assertThat(scores(MembershipAttack.relativeMembership(golden.path("gamma").doubleValue())))
        .containsExactly(GoldenAudit.doubles(golden.path("rmia")), within(1e-12));
  }

  @Test
  void rmiaFavoursNeitherSideWhereNothingDiffers() {
    Outputs same = Outputs.ofLogits(7, 2, new float[14]);
    MembershipEvidence nothing = MembershipEvidence.of(same, same, new int[7], 4);
    BitSet half = new BitSet();
    half.set(0, 5);
    BitSet rest = new BitSet();
    rest.set(5, 7);
    nothing = nothing.withShadow(same, half).withShadow(same, rest);

    for (double gamma : new double[] {0.5, 1, 2}) {
      MembershipScores scores = MembershipAttack.relativeMembership(gamma).score(nothing);
      assertThat(AreaUnderCurve.of(scores).value()).isEqualTo(0.5);
    }
  }

  @Test
  void extremeConfidencesStayFinite() {
    Outputs extreme = Outputs.ofLogits(2, 2, new float[] {3e38f, -3e38f, 3e38f, -3e38f});
    MembershipEvidence two = MembershipEvidence.of(extreme, extreme, new int[] {0, 1}, 1);

    assertThat(MembershipEvidence.logProbability(two.pluginConfidence(0))).isZero();
    assertThat(MembershipEvidence.logProbability(two.pluginConfidence(1))).isLessThan(-1e38);
    assertThat(MembershipAttack.lossThreshold().score(two).members()).containsExactly(0);
  }

  @Test
  void refusesTooFewShadows() {
    Outputs any = Outputs.ofLogits(4, 2, new float[8]);
    MembershipEvidence none = MembershipEvidence.of(any, any, new int[4], 2);
    for (MembershipAttack attack :
        List.of(
            MembershipAttack.offlineLikelihoodRatio(),
            MembershipAttack.onlineLikelihoodRatio(),
            MembershipAttack.relativeMembership(1))) {
      assertThatThrownBy(() -> attack.score(none))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("shadow", "row 0");
    }
    assertThatThrownBy(() -> MembershipAttack.relativeMembership(0)).hasMessageContaining("gamma");
  }

  @Test
  void refusesAnswersThatDoNotFit() {
    Outputs two = Outputs.ofLogits(2, 2, new float[4]);
    Outputs single = Outputs.ofLogits(2, 1, new float[2]);
    assertThatThrownBy(() -> MembershipEvidence.of(two, two, new int[] {0, 2}, 1))
        .hasMessageContaining("row 1");
    assertThatThrownBy(() -> MembershipEvidence.of(two, two, new int[3], 1))
        .hasMessageContaining("3 rows");
    assertThatThrownBy(() -> MembershipEvidence.of(single, single, new int[2], 1))
        .hasMessageContaining("2 classes");
    assertThatThrownBy(() -> MembershipEvidence.of(two, two, new int[2], 2))
        .hasMessageContaining("strangers");
  }
}
