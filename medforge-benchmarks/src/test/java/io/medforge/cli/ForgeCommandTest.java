package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A forge in a plain folder, and what it does with bad input. */
class ForgeCommandTest {
  private static final String CHARTER =
      """
      {"base": {"name": "clinic"},
       "strategy": {"name": "fusion.average", "rank": 2},
       "screens": {"nearCopyCosine": 0.5},
       "members": [
         {"name": "maria", "key": "%s", "roles": ["maintainer"]},
         {"name": "north", "key": "%s", "roles": ["contributor"]},
         {"name": "south", "key": "%s", "roles": ["contributor"]}],
       "quorums": {"admission": {"approvals": 1}, "release": {"approvals": 1}}}
      """;

  @TempDir private Path folder;

  @BeforeEach
  void found() throws IOException {
    String maria = key("maria");
    String north = key("north");
    String south = key("south");
    Path charter = folder.resolve("charter.json");
    Files.writeString(charter, CHARTER.formatted(maria, north, south));
    ForgeSites.write(folder.resolve("north"), "north", 1);
    ForgeSites.write(folder.resolve("south"), "south", 2);
    assertThat(CommandRun.of("forge", "init", forge(), "--charter", charter).exitCode()).isZero();
  }

  private String key(String name) {
    return CommandRun.of("forge", "key", folder.resolve(name + ".key")).out().strip();
  }

  private Path forge() {
    return folder.resolve("forge");
  }

  private CommandRun offer(String centre, Object... more) {
    Object[] args = {
      "forge",
      "offer",
      "-f",
      forge(),
      "--adapter",
      folder.resolve(centre).resolve("adapter"),
      "--distilled",
      folder.resolve(centre).resolve("distilled.safetensors"),
      "--key",
      folder.resolve(centre + ".key")
    };
    Object[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return CommandRun.of(all);
  }

  private JsonNode json(Object... args) throws IOException {
    Object[] all = Arrays.copyOf(args, args.length + 4);
    all[args.length] = "-f";
    all[args.length + 1] = forge();
    all[args.length + 2] = "--json";
    all[args.length + 3] = "--verbose";
    CommandRun run = CommandRun.of(all);
    return new ObjectMapper().readTree(run.out());
  }

  @Test
  void whatIsQuarantinedIsApprovedByItsNameAndEveryAnswerIsJsonToo() throws IOException {
    JsonNode admitted = new ObjectMapper().readTree(offer("north", "--json").out());
    assertThat(admitted.path("answer").asText()).isEqualTo("admitted");
    CommandRun held = offer("south", "--json");
    assertThat(held.exitCode()).isEqualTo(1);
    assertThat(held.errorLines()).hasSize(1);
    JsonNode quarantined = new ObjectMapper().readTree(held.out());
    assertThat(quarantined.path("answer").asText()).isEqualTo("quarantined");
    assertThat(quarantined.path("findings").get(0).path("numbers").path("cosine").asDouble())
        .isGreaterThan(0.5);
    assertThat(json("forge", "show").path("quarantine")).hasSize(1);
    JsonNode in =
        json(
            "forge",
            "approve",
            "south/tumour:1",
            "--key",
            folder.resolve("maria.key"),
            "--role",
            "maintainer");
    assertThat(in.path("answer").asText()).isEqualTo("admitted");
    assertThat(in.path("version").asInt()).isEqualTo(2);
    assertThat(json("forge", "diff", "1").path("came").get(0).asText()).isEqualTo("south/tumour:1");
    assertThat(json("forge", "log").path("entries")).hasSize(5);
    assertThat(json("forge", "rollback", "1", "--reason", "regression").path("version").asInt())
        .isEqualTo(3);
    assertThat(json("forge", "verify", "--replay").path("clean").asBoolean()).isTrue();
  }

  @Test
  void controlCharactersInAReasonAreSpelledOut() {
    offer("north");
    CommandRun run =
        CommandRun.of(
            "forge", "withdraw", "north/tumour:1", "-f", forge(), "--reason", "a\nb\u001b[31m");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("a\\u000ab\\u001b[31m").doesNotContain("\u001b");
    CommandRun log = CommandRun.of("forge", "log", "-f", forge());
    assertThat(log.out().lines()).hasSize(3);
  }

  @Test
  void badInputIsRefusedInOneLine() throws IOException {
    Path typo = folder.resolve("typo.json");
    Files.writeString(
        typo, Files.readString(folder.resolve("charter.json")).replace("screens", "screams"));
    assertRefused(
        CommandRun.of("forge", "init", folder.resolve("other"), "--charter", typo), "screams");
    assertRefused(CommandRun.of("forge", "init", folder.resolve("none")), "--charter");
    assertRefused(
        CommandRun.of("forge", "log", "-f", folder.resolve("nowhere")), "medforge forge init");
    assertRefused(CommandRun.of("forge", "show", "7", "-f", forge()), "found 7");
    assertRefused(CommandRun.of("forge", "value", "-f", forge()), "--model");
    assertRefused(
        CommandRun.of("forge", "withdraw", "a/b:1", "-f", forge(), "--reason", "x"), "a/b:1");
    assertRefused(
        CommandRun.of("forge", "export", "-f", forge(), "--out", folder.resolve("out")),
        "empty one");
    assertRefused(CommandRun.of("forge", "key", folder.resolve("maria.key")), "maria.key");
    assertThat(CommandRun.of("forge").exitCode()).isEqualTo(2);
  }

  private static void assertRefused(CommandRun run, String said) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    assertThat(run.errorLines()).hasSize(1);
    assertThat(run.err()).contains(said);
  }
}
