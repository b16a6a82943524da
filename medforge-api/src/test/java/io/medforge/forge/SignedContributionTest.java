package io.medforge.forge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Modules;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SignedContributionTest {
  private static final SigningKey KEY = SigningKey.generate();
  private static final PluginModule MODULE =
      Modules.of("st-anna/lung:1", Map.of("bias", new DenseUpdate(Modules.filled(1, 2))));
  private static final DistilledSet SET =
      DistilledSet.of(LabelSpace.of("t", "a", "b"), ModelInput.ofRows(new float[] {1, 2}), 1);
  private static final LeakageCertificate CERTIFICATE =
      new LeakageCertificate(
          LeakageCertificate.Level.L2,
          MODULE.digest(),
          SET.digest(),
          "audit-1",
          "{\"auc\":0.5}",
          Instant.parse("2026-11-25T00:00:00Z"),
          Optional.empty());

  @Test
  void aSignatureIsOverOneTypeAndPayload() {
    byte[] payload = "text".getBytes(StandardCharsets.UTF_8);
    Signature signature = KEY.sign("type", payload);
    assertThat(signature.isOver("type", payload)).isTrue();
    assertThat(signature.isOver("other", payload)).isFalse();
    assertThat(signature.isOver("type", new byte[4])).isFalse();
    assertThat(KEY.sign("type", payload)).isEqualTo(signature);
    assertThat(signature.keyId())
        .isEqualTo(KEY.keyId())
        .isEqualTo(Digest.of(KEY.publicKey().getEncoded()));
    assertThat(
            Signature.of(SigningKey.generate().publicKey(), signature.bytes())
                .isOver("type", payload))
        .isFalse();
  }

  @Test
  void whatIsSignedIsDssesEncoding() {
    byte[] payload = "hello world".getBytes(StandardCharsets.UTF_8);
    // The example of the DSSE protocol's specification.
    assertThat(Signature.preAuthenticationEncoding("http://example.com/HelloWorld", payload))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  }

  @Test
  void aSignatureIsOneText() {
    Signature signature = KEY.sign("type", new byte[0]);
    assertThat(Signature.parse(signature.toString())).isEqualTo(signature);
    for (String bad :
        new String[] {
          "", "ed25519:", "ed25519:a:b", signature + "\n", signature + ":x", "rsa" + signature
        }) {
      assertThatIllegalArgumentException()
          .as(bad)
          .isThrownBy(() -> Signature.parse(bad))
          .withMessageContaining("expected ed25519:KEY:SIGNATURE");
    }
  }

  @Test
  void anotherKindOfKeyIsRefusedByName() throws GeneralSecurityException {
    var rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SigningKey.of(rsa.getPrivate(), rsa.getPublic()))
        .withMessageContaining("found one of RSA");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SigningKey.of(KEY.privateKey(), SigningKey.generate().publicKey()))
        .withMessageContaining("different pairs");
    assertThat(KEY.toString()).isEqualTo("signing key " + KEY.keyId());
  }

  @Test
  void theContentsDigestKnowsNothingOfWhatIsAround() {
    Contribution bare = new Contribution(MODULE, SET);
    Contribution full = bare.with(CERTIFICATE).trainedFrom(3).licensed("MIT").signedBy(KEY);
    assertThat(full.digest()).isEqualTo(bare.digest());
    assertThat(full.statement()).isNotEqualTo(bare.statement());
    assertThat(full.baseVersion()).isEqualTo(OptionalInt.of(3));
    assertThat(bare.hasValidSignature()).isFalse();
    assertThat(full.hasValidSignature()).isTrue();
  }

  @Test
  void aSignatureVouchesForEverything() {
    Contribution signed =
        new Contribution(MODULE, SET).trainedFrom(3).licensed("MIT").signedBy(KEY);
    assertThat(changed(signed, OptionalInt.of(4), "MIT").hasValidSignature()).isFalse();
    assertThat(changed(signed, OptionalInt.empty(), "MIT").hasValidSignature()).isFalse();
    assertThat(changed(signed, OptionalInt.of(3), "BSD").hasValidSignature()).isFalse();
    assertThat(changed(signed, OptionalInt.of(3), "MIT").hasValidSignature()).isTrue();
  }

  @Test
  void theSignatureComesLast() {
    Contribution signed = new Contribution(MODULE, SET).signedBy(KEY);
    assertThatIllegalStateException()
        .isThrownBy(() -> signed.licensed("MIT"))
        .withMessageContaining("found one signed by " + KEY.keyId());
    assertThatIllegalStateException().isThrownBy(() -> signed.signedBy(KEY));
  }

  @Test
  void aCertificateIsBoundToItsContent() {
    LeakageCertificate signed = CERTIFICATE.signedBy(KEY);
    assertThat(CERTIFICATE.hasValidSignature()).isFalse();
    assertThat(signed.hasValidSignature()).isTrue();
    LeakageCertificate raised =
        new LeakageCertificate(
            LeakageCertificate.Level.L4,
            signed.module(),
            signed.distilled(),
            signed.auditVersion(),
            signed.statistics(),
            signed.issuedAt(),
            signed.signature());
    assertThat(raised.hasValidSignature()).isFalse();
    DistilledSet other =
        DistilledSet.of(LabelSpace.of("t", "a", "b"), ModelInput.ofRows(new float[] {1, 2}), 0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Contribution(MODULE, other).with(signed))
        .withMessageContaining("expected a certificate of module");
  }

  @Test
  void aDecisionIsSignedAsAWhole() {
    Digest subject = Digest.of(new byte[1]);
    LedgerEntry.Decide decide =
        LedgerEntry.Decide.signed(subject, "maintainer", "approve", "looks\nfine", KEY);
    assertThat(decide.hasValidSignature()).isTrue();
    assertThat(
            new LedgerEntry.Decide(subject, "maintainer", "veto", "looks\nfine", decide.signature())
                .hasValidSignature())
        .isFalse();
  }

  private static Contribution changed(Contribution signed, OptionalInt version, String licence) {
    return new Contribution(
        signed.module(),
        signed.distilled(),
        signed.certificates(),
        version,
        Optional.of(licence),
        signed.signature());
  }
}
