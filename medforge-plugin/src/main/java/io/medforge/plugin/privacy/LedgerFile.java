package io.medforge.plugin.privacy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** The file of a ledger: read whole, replaced whole, and locked by a file beside it. */
final class LedgerFile {
  private static final long LARGEST = 64L << 20;
  private static final long PAUSE_NANOS = 5_000_000;

  private final Path path;

  LedgerFile(Path path) {
    this.path = path;
  }

  Path path() {
    return path;
  }

  void create(LedgerLines lines) {
    try {
      if (Files.exists(path)) {
        throw new FileAlreadyExistsException(path.toString());
      }
      Path temporary = writeBeside(lines.toBytes());
      try {
        // A link, unlike a move, never replaces what somebody else put here meanwhile.
        Files.createLink(path, temporary);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (FileAlreadyExistsException e) {
      throw new UncheckedIOException("expected no ledger yet, found one, at " + path, e);
    } catch (IOException e) {
      throw new UncheckedIOException("expected to write, found " + e + ", at " + path, e);
    }
  }

  LedgerLines read() {
    try {
      if (Files.size(path) > LARGEST) {
        throw new DamagedLedgerException(
            "expected a ledger of at most " + LARGEST + " bytes, found more, at " + path, null);
      }
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(Files.readAllBytes(path)))
              .toString();
      return LedgerLines.parse(text, path.toString());
    } catch (CharacterCodingException e) {
      throw new DamagedLedgerException("expected UTF-8, found other bytes, at " + path, e);
    } catch (IOException e) {
      throw new UncheckedIOException("expected to read, found " + e + ", at " + path, e);
    }
  }

  /** Puts the new content in place in one step; call it with the lock held. */
  void replace(LedgerLines lines) {
    try {
      Path temporary = writeBeside(lines.toBytes());
      try {
        Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("expected to write, found " + e + ", at " + path, e);
    }
  }

  /** Runs with the lock held, against threads of this JVM and other processes alike. */
  <T> T locked(Supplier<T> action) {
    Path lockFile = path.resolveSibling(path.getFileName() + ".lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lock(channel)) {
      if (!lock.isValid()) {
        throw new IOException("the lock was lost");
      }
      return action.get();
    } catch (IOException e) {
      throw new UncheckedIOException("expected to lock, found " + e + ", at " + lockFile, e);
    }
  }

  private static FileLock lock(FileChannel channel) throws IOException {
    while (true) {
      try {
        return channel.lock();
      } catch (OverlappingFileLockException e) {
        // Another thread of this JVM has it, for which the JDK throws instead of waiting.
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private Path writeBeside(byte[] bytes) throws IOException {
    Path temporary =
        path.resolveSibling(
            path.getFileName()
                + "."
                + Long.toHexString(ThreadLocalRandom.current().nextLong())
                + ".tmp");
    try (FileChannel out =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
      out.force(true);
    } catch (IOException | RuntimeException | Error e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    return temporary;
  }
}
