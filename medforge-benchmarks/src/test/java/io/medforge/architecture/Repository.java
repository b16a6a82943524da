package io.medforge.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The checked-out tree that the tests run in. */
record Repository(Path root) {

  static Repository current() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(directory.resolve(".mvn"))) {
      directory = directory.getParent();
      if (directory == null) {
        throw new IllegalStateException(
            "expected .mvn in a parent of the working directory, found none");
      }
    }
    return new Repository(directory);
  }

  /** Main sources of every module. */
  List<SourceFile> mainSources() {
    return sources(path -> path.contains("/src/main/java/"));
  }

  /** Main and test sources of every module. */
  List<SourceFile> allSources() {
    return sources(path -> path.contains("/src/"));
  }

  private List<SourceFile> sources(Predicate<String> wanted) {
    return files().stream()
        .filter(path -> path.toString().endsWith(".java"))
        .filter(path -> wanted.test(path.toString().replace('\\', '/')))
        .map(path -> new SourceFile(path.toString().replace('\\', '/'), text(path).orElseThrow()))
        .toList();
  }

  /** The committed files, relative to the root; every source file where there is no Git. */
  List<Path> committedFiles() {
    if (!Files.exists(root.resolve(".git"))) {
      return files();
    }
    try {
      Process git =
          new ProcessBuilder("git", "ls-files", "-z")
              .directory(root.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String names = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (git.waitFor() != 0) {
        return files();
      }
      return Stream.of(names.split("\0", -1))
          .filter(name -> !name.isEmpty())
          .map(Path::of)
          .filter(file -> Files.exists(root.resolve(file)))
          .toList();
    } catch (IOException e) {
      // No Git on this machine, or not one that may read this tree.
      return files();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Every file that is not built, relative to the root, sorted. */
  private List<Path> files() {
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
              return isBuilt(path) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
              Path file = root.relativize(path);
              // In a linked worktree .git is a file that names the machine's directories.
              if (!file.equals(Path.of(".git"))) {
                files.add(file);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Collections.sort(files);
    return files;
  }

  private boolean isBuilt(Path directory) {
    Path name = directory.getFileName();
    if (directory.equals(root) || name == null) {
      return false;
    }
    String text = name.toString();
    return text.equals("target")
        || text.startsWith("target-")
        || text.equals(".git")
        || text.equals(".idea")
        || text.equals(".vscode")
        || text.equals(".settings")
        || text.equals(".cifuzz-corpus")
        || text.equals("__pycache__")
        // What the study command writes by default.
        || directory.equals(root.resolve("study"));
  }

  /** The text of a file of the tree; empty when it is not UTF-8 text. */
  Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(root.resolve(file)));
    } catch (MalformedInputException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
