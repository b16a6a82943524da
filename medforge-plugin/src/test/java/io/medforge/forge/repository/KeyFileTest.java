package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.medforge.forge.SigningKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
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

  /** On whatever this machine's file system has: permissions, or a list as on Windows. */
  @Test
  void onlyItsOwnerMayReadAKeyHere() throws IOException {
    Path file = folder.resolve("key.pem");
    KeyFile.write(SigningKey.generate(), file);
    if (Files.getFileAttributeView(file, PosixFileAttributeView.class) != null) {
      assertOwnerOnlyByPermissions(file);
    } else {
      AclFileAttributeView view = Files.getFileAttributeView(file, AclFileAttributeView.class);
      assertThat(view.getAcl())
          .singleElement()
          .satisfies(entry -> assertThat(entry.principal()).isEqualTo(view.getOwner()));
      assertNobodyElseByList(file);
    }
  }

  @Test
  void onlyItsOwnerMayReadAKeyByPermissions() throws IOException {
    try (FileSystem system = system("posix")) {
      Path file = system.getPath("key.pem");
      KeyFile.write(SigningKey.generate(), file);
      assertOwnerOnlyByPermissions(file);
    }
  }

  private static void assertOwnerOnlyByPermissions(Path file) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    KeyFile.read(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyFile.read(file))
        .withMessageContaining("found rw-r-----");
  }

  @Test
  @SuppressWarnings("unchecked")
  void onlyItsOwnerMayReadAKeyByItsList() throws IOException {
    try (FileSystem system = system("acl")) {
      Path file = system.getPath("key.pem");
      FileAttribute<?> made = OwnerOnly.permissions(file);
      assertThat(made.name()).isEqualTo("acl:acl");
      // This file system takes no list when a file is made, as Windows does: so it is set at once.
      KeyFile.writePublic(SigningKey.generate().publicKey(), file);
      AclFileAttributeView view = Files.getFileAttributeView(file, AclFileAttributeView.class);
      view.setAcl((List<AclEntry>) made.value());
      assertThat(view.getAcl())
          .singleElement()
          .satisfies(entry -> assertThat(entry.principal()).isEqualTo(view.getOwner()));
      OwnerOnly.check(file);
      assertNobodyElseByList(file);
    }
  }

  private static void assertNobodyElseByList(Path file) throws IOException {
    AclFileAttributeView view = Files.getFileAttributeView(file, AclFileAttributeView.class);
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
  void noKeyIsWrittenWhereAnybodyCouldReadIt() throws IOException {
    try (FileSystem system = system("basic")) {
      Path file = system.getPath("key.pem");
      assertThatThrownBy(() -> KeyFile.write(SigningKey.generate(), file))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("expected a file system with permissions");
      assertThat(file).doesNotExist();
    }
  }

  /** In memory, with permissions of one kind. */
  private static FileSystem system(String view) {
    return Jimfs.newFileSystem(
        Configuration.unix().toBuilder().setAttributeViews("basic", view).build());
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
