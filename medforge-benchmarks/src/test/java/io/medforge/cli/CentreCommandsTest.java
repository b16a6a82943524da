package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.cli.centre.CertificateFile;
import io.medforge.cli.centre.ContributionFolder;
import io.medforge.forge.Contribution;
import io.medforge.forge.LeakageCertificate;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.plugin.privacy.PrivacyLedger;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Train, lighten, distil, audit and pack, as a hospital's data team would. */
class CentreCommandsTest {
  private static final String[] TRAINING = {"--label-column", "finding", "--epochs", "8"};

  @TempDir private Path folder;
  private Path table;

  @BeforeEach
  void writeTheTable() throws IOException {
    table = CentreTable.write(folder.resolve("patients.csv"), 300, 1);
  }

  @Test
  void fromPatientsToAnAdmittedContribution() throws IOException {
    Path branch = folder.resolve("branch");
    Path key = folder.resolve("north.key");
    String keyId = ok("forge", "key", key).out().strip();
    CommandRun trained = ok(train(branch, "north/finding:1", "--new-base", "mlp"));
    assertThat(trained.out())
        .contains("{absent=82, present=82}", "set aside 46 rows", "90 as strangers");
    assertThat(json(branch.resolve("training.json")).at("/after/accuracy").asDouble())
        .isGreaterThan(0.8);
    ok("distil", branch, "--steps", 60, "--per-class", 5);
    assertThat(ok("lighten", branch, "--max-loss", "0.02").out()).contains("bytes instead of");

    CommandRun audited =
        CommandRun.of("audit", branch, "--shadows", 4, "--attribute", "smoker", "--key", key);

    // 90 strangers cannot bound a rate of one in a hundred.
    assertThat(audited.exitCode()).as(audited.err()).isEqualTo(4);
    assertThat(Files.readString(branch.resolve("audit.html"))).contains("INCONCLUSIVE", "<svg");
    LeakageCertificate certificate = CertificateFile.read(branch.resolve(CertificateFile.NAME));
    assertThat(certificate.hasValidSignature()).isTrue();

    Path packed = folder.resolve("packed");
    CommandRun run = ok("pack", branch, "-o", packed, "--key", key, "--licence", "CC-BY-4.0");
    assertThat(run.out()).contains("distilled.safetensors", "What stays");
    Contribution contribution = ContributionFolder.read(packed);
    assertThat(contribution.hasValidSignature()).isTrue();
    assertThat(contribution.certificates()).containsExactly(certificate);
    assertThat(contribution.module().provenance().facts()).containsKeys("epochs", "trained-with");
    theManifestNamesEveryFile(packed);
    nothingOfThePatientsIsPacked(packed);
    theForgeTakesIt(packed, contribution, keyId);
  }

  private static void theManifestNamesEveryFile(Path packed) throws IOException {
    String manifest = Files.readString(packed.resolve("MANIFEST.md"));
    try (Stream<Path> files = Files.walk(packed)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = packed.relativize(file).toString();
        if (!name.equals("MANIFEST.md")) {
          assertThat(manifest).contains("| " + name + " | " + Files.size(file) + " |");
        }
      }
    }
  }

  private void nothingOfThePatientsIsPacked(Path packed) throws IOException {
    List<String> values = new ArrayList<>();
    for (String line : Files.readAllLines(table)) {
      for (String field : line.split(",", -1)) {
        if (field.matches("-?[0-9]+\\.[0-9]{2,3}") && field.length() > 5) {
          values.add(field);
        }
      }
    }
    assertThat(values).hasSizeGreaterThan(300);
    try (Stream<Path> files = Files.walk(packed)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String content = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(values)
            .noneMatch(value -> content.matches("(?s).*[^0-9.]" + value + "[^0-9].*"));
        assertThat(content).doesNotContain(table.toString());
      }
    }
  }

  private void theForgeTakesIt(Path packed, Contribution contribution, String keyId)
      throws IOException {
    Path charter = folder.resolve("charter.json");
    Files.writeString(
        charter,
        """
        {"base": {"name": "mlp", "digest": "%s"},
         "strategy": {"name": "fusion.average", "rank": 4},
         "licences": ["CC-BY-4.0"],
         "members": [{"name": "north", "key": "%s", "roles": ["contributor", "maintainer"]}],
         "quorums": {"admission": {"approvals": 1}, "release": {"approvals": 1}}}
        """
            .formatted(contribution.module().base().digest().orElseThrow(), keyId));
    Path forge = folder.resolve("forge");
    ok("forge", "init", forge, "--charter", charter);
    assertThat(ok("forge", "offer", packed, "-f", forge).out())
        .contains("admitted north/finding:1 as version 1");
    CommandRun both = CommandRun.of("forge", "offer", packed, "-f", forge, "--licence", "MIT");
    assertThat(both.exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("forge", "offer", "-f", forge).exitCode()).isEqualTo(2);
  }

  @Test
  void aPrivateBranchIsWrittenIntoTheLedgerAndCertified() throws IOException {
    Path branch = folder.resolve("branch");
    Path ledger = folder.resolve("ledger.jsonl");
    Path scaling = folder.resolve("scaling.json");
    Files.writeString(
        scaling,
        """
        {"origin": "a textbook", "columns": ["age", "pressure", "noise", "smoker"],
         "centres": [60, 140, 0, 0.5], "spreads": [8, 15, 1, 0.5]}
        """);
    Object[] privately = {
      "--new-base", "mlp", "--private", "epsilon=1", "--ledger", ledger, "--budget", "2.5"
    };
    CommandRun withoutScale = CommandRun.of(train(branch, "north/finding:1", privately));
    assertThat(withoutScale.exitCode()).isEqualTo(1);
    assertThat(withoutScale.err()).contains("--scale FILE");
    Object[] scaled = {
      "--new-base",
      "mlp",
      "--private",
      "epsilon=1,delta=1e-5,clip=0.5",
      "--ledger",
      ledger,
      "--budget",
      "2.5",
      "--scale",
      scaling
    };
    ok(train(branch, "north/finding:1", scaled));
    ok("distil", branch, "--steps", 30, "--private", "epsilon=1", "--ledger", ledger);

    CommandRun audited =
        CommandRun.of("audit", branch, "--shadows", 4, "--no-attribute", "only a test");

    assertThat(audited.exitCode()).as(audited.err()).isEqualTo(4);
    assertThat(audited.out()).contains("certificate level L3", "claims epsilon 1.4");
    assertThat(PrivacyLedger.open(ledger).releases()).hasSize(2);
    // The same version again would be another release of the same name.
    CommandRun again = CommandRun.of(train(folder.resolve("again"), "north/finding:1", scaled));
    assertThat(again.err()).contains("north/finding:1 module", "another version");
    Object[] tooMuch = {
      "--base",
      branch.resolve("base"),
      "--private",
      "epsilon=2.4",
      "--ledger",
      ledger,
      "--scale",
      scaling
    };
    CommandRun over = CommandRun.of(train(folder.resolve("over"), "north/finding:2", tooMuch));
    assertThat(over.exitCode()).isEqualTo(1);
    assertThat(over.err()).contains("expected at most epsilon 2.5");
    assertThat(folder.resolve("over")).doesNotExist();
    assertThat(PrivacyLedger.open(ledger).releases()).hasSize(2);
  }

  @Test
  void theSameCommandGivesTheSameModuleAndSplit() throws IOException {
    Path one = folder.resolve("one");
    Path other = folder.resolve("other");
    ok(train(one, "north/finding:1", "--new-base", "mlp"));
    ok(train(other, "north/finding:1", "--base", one.resolve("base")));
    PluginModule first = PeftAdapter.read(one.resolve("adapter"));
    assertThat(PeftAdapter.read(other.resolve("adapter")).digest()).isEqualTo(first.digest());
    assertThat(json(one.resolve("training.json")).path("module").asText())
        .isEqualTo(first.digest().toString());
    JsonNode split = json(one.resolve("stays/patients.json")).path("split");
    assertThat(json(other.resolve("stays/patients.json")).path("split")).isEqualTo(split);
    List<Integer> rows = new ArrayList<>();
    for (String part : List.of("training", "validation", "holdout")) {
      split.path(part).forEach(row -> rows.add(row.asInt()));
    }
    assertThat(rows).doesNotHaveDuplicates().hasSize(300);
  }

  @Test
  void rowsOfOnePatientStayTogether() throws IOException {
    List<String> lines = new ArrayList<>();
    List<String> plain = CentreTable.lines(120, 2);
    lines.add("id," + plain.get(0));
    for (int i = 1; i < plain.size(); i++) {
      lines.add("p" + (i - 1) / 4 + "," + plain.get(i));
    }
    Files.write(table, lines);
    Path branch = folder.resolve("branch");
    ok(train(branch, "north/finding:1", "--new-base", "mlp", "--id-column", "id"));
    JsonNode split = json(branch.resolve("stays/patients.json")).path("split");
    for (String part : List.of("training", "validation", "holdout")) {
      List<Integer> rows = new ArrayList<>();
      split.path(part).forEach(row -> rows.add(row.asInt()));
      assertThat(rows).isNotEmpty();
      assertThat(rows).allSatisfy(row -> assertThat(rows).contains(row / 4 * 4, row / 4 * 4 + 3));
    }
    CommandRun run =
        CommandRun.of(
            train(
                folder.resolve("private"),
                "north/finding:2",
                "--new-base",
                "mlp",
                "--id-column",
                "id",
                "--private",
                "epsilon=1"));
    assertThat(run.err()).contains("one row for each patient");
  }

  @Test
  void thePolicyOfTheSiteIsKept() throws IOException {
    Path branch = folder.resolve("branch");
    Path key = folder.resolve("north.key");
    ok("forge", "key", key);
    ok(train(branch, "north/finding:1", "--new-base", "mlp"));
    ok("distil", branch, "--steps", 5, "--per-class", 2);
    String[][] policies = {
      {"{\"maxBytes\": 100, \"minLevel\": null, \"minClassCount\": null}", "at most 100 bytes"},
      {"{\"maxBytes\": null, \"minLevel\": \"L2\", \"minClassCount\": null}", "level L2"},
      {"{\"maxBytes\": null, \"minLevel\": null, \"minClassCount\": 83}", "found 82"},
      {"{\"maxBytes\": null}", "policy.json"},
      {"{\"maxBytes\": 1, \"minLevel\": null, \"minClassCount\": 1, \"min\": 1}", "policy.json"}
    };
    Path policy = folder.resolve("policy.json");
    for (String[] each : policies) {
      Files.writeString(policy, each[0]);
      Path packed = folder.resolve("packed");
      CommandRun run =
          CommandRun.of("pack", branch, "-o", packed, "--key", key, "--policy", policy);
      assertThat(run.exitCode()).as(each[0]).isEqualTo(1);
      assertThat(run.err()).contains(each[1]);
      assertThat(packed).doesNotExist();
    }
  }

  @Test
  void whatWasTamperedWithIsNoContribution() throws IOException {
    Path branch = folder.resolve("branch");
    Path key = folder.resolve("north.key");
    ok("forge", "key", key);
    ok(train(branch, "north/finding:1", "--new-base", "mlp"));
    ok("distil", branch, "--steps", 5, "--per-class", 2);
    Path packed = folder.resolve("packed");
    ok("pack", branch, "-o", packed, "--key", key, "--licence", "MIT");
    Path record = packed.resolve("contribution.json");
    String text = Files.readString(record);
    for (String[] change :
        new String[][] {
          {"\"MIT\"", "\"CC0-1.0\""},
          {"north/finding:1", "south/finding:1"},
          {"\"epochs\" : \"8\"", "\"epochs\" : \"9\""},
          {"\"signature\" : ", "\"signature\" : null, \"more\" : "}
        }) {
      assertThat(text).contains(change[0]);
      Files.writeString(record, text.replace(change[0], change[1]));
      assertThatThrownBy(() -> ContributionFolder.read(packed))
          .isInstanceOf(MalformedPluginException.class)
          .hasMessageContaining("contribution.json");
    }
    Files.writeString(record, text);
    Files.writeString(packed.resolve("patients.csv"), "1");
    assertThatThrownBy(() -> ContributionFolder.read(packed)).hasMessageContaining("patients.csv");
    Files.delete(packed.resolve("patients.csv"));
    Files.delete(packed.resolve("distilled.safetensors"));
    assertThat(CommandRun.of("forge", "offer", packed, "-f", folder).exitCode()).isEqualTo(1);
  }

  private Object[] train(Path out, String id, Object... more) {
    List<Object> words = new ArrayList<>(List.of("train", table, "-o", out, "--id", id));
    words.addAll(List.of(TRAINING));
    words.addAll(List.of(more));
    return words.toArray();
  }

  private static CommandRun ok(Object... words) {
    CommandRun run = CommandRun.of(words);
    assertThat(run.exitCode()).as("%s%n%s", run.out(), run.err()).isZero();
    return run;
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(Files.readString(file));
  }
}
