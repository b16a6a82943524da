package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medforge.forge.Contribution;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Signature;
import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseDocumentsTest {
  @TempDir private Path folder;
  private RecordedRepository forge;
  private ForgeItem<PluginModule> item;

  @BeforeEach
  void release() {
    forge = FolderRepository.open(folder.resolve("forge"));
    Contribution one = Entries.contribution(0);
    Contribution two = Entries.contribution(1);
    forge.append(0, new LedgerEntry.Admit(one, Entries.outcome(0)));
    forge.append(1, new LedgerEntry.Admit(two, Entries.outcome(1)));
    forge.append(
        2, LedgerEntry.Decide.signed(two.digest(), "maintainer", "approve", "fine", Entries.KEY));
    SortedMap<PluginId, Double> weights = new TreeMap<>();
    weights.put(one.module().id(), 0.25);
    weights.put(two.module().id(), 0.75);
    MergeRecord record =
        MergeRecord.of("fusion.average", PluginSet.of(one.module(), two.module()))
            .parameter("rank", "full")
            .coefficients(new Coefficients.PerPlugin(weights))
            .layer("layer", new MergeRecord.Layer(0, 1, 0))
            .build(one.module().digest());
    item =
        new ForgeItem<>(
            2,
            Optional.of(new Merged<>(one.module(), record)),
            new TreeMap<>(Map.of(one.module().id(), one.digest(), two.module().id(), two.digest())),
            "admitted " + two.module().id());
  }

  private ReleaseDocuments documents() {
    return ReleaseDocuments.of("lung", item, forge);
  }

  @Test
  void theBomNamesModelPartsLicencesAndData() throws IOException {
    JsonNode bom = JsonMapper.builder().build().readTree(documents().mlBom());
    assertThat(bom.path("specVersion").asText()).isEqualTo("1.6");
    JsonNode model = bom.path("metadata").path("component");
    assertThat(model.path("hashes").path(0).path("content").asText())
        .isEqualTo(item.merged().orElseThrow().record().result().hex());
    assertThat(model.path("pedigree").path("ancestors")).hasSize(3);
    assertThat(model.at("/pedigree/ancestors/1/licenses/0/expression").asText())
        .isEqualTo("Apache-2.0");
    assertThat(model.at("/modelCard/modelParameters/datasets")).hasSize(2);
  }

  @Test
  void theCardHoldsWeightsChecksAndTheTreeHead() throws IOException {
    JsonNode card = JsonMapper.builder().build().readTree(documents().modelCard());
    assertThat(card.at("/merge/coefficients/centre-1~1lung:1.1").asDouble()).isEqualTo(0.75);
    assertThat(card.path("checks")).hasSize(2);
    assertThat(card.at("/checks/0/numbers/p").asDouble()).isEqualTo(0.1 + 0.2);
    assertThat(card.at("/log/root").asText()).isEqualTo(forge.treeHead().root().toString());
    assertThat(documents().modelCard()).isEqualTo(documents().modelCard());
  }

  @Test
  void theEnvelopeIsSignedOverTheStatement() throws IOException {
    JsonNode envelope = JsonMapper.builder().build().readTree(documents().envelope(Entries.KEY));
    byte[] payload = Base64.getDecoder().decode(envelope.path("payload").asText());
    assertThat(payload).asString().isEqualTo(documents().statement());
    byte[] bytes = Base64.getDecoder().decode(envelope.at("/signatures/0/sig").asText());
    assertThat(
            Signature.of(Entries.KEY.publicKey(), bytes)
                .isOver("application/vnd.in-toto+json", payload))
        .isTrue();
    JsonNode statement = JsonMapper.builder().build().readTree(payload);
    assertThat(statement.at("/predicate/buildDefinition/resolvedDependencies")).hasSize(2);
  }

  @Test
  void theEvidencePackIsCompleteAndListed() throws IOException {
    Path pack = folder.resolve("pack");
    documents().writeEvidence(pack);
    Fields manifest =
        Fields.of(CanonicalJson.parse(Files.readAllBytes(pack.resolve("manifest.json")), "m"), "m");
    assertThat(manifest.keys())
        .contains("model-card.json", "bom.json", "statement.json", "approvals.json")
        .contains("log/0.json", "log/2.proof.json", "tree-head.json");
    for (String file : manifest.keys()) {
      assertThat(Digest.of(Files.readAllBytes(pack.resolve(file))))
          .isEqualTo(manifest.digest(file));
    }
  }

  @Test
  void anItemThatTheLogDoesNotHoldIsRefused() {
    RecordedRepository empty = FolderRepository.open(folder.resolve("empty"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReleaseDocuments.of("lung", item, empty))
        .withMessageContaining("expected the admission of centre-0/lung:1.0 in the log");
  }
}
