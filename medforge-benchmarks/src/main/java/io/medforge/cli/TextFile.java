package io.medforge.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file that a command writes: whole or not at all. */
final class TextFile {
  private TextFile() {}

  /**
   * Replaces a file by a text in UTF-8.
   *
   * @param file in a folder that exists
   * @param text its content
   * @throws IOException if it cannot be written; then the file is as it was
   */
  static void replace(Path file, String text) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
    Files.writeString(temporary, text, StandardCharsets.UTF_8);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
