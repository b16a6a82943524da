package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.forge.SigningKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class KeyFileTest {
  @TempDir private Path folder;

  @Test
  void aKeyComesBack() {
    SigningKey key = SigningKey.generate();
    Path file = folder.resolve("key.pem");
    KeyFile.write(key, file);
    SigningKey read = KeyFile.read(file);
    assertThat(read.keyId()).isEqualTo(key.keyId());
    assertThat(read.sign("t", new byte[1])).isEqualTo(key.sign("t", new byte[1]));
    assertThat(KeyFile.readPublic(file)).isEqualTo(key.publicKey());
    assertThatThrownBy(() -> KeyFile.write(key, file)).isInstanceOf(UncheckedIOException.class);
    assertThat(folder).isDirectoryNotContaining(each -> !each.equals(file));
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "no POSIX permissions there")
  void onlyItsOwnerMayReadAKeyByPermissions() throws IOException {
    Path file = folder.resolve("key.pem");
    KeyFile.write(SigningKey.generate(), file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyFile.read(file))
        .withMessageContaining("found rw-r-----");
  }

  @Test
  @EnabledOnOs(value = OS.WINDOWS, disabledReason = "no access control lists elsewhere")
  void onlyItsOwnerMayReadAKeyByItsList() throws IOException {
    Path file = folder.resolve("key.pem");
    KeyFile.write(SigningKey.generate(), file);
    AclFileAttributeView view = Files.getFileAttributeView(file, AclFileAttributeView.class);
    assertThat(view.getAcl())
        .singleElement()
        .satisfies(entry -> assertThat(entry.principal()).isEqualTo(view.getOwner()));
    List<AclEntry> more = new ArrayList<>(view.getAcl());
    more.add(
        AclEntry.newBuilder()
            .setType(AclEntryType.ALLOW)
            .setPrincipal(
                file.getFileSystem()
                    .getUserPrincipalLookupService()
                    .lookupPrincipalByName("Everyone"))
            .setPermissions(AclEntryPermission.READ_DATA)
            .build());
    view.setAcl(more);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyFile.read(file))
        .withMessageContaining("Everyone");
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
      Files.deleteIfExists(file);
      try (SeekableByteChannel out = OwnerOnly.create(file)) {
        out.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> KeyFile.read(file))
          .withMessageContaining(file.toString())
          .withMessageNotContaining("secret");
    }
  }
}
