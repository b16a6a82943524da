package io.medforge.forge.repository;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Files that only their owner may read or write: by POSIX permissions, or by an access control list
 * where the file system has these, as that of Windows.
 */
final class OwnerOnly {
  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  private static final Set<AclEntryPermission> CONTENT =
      EnumSet.of(
          AclEntryPermission.READ_DATA,
          AclEntryPermission.WRITE_DATA,
          AclEntryPermission.APPEND_DATA);

  private OwnerOnly() {}

  /**
   * Makes a new file that nobody else can open at any time.
   *
   * @throws IOException if it exists, or its file system knows neither kind of permission
   */
  static SeekableByteChannel create(Path file) throws IOException {
    return Files.newByteChannel(
        file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), permissions(file));
  }

  /** With which a file is to be made. */
  static FileAttribute<?> permissions(Path file) throws IOException {
    FileStore store = Files.getFileStore(file.toAbsolutePath().resolveSibling(""));
    if (store.supportsFileAttributeView(PosixFileAttributeView.class)) {
      return PosixFilePermissions.asFileAttribute(OWNER);
    }
    if (store.supportsFileAttributeView(AclFileAttributeView.class)) {
      return new OnlyFor(whoeverWrites(file));
    }
    throw new IOException("expected a file system with permissions, found none, at " + file);
  }

  /** Whom the file system calls the owner of what is written beside a file. */
  private static UserPrincipal whoeverWrites(Path file) throws IOException {
    Path probe =
        Files.createTempFile(file.toAbsolutePath().resolveSibling(""), ".medforge", ".probe");
    try {
      return Files.getOwner(probe);
    } finally {
      Files.delete(probe);
    }
  }

  /** A list with one entry, which allows everything. */
  private record OnlyFor(UserPrincipal owner) implements FileAttribute<List<AclEntry>> {
    @Override
    public String name() {
      return "acl:acl";
    }

    @Override
    public List<AclEntry> value() {
      return List.of(
          AclEntry.newBuilder()
              .setType(AclEntryType.ALLOW)
              .setPrincipal(owner)
              .setPermissions(EnumSet.allOf(AclEntryPermission.class))
              .build());
    }
  }

  /**
   * Checks that nobody but the owner may read or write a file. A file system without permissions
   * has nothing to check.
   *
   * @throws IllegalArgumentException if somebody may, naming whom or the permissions
   * @throws IOException if it cannot be looked at
   */
  static void check(Path file) throws IOException {
    PosixFileAttributeView posix = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (posix != null) {
      Set<PosixFilePermission> found = posix.readAttributes().permissions();
      if (!OWNER.containsAll(found)) {
        throw open(PosixFilePermissions.toString(found), file);
      }
      return;
    }
    AclFileAttributeView acl = Files.getFileAttributeView(file, AclFileAttributeView.class);
    if (acl != null) {
      UserPrincipal owner = acl.getOwner();
      for (AclEntry entry : acl.getAcl()) {
        if (entry.type() == AclEntryType.ALLOW
            && !entry.principal().equals(owner)
            && entry.permissions().stream().anyMatch(CONTENT::contains)) {
          throw open("one that " + entry.principal().getName() + " may open too", file);
        }
      }
    }
  }

  private static IllegalArgumentException open(String found, Path file) {
    return new IllegalArgumentException(
        "expected a private key that only its owner may read (rw-------), found "
            + found
            + ", at "
            + file);
  }
}
