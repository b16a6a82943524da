package io.medforge.plugin.safetensors;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a file is that is not safetensors but is often given in its place. */
final class ForeignFormat {
  private static final List<String> PICKLE_SUFFIXES =
      List.of(".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt");
  private static final String CONVERT = "convert it to safetensors";
  private static final byte[] ZIP = {'P', 'K'};
  private static final byte[] GIT_LFS = "version ".getBytes(StandardCharsets.US_ASCII);
  private static final int PICKLE_PROTO = 0x80;
  private static final int PICKLE_LAST_VERSION = 5;

  private ForeignFormat() {}

  /**
   * Names the format of a file that is already known to be no safetensors file. Not to be asked
   * before: a header of 640 bytes starts as a pickle does.
   *
   * @param start the file's first bytes
   * @return the format and what to do, or null if it is not recognised
   */
  static @Nullable String describe(Path file, byte[] start) {
    if (startsWith(start, ZIP) || isPickle(start)) {
      return "a pickle (PyTorch .bin or .pt), which can run code when loaded: " + CONVERT;
    }
    if (startsWith(start, GIT_LFS)) {
      return "a Git LFS pointer: fetch the file that it stands for";
    }
    return hasPickleSuffix(file) ? "what its name says is a pickle: " + CONVERT : null;
  }

  private static boolean isPickle(byte[] start) {
    return start.length >= 2
        && (start[0] & 0xff) == PICKLE_PROTO
        && start[1] >= 1
        && start[1] <= PICKLE_LAST_VERSION;
  }

  private static boolean hasPickleSuffix(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return PICKLE_SUFFIXES.stream().anyMatch(name::endsWith);
  }

  private static boolean startsWith(byte[] bytes, byte[] magic) {
    return bytes.length >= magic.length
        && Arrays.equals(bytes, 0, magic.length, magic, 0, magic.length);
  }
}
