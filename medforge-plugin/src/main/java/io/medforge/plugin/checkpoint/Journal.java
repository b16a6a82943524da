package io.medforge.plugin.checkpoint;

import io.medforge.plugin.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What of a partial model is written: one line per piece, with the CRC-32 of its bytes, so that a
 * resumed run believes nothing that it has not read again. The first line says what is being
 * written. It is locked while it is open, so that two runs cannot write one model. Thread-safe.
 */
final class Journal implements AutoCloseable {
  private static final String FORMAT = "medforge-checkpoint-journal-v2 ";
  private static final Pattern PIECE = Pattern.compile("(\\d{1,9}) (\\d{1,9}) ([0-9a-f]{8})");
  private static final long MAX_BYTES = 1L << 30;

  private final Path path;
  private final FileChannel channel;

  private Journal(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * A piece that an earlier run wrote.
   *
   * @param tensor the tensor's number in the order of the output
   * @param piece the piece's number
   * @param crc CRC-32 of its bytes
   */
  record Written(int tensor, int piece, int crc) {}

  /**
   * Opens a journal, a new one if there is none.
   *
   * @throws IllegalStateException if another run has it open
   */
  static Journal open(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw busy(path, null);
      }
      return new Journal(path, channel);
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw busy(path, e);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static IllegalStateException busy(Path path, @Nullable Throwable cause) {
    return new IllegalStateException(
        "expected one run at a time to write a model, found another at work, at " + path, cause);
  }

  /** Forgets everything and begins with what is being written. */
  void begin(Digest what) throws IOException {
    channel.truncate(0);
    append(FORMAT + what);
  }

  /**
   * What is written of this, by what the journal says; pieces may be listed twice.
   *
   * @return null if the journal is not of this
   */
  @Nullable List<Written> read(Digest what) throws IOException {
    if (channel.size() > MAX_BYTES) {
      return null;
    }
    String text = Files.readString(path, StandardCharsets.ISO_8859_1);
    // A line without its end was being written when the process was killed.
    int end = text.lastIndexOf('\n');
    String[] lines = text.substring(0, Math.max(0, end)).split("\n", -1);
    if (!lines[0].equals(FORMAT + what)) {
      return null;
    }
    channel.truncate(end + 1L);
    List<Written> written = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      Matcher line = PIECE.matcher(lines[i]);
      if (!line.matches()) {
        return null;
      }
      written.add(
          new Written(
              Integer.parseInt(line.group(1)),
              Integer.parseInt(line.group(2)),
              Integer.parseUnsignedInt(line.group(3), 16)));
    }
    return written;
  }

  void add(Written piece) throws IOException {
    append(String.format(Locale.ROOT, "%d %d %08x", piece.tensor(), piece.piece(), piece.crc()));
  }

  private synchronized void append(String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
    long at = channel.size();
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
