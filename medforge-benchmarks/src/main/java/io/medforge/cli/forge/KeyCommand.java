package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.SigningKey;
import io.medforge.forge.repository.KeyFile;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Makes a key. */
@Command(
    name = "key",
    description = "Makes an Ed25519 key that only its owner can read, and prints its identity.",
    mixinStandardHelpOptions = true)
final class KeyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The file to write; it must not exist.")
  private Path file;

  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private KeyCommand() {}

  @Override
  public Integer call() {
    SigningKey key = SigningKey.generate();
    KeyFile.write(key, file);
    ObjectNode json = ForgeJson.object();
    json.put("key", key.keyId().toString());
    printing.print(List.of(key.keyId().toString()), json);
    return CommandLine.ExitCode.OK;
  }
}
