package io.medforge.architecture;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the tests run with: jars, and directories of classes not packaged yet. */
final class ClassPath {
  /** Jars of the engines and of what only they need. */
  private static final Pattern ENGINE =
      Pattern.compile(
          "(?:onnxruntime|tribuo|org\\.eclipse\\.jgit|protobuf-java|flatbuffers-java|pytorch-|jna-|gson-).*\\.jar"
              + "|api-[\\d.]+\\.jar");

  /** The fuzzer, whose jars share a package. */
  private static final Pattern FUZZER = Pattern.compile("jazzer-.*\\.jar");

  private ClassPath() {}

  /** Every entry, in order. */
  static List<Path> entries() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .filter(Files::exists)
        .toList();
  }

  /** Every entry but the engines and the fuzzer: what an application could put on its path. */
  static List<Path> entriesWithoutEngines() {
    return entries().stream().filter(path -> !isEngine(path) && !isFuzzer(path)).toList();
  }

  private static boolean isFuzzer(Path entry) {
    return FUZZER.matcher(entry.getFileName().toString()).matches();
  }

  static boolean isEngine(Path entry) {
    return ENGINE.matcher(entry.getFileName().toString()).matches();
  }

  /** Names of all classes below a jar or directory, nested ones included, sorted. */
  static List<String> classNames(Path origin) {
    try {
      if (Files.isDirectory(origin)) {
        return classNamesBelow(origin);
      }
      URI jar = URI.create("jar:" + origin.toUri());
      try (FileSystem files = FileSystems.newFileSystem(jar, Map.of())) {
        return classNamesBelow(files.getPath("/"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> classNamesBelow(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths
          .map(path -> root.relativize(path).toString().replace('\\', '/'))
          .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
          .filter(name -> !name.endsWith("-info.class"))
          .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
          .sorted()
          .toList();
    }
  }
}
