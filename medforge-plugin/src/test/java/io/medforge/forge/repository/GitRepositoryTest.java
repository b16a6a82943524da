package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.medforge.forge.LedgerEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GitRepositoryTest {
  @TempDir private Path folder;

  private Path bare(String name) throws IOException {
    Path place = folder.resolve(name);
    try (Repository repository =
        new FileRepositoryBuilder().setBare().setGitDir(place.toFile()).build()) {
      repository.create(true);
    }
    return place;
  }

  private RecordedRepository clone(String name, Path remote) {
    return GitRepository.at(folder.resolve(name)).remote(remote.toString()).open();
  }

  @Test
  void twoClonesPushConflictRetryAndConverge() throws IOException {
    Path shared = bare("shared.git");
    RecordedRepository anna = clone("anna.git", shared);
    RecordedRepository bert = clone("bert.git", shared);

    assertThat(anna.append(0, Entries.admit(0))).isTrue();
    // Both have seen one entry; the second to push loses, looks again and wins.
    assertThat(bert.entries()).hasSize(1);
    assertThat(anna.append(1, Entries.admit(1))).isTrue();
    assertThat(bert.append(1, Entries.admit(2))).isFalse();
    assertThat(bert.entries(1)).hasSize(1);
    assertThat(bert.append(2, Entries.admit(2))).isTrue();
    assertThat(anna.append(2, Entries.admit(3))).isFalse();
    assertThat(anna.append(3, Entries.admit(3))).isTrue();

    assertThat(bert.entries()).hasSize(4);
    assertThat(anna.treeHead()).isEqualTo(bert.treeHead());
    RecordedRepository auditor = clone("auditor.git", shared);
    assertThat(auditor.treeHead()).isEqualTo(bert.treeHead());
    for (RecordedRepository each : List.of(anna, bert, auditor)) {
      assertThat(each.verify().broken()).isEmpty();
    }
  }

  @Test
  void anOrdinaryGitShowsContributionsAsParents() throws Exception {
    assumeTrue(hasGit(), "git is installed");
    Path place = folder.resolve("forge.git");
    RecordedRepository forge = GitRepository.at(place).commitKey(Entries.KEY).open();
    for (int i = 0; i < 3; i++) {
      assertThat(forge.append(i, Entries.admit(i))).isTrue();
    }
    forge.append(3, new LedgerEntry.Withdraw(Entries.contribution(0).module().id(), Entries.NASTY));

    String log = git(place, "log", "--graph", "--format=%s", "main");
    assertThat(log)
        .contains("* Withdraw centre-0/lung:1.0", "Admit centre-2/lung:1.2", "Begin the forge")
        .contains("* Offer centre-2/lung:1.2");
    assertThat(git(place, "fsck", "--strict")).doesNotContain("error");
    assertThat(git(place, "branch", "--format=%(refname:short)").lines())
        .containsExactlyInAnyOrder("main", "centre/centre-0", "centre/centre-1", "centre/centre-2");
    assertThat(git(place, "show", "main:" + Layout.record(3))).contains("\"kind\":\"withdraw\"");

    Path signers = folder.resolve("signers");
    Files.writeString(
        signers, "forge " + SshSignature.publicKeyLine(Entries.KEY.publicKey()) + "\n");
    assumeTrue(hasSshKeygen(), "ssh-keygen is installed");
    String[] verify = {
      "-c", "gpg.format=ssh", "-c", "gpg.ssh.allowedSignersFile=" + signers, "verify-commit", "main"
    };
    assertThat(git(place, verify)).contains("Good \"git\" signature for forge");
  }

  @Test
  void aLockThatADeadProcessLeftIsTakenAway() throws IOException {
    Path place = folder.resolve("forge.git");
    RecordedRepository forge = GitRepository.at(place).open();
    forge.append(0, Entries.admit(0));
    // As if killed between Git's lock and Git's rename.
    Files.writeString(place.resolve("refs/heads/main.lock"), "");
    Files.writeString(place.resolve("medforge/changing-refs"), "refs/heads/main");
    assertThat(GitRepository.at(place).open().append(1, Entries.admit(1))).isTrue();
    assertThat(forge.verify().broken()).isEmpty();
  }

  @Test
  void equalContentIsOneBlob() throws IOException {
    Path place = folder.resolve("forge.git");
    RecordedRepository forge = GitRepository.at(place).open();
    forge.append(0, new LedgerEntry.Quarantine(Entries.contribution(0), Entries.outcome(0)));
    forge.append(1, Entries.admit(0));
    try (Stream<Path> copies = Files.walk(place.resolve("medforge/objects"))) {
      assertThat(copies.filter(Files::isRegularFile)).hasSize(2);
    }
    assertThat(forge.verify().broken()).isEmpty();
  }

  @Test
  void whatIsNoForgeIsRefusedByName() throws IOException {
    Files.createDirectories(folder.resolve("tree/.git"));
    assertThatThrownBy(() -> GitRepository.at(folder.resolve("tree")).open())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("expected a bare Git repository, found a working tree");
    assertThatThrownBy(
            () ->
                GitRepository.at(folder.resolve("lost"))
                    .remote(folder.resolve("nowhere").toString())
                    .open())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("nowhere");
    assertThatIllegalStateException()
        .isThrownBy(() -> GitRepository.at(folder).remote("a").remote("b"))
        .withMessageContaining("set to a");
  }

  private static boolean hasGit() {
    return Files.isExecutable(Path.of("/usr/bin/git"));
  }

  private static boolean hasSshKeygen() {
    return Files.isExecutable(Path.of("/usr/bin/ssh-keygen"));
  }

  private static String git(Path place, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("git", "--git-dir", place.toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
