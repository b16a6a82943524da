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
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What of a partial model is on the disk: one line per piece, added after the piece's bytes were
 * forced there, as a database's log is. So each line that survives a kill or a power failure is
 * true, and a resumed run does not read again what is listed. Lines need not survive: a piece that
 * is not listed is computed again. Each line ends with its own CRC-32, by which one that was cut or
 * garbled is known.
 *
 * <p>The first line says what is being written. The journal is locked while it is open, so that two
 * runs cannot write one model. For one thread at a time.
 */
final class Journal implements AutoCloseable {
  private static final String FORMAT = "medforge-checkpoint-journal-v3 ";
  private static final Pattern PIECE = Pattern.compile("(\\d{1,9}) (\\d{1,9}) [0-9a-f]{8}");

  /** Some two million pieces, as of a model of 16 TB: no journal of ours is longer. */
  private static final long MAX_BYTES = 64 << 20;

  private final Path path;
  private final FileChannel channel;

  private Journal(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * A piece that is written.
   *
   * @param tensor the tensor's number in the order of the output
   * @param piece the piece's number
   */
  record Written(int tensor, int piece) {
    private String line() {
      String text = tensor + " " + piece;
      CRC32 check = new CRC32();
      check.update(text.getBytes(StandardCharsets.ISO_8859_1));
      return String.format(Locale.ROOT, "%s %08x", text, check.getValue());
    }
  }

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

  /**
   * Forgets everything and begins with what is being written. This is on the disk before any file
   * is made, since lines of an earlier run would not be true of new files.
   */
  void begin(Digest what) throws IOException {
    channel.truncate(0);
    append(FORMAT + what + "\n");
    channel.force(true);
  }

  /**
   * What of this is on the disk. A line that is not as it was written, which a power failure can
   * leave, is left out.
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
      if (line.matches()) {
        Written piece =
            new Written(Integer.parseInt(line.group(1)), Integer.parseInt(line.group(2)));
        if (piece.line().equals(lines[i])) {
          written.add(piece);
        }
      }
    }
    return written;
  }

  /** Lists pieces, all of whose bytes are on the disk. */
  void add(List<Written> pieces) throws IOException {
    StringBuilder lines = new StringBuilder();
    pieces.forEach(piece -> lines.append(piece.line()).append('\n'));
    append(lines.toString());
  }

  private void append(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
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
