package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.forge.SigningKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class KeyFileTest {
  @TempDir private Path folder;

  @Test
  void aKeyComesBackAndOnlyItsOwnerMayReadIt() throws IOException {
    SigningKey key = SigningKey.generate();
    Path file = folder.resolve("key.pem");
    KeyFile.write(key, file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    SigningKey read = KeyFile.read(file);
    assertThat(read.keyId()).isEqualTo(key.keyId());
    assertThat(read.sign("t", new byte[1])).isEqualTo(key.sign("t", new byte[1]));
    assertThat(KeyFile.readPublic(file)).isEqualTo(key.publicKey());
    assertThatThrownBy(() -> KeyFile.write(key, file)).isInstanceOf(UncheckedIOException.class);

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyFile.read(file))
        .withMessageContaining("found rw-r-----");
  }

  @Test
  void aPublicKeyComesBackAlone() {
    SigningKey key = SigningKey.generate();
    Path file = folder.resolve("key.pub");
    KeyFile.writePublic(key.publicKey(), file);
    assertThat(file).content().startsWith("-----BEGIN PUBLIC KEY-----\n");
    assertThat(KeyFile.readPublic(file)).isEqualTo(key.publicKey());
  }

  @Test
  void whatIsNoKeyIsRefusedWithoutShowingIt() throws IOException {
    Path file = folder.resolve("key.pem");
    for (String text :
        new String[] {
          "",
          "secret",
          "-----BEGIN PRIVATE KEY-----\nsecret!\n-----END PRIVATE KEY-----\n",
          "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
          "x".repeat(5000)
        }) {
      Files.writeString(file, text);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> KeyFile.read(file))
          .withMessageContaining(file.toString())
          .withMessageNotContaining("secret");
    }
  }
}
