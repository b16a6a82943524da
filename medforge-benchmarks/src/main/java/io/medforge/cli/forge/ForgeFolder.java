package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.cli.CanonicalJson;
import io.medforge.forge.ForgeRepository;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.repository.FolderRepository;
import io.medforge.forge.repository.GitRepository;
import io.medforge.forge.repository.RecordedRepository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A forge on this machine: its repository, and where the shared one is.
 *
 * @param path the folder
 * @param git whether the repository is a Git one
 * @param remote the Git repository that everybody shares
 */
record ForgeFolder(Path path, boolean git, Optional<String> remote) {
  private static final String LOCAL = "local.json";
  private static final String REPOSITORY = "repository";

  /** Makes the folder, or finds it as it was made. */
  static ForgeFolder create(Path path, boolean git, Optional<String> remote) {
    Path local = path.resolve(LOCAL);
    ForgeFolder wanted = new ForgeFolder(path, git || remote.isPresent(), remote);
    if (Files.exists(local)) {
      ForgeFolder found = find(path);
      if (!found.equals(wanted)) {
        throw new IllegalArgumentException(
            "expected no forge or one made with the same options, found another, at " + path);
      }
      return found;
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("kind", wanted.git ? "git" : "folder");
    remote.ifPresent(uri -> json.put("remote", uri));
    try {
      Files.createDirectories(path);
      wanted.open();
      Files.writeString(local, CanonicalJson.toText(json), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("making the forge " + path, e);
    }
    return wanted;
  }

  /** Finds a forge. */
  static ForgeFolder find(Path path) {
    Path local = path.resolve(LOCAL);
    if (!Files.exists(local)) {
      throw new IllegalArgumentException(
          "expected a forge (make one with 'medforge forge init'), found none, at " + path);
    }
    try {
      StrictJson json =
          StrictJson.parse(Files.readString(local), local.toString()).keys("kind", "remote");
      Optional<String> remote =
          json.has("remote") ? Optional.of(json.text("remote")) : Optional.empty();
      return new ForgeFolder(path, json.text("kind").equals("git"), remote);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + local, e);
    }
  }

  /** Opens the repository. */
  RecordedRepository open() {
    Path folder = path.resolve(REPOSITORY);
    if (!git) {
      return FolderRepository.open(folder);
    }
    GitRepository.Builder builder = GitRepository.at(folder);
    remote.ifPresent(builder::remote);
    return builder.open();
  }

  /**
   * The rules in force.
   *
   * @throws IllegalArgumentException if the ledger has none
   */
  static CharterInForce charter(RecordedRepository repository) {
    return CharterInForce.of(repository)
        .orElseThrow(
            () -> new IllegalArgumentException("expected a charter, found none, at " + repository));
  }

  /** Writes the charter into an empty ledger; false if somebody else wrote first. */
  static boolean write(ForgeRepository repository, Charter charter) {
    return repository.append(0, new LedgerEntry.Note(Charter.KIND, charter.text()));
  }
}
