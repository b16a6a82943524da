package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.safetensors.DistilledSetFile;
import io.medforge.runtime.DistilledSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A forge whose main branch is a mixture. */
class MixtureForgeTest {
  private static final String CHARTER =
      """
      {"base": {"name": "clinic"},
       "strategy": {"name": "mixture", "gate": "GATE", "perClass": 16},
       "screens": {"disagreementShare": 0.3},
       "noForgetting": {"test": "exact", "delta": 0.1, "alpha": 0.05},
       "envelope": {"strategies": ["mixture"], "floor": 0.7},
       "members": [
         {"name": "maria", "key": "MARIA", "roles": ["maintainer"]},
         {"name": "north", "key": "NORTH", "roles": ["contributor"]},
         {"name": "south", "key": "SOUTH", "roles": ["contributor"]}],
       "quorums": {"admission": {"approvals": 1}, "release": {"approvals": 1}}}
      """;

  @TempDir private Path folder;
  private String charter = CHARTER;

  @BeforeEach
  void prepare() throws IOException {
    for (String name : new String[] {"maria", "north", "south"}) {
      String key = CommandRun.of("forge", "key", folder.resolve(name + ".key")).out().strip();
      charter = charter.replace(name.toUpperCase(Locale.ROOT), key);
    }
    ForgeSites.writeBase(folder.resolve("base.onnx"));
    ForgeSites.write(folder.resolve("north"), "north", 1);
    ForgeSites.write(folder.resolve("south"), "south", 2);
  }

  private Path found(String name, String gate) throws IOException {
    Path file = folder.resolve(name + ".json");
    Files.writeString(file, charter.replace("GATE", gate));
    Path forge = folder.resolve(name);
    CommandRun run = CommandRun.of("forge", "init", forge, "--charter", file);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return forge;
  }

  private CommandRun offer(Path forge, String centre, Object... more) {
    Object[] args = {
      "forge",
      "offer",
      "-f",
      forge,
      "--adapter",
      folder.resolve(centre).resolve("adapter"),
      "--distilled",
      folder.resolve(centre).resolve("distilled.safetensors"),
      "--key",
      folder.resolve(centre + ".key")
    };
    return CommandRun.of(with(args, more));
  }

  private Object[] model() {
    return new Object[] {"--model", folder.resolve("base.onnx")};
  }

  private static Object[] with(Object[] args, Object... more) {
    Object[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  private static JsonNode show(Path forge, String version) throws IOException {
    CommandRun run = CommandRun.of("forge", "show", version, "--json", "-f", forge);
    return new ObjectMapper().readTree(run.out());
  }

  private CommandRun run(Object... args) {
    CommandRun run = CommandRun.of(with(args, model()));
    assertThat(run.exitCode()).as("%s%n%s", run.out(), run.err()).isZero();
    return run;
  }

  @Test
  void whoLeavesIsInNoByteOfWhatComesAfter() throws IOException {
    Path forge = found("forge", "memory");
    assertThat(offer(forge, "north", model()).out()).contains("admitted north/tumour:1");
    assertThat(offer(forge, "south", model()).out()).contains("as version 2");
    run("forge", "withdraw", "south/tumour:1", "-f", forge, "--reason", "consent");
    for (String version : List.of("1", "2", "3")) {
      Path out = folder.resolve("out-" + version);
      run("forge", "export", version, "-f", forge, "--out", out, "--unreleased");
    }
    assertThat(show(forge, "3").path("item")).isEqualTo(show(forge, "1").path("item"));
    SortedMap<String, byte[]> before = model(folder.resolve("out-1"));
    SortedMap<String, byte[]> after = model(folder.resolve("out-3"));
    assertThat(before).hasSize(5);
    assertThat(after.keySet()).isEqualTo(before.keySet());
    after.forEach((file, bytes) -> assertThat(bytes).as(file).isEqualTo(before.get(file)));
    assertThat(model(folder.resolve("out-2"))).hasSize(6);
    assertThat(folder.resolve("out-2/merge-record.json"))
        .content()
        .contains("\"strategy\" : \"mixture\"", "\"gate.memory\" : \"sha256:");
    assertThat(run("forge", "verify", "-f", forge, "--replay").out())
        .startsWith("clean: 4 entries, 3 merges replayed");
    StoredMixture read = MixtureFolder.read(folder.resolve("out-2"));
    assertThat(read.memory().plugins().size()).isEqualTo(2);
  }

  /** The model's files, without the papers about it. */
  private static SortedMap<String, byte[]> model(Path out) throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(out)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = out.relativize(file).toString().replace('\\', '/');
        if (!name.startsWith("evidence") && !name.equals("item.html")) {
          files.put(name, Files.readAllBytes(file));
        }
      }
    }
    return files;
  }

  @Test
  void everyGateGivesOneItemInEitherOrder() throws IOException {
    for (String gate : List.of("memory", "nearest", "fitted", "calibrated", "uniform")) {
      List<JsonNode> items = new ArrayList<>();
      for (List<String> order : List.of(List.of("north", "south"), List.of("south", "north"))) {
        Path forge = found(gate + "-" + order.get(0), gate);
        for (String centre : order) {
          CommandRun run = offer(forge, centre, model());
          assertThat(run.exitCode()).as("%s %s", gate, run.out()).isZero();
        }
        items.add(show(forge, "2").path("item"));
      }
      assertThat(items.get(0).asText()).startsWith("sha256:");
      assertThat(items.get(0)).as(gate).isEqualTo(items.get(1));
    }
  }

  @Test
  void aMergeAsksForTheModelAndLookingDoesNot() throws IOException {
    Path forge = found("forge", "memory");
    assertRefused(offer(forge, "north"), "--model");
    offer(forge, "north", model());
    assertRefused(
        CommandRun.of("forge", "withdraw", "north/tumour:1", "-f", forge, "--reason", "x"),
        "--model");
    assertRefused(CommandRun.of("forge", "verify", "-f", forge, "--replay"), "--model");
    assertThat(CommandRun.of("forge", "verify", "-f", forge).out()).startsWith("clean");
    assertThat(CommandRun.of("forge", "log", "-f", forge).exitCode()).isZero();
    Path key = folder.resolve("maria.key");
    CommandRun approved =
        CommandRun.of(
            "forge", "approve", "head", "-f", forge, "--key", key, "--role", "maintainer");
    assertThat(approved.out()).contains("approved");
    assertThat(run("forge", "value", "-f", forge).out()).contains("north", "Shapley +0.");
  }

  @Test
  void whatAMixtureCannotHoldIsRefusedByName() throws IOException {
    Path forge = found("forge", "memory");
    offer(forge, "north", model());
    Path file = folder.resolve("south/distilled.safetensors");
    DistilledSet set = DistilledSetFile.read(file);
    int[] classes = new int[set.size()];
    Arrays.setAll(classes, set::classOf);
    Files.delete(file);
    DistilledSetFile.write(
        DistilledSet.of(LabelSpace.of("scan", "ill", "well"), set.inputs(), classes), file);
    CommandRun refused = offer(forge, "south", model());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out()).contains("one label space", "scan", "tumour");
  }

  @Test
  void aCharterSaysExactlyWhatAMixtureKnows() throws IOException {
    assertBadCharter("\"gate\": \"GATE\"", "\"gate\": \"published\"", "published");
    assertBadCharter("\"perClass\": 16", "\"perClass\": 0", "at least 1 example");
    assertBadCharter("\"perClass\": 16", "\"rank\": 2", "rank");
    assertBadCharter("\"name\": \"mixture\"", "\"name\": \"mixtures\"", "mixtures");
  }

  private void assertBadCharter(String right, String wrong, String named) throws IOException {
    Path file = folder.resolve("bad.json");
    Files.writeString(file, charter.replace(right, wrong).replace("GATE", "memory"));
    assertRefused(CommandRun.of("forge", "init", folder.resolve("bad"), "--charter", file), named);
  }

  private static void assertRefused(CommandRun run, String said) {
    assertThat(run.exitCode()).as(run.out()).isEqualTo(1);
    assertThat(run.errorLines()).hasSize(1);
    assertThat(run.err()).contains(said);
  }
}
