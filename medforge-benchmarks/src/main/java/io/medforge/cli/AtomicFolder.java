package io.medforge.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Puts a folder in place whole or not at all: it is filled under a temporary name beside its place
 * and then renamed. A folder that it replaces is set aside first and comes back if the rename
 * fails; a crash between the two renames leaves both, under temporary names.
 */
public final class AtomicFolder {
  /** What marks a folder that this program made and may replace. */
  private static final List<String> MARKS =
      List.of(
          "adapter_config.json",
          MixtureFolder.INDEX,
          "training.json",
          "lightening.json",
          "contribution.json");

  private AtomicFolder() {}

  /** Makes and fills a folder. */
  @FunctionalInterface
  public interface Content {
    void writeTo(Path newFolder) throws IOException;
  }

  /**
   * Refuses a place that is taken.
   *
   * @param target the folder to write
   * @param replace whether a folder of this program's own, or an empty one, may be replaced
   * @throws IllegalArgumentException if it exists and may not be replaced
   */
  public static void check(Path target, boolean replace) {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!replace) {
      throw new IllegalArgumentException(
          "expected no output yet, found one, at " + target + " (replace it with --overwrite)");
    }
    if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)
        || !(isMarked(target) || isEmpty(target))) {
      throw new IllegalArgumentException(
          "expected a folder with one of "
              + String.join(", ", MARKS)
              + " to overwrite, found something else, at "
              + target);
    }
  }

  private static boolean isMarked(Path target) {
    return MARKS.stream().anyMatch(mark -> Files.exists(target.resolve(mark)));
  }

  /**
   * Writes a folder.
   *
   * @param target the folder's place; missing parents are created
   * @param replace whether a folder of this program's own, or an empty one, may be replaced
   * @param content makes and fills the folder; if it throws, nothing is left behind
   * @throws IllegalArgumentException if the place is taken and may not be replaced
   * @throws UncheckedIOException if it cannot be written
   */
  public static void write(Path target, boolean replace, Content content) {
    check(target, replace);
    Path place = target.toAbsolutePath().normalize();
    Path parent = place.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("expected a folder's name, found a root: " + target);
    }
    Path filled = temporary(parent);
    try {
      Files.createDirectories(parent);
      content.writeTo(filled);
      publish(filled, place, replace);
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + target, e);
    } finally {
      delete(filled);
    }
  }

  private static void publish(Path filled, Path place, boolean replace) throws IOException {
    Path aside = null;
    if (replace && Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      aside = temporary(filled.resolveSibling(""));
      Files.move(place, aside, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      rename(filled, place);
    } catch (IOException | RuntimeException e) {
      if (aside != null) {
        Files.move(aside, place, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
    delete(aside);
  }

  /** On Linux a rename may replace an empty folder, which another writer may just have made. */
  private static void rename(Path filled, Path place) throws IOException {
    if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("expected the place to be free, found that another writer took it");
    }
    Files.move(filled, place, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path temporary(Path parent) {
    return parent.resolve(
        ".medforge-" + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".tmp");
  }

  private static boolean isEmpty(Path folder) {
    try (var entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + folder, e);
    }
  }

  private static void delete(@Nullable Path folder) {
    if (folder == null || !Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                throws IOException {
              if (failure != null) {
                throw failure;
              }
              Files.delete(visited);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("removing " + folder, e);
    }
  }
}
