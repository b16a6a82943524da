package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Merges or copies given models several times in one process and prints what it took, without the
 * start of the JVM: our side of {@code peers/compare_models.py}.
 */
public final class WholeModelRun {
  private static final String USAGE =
      "linear|ties|linear-hashed|ties-hashed|copy|copy-forced THREADS REPETITIONS OUT MODEL...";

  /** Ends the names of methods that find digests. */
  static final String HASHED = "-hashed";

  private WholeModelRun() {}

  /**
   * Runs and prints one JSON object: {@code seconds} of each repetition, {@code bytesWritten}, the
   * process's {@code peakBytes}, the {@code fileSystem} of the output, and the {@code jdk}.
   *
   * <p>{@code copy} is {@code Files.copy} of whole files of the models, in order, until as many
   * bytes have moved as a linear merge of them moves; {@code copy-forced} forces the copies to the
   * disk, as a merge does. {@code linear-hashed} finds the digests of the models and of the result
   * as well, as a record needs them, and prints them as {@code digests}.
   *
   * @param args the method, threads, repetitions, the output folder, which is made anew each time
   *     and stays the last time, and the models; for ties the base is the first
   * @throws IOException if a file cannot be read or written
   * @throws IllegalArgumentException if there are too few arguments
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 5) {
      throw new IllegalArgumentException("expected " + USAGE + ", found " + Arrays.toString(args));
    }
    int threads = Integer.parseInt(args[1]);
    int repetitions = Integer.parseInt(args[2]);
    Path out = Path.of(args[3]);
    List<Path> models = Arrays.stream(args, 4, args.length).map(Path::of).toList();
    ObjectNode answer = run(args[0], threads, repetitions, out, models);
    System.out.println(answer);
  }

  static ObjectNode run(String method, int threads, int repetitions, Path out, List<Path> models)
      throws IOException {
    ObjectNode answer = new ObjectMapper().createObjectNode();
    ArrayNode seconds = answer.putArray("seconds");
    FileMerge.Written written = new FileMerge.Written(0, List.of());
    for (int i = 0; i < repetitions; i++) {
      if (Files.exists(out)) {
        DrawnAdapters.delete(out);
      }
      long begun = System.nanoTime();
      written =
          method.startsWith("copy")
              ? copy(models, out, method.equals("copy-forced"))
              : merge(method, models, threads).to(out);
      seconds.add((System.nanoTime() - begun) / 1e9);
    }
    if (!written.digests().isEmpty()) {
      ArrayNode digests = answer.putArray("digests");
      written.digests().forEach(digest -> digests.add(digest.toString()));
    }
    answer.put("bytesWritten", written.bytes()).put("fileSystem", Files.getFileStore(out).type());
    PeakMemory.bytes().ifPresent(bytes -> answer.put("peakBytes", bytes));
    return answer.put("jdk", Runtime.version().feature());
  }

  private static FileMerge merge(String name, List<Path> models, int threads) {
    boolean hashed = name.endsWith(HASHED);
    String method = hashed ? name.substring(0, name.length() - HASHED.length()) : name;
    return new FileMerge(
        FileMerge.Method.valueOf(method.toUpperCase(Locale.ROOT)), models, threads, hashed);
  }

  /** Copies (n + 1) / 2 models' worth of files, each byte of which is read and written. */
  private static FileMerge.Written copy(List<Path> models, Path out, boolean forced)
      throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path model : models) {
      files.addAll(tensorFiles(model));
    }
    long all = 0;
    for (Path file : files) {
      all += Files.size(file);
    }
    long wanted = all / models.size() * (models.size() + 1) / 2;
    Files.createDirectory(out);
    long copied = 0;
    for (int i = 0; copied < wanted; i++) {
      Path source = files.get(i % files.size());
      Path target = out.resolve("copy-" + i);
      Files.copy(source, target);
      if (forced) {
        try (FileChannel file = FileChannel.open(target, StandardOpenOption.WRITE)) {
          file.force(true);
        }
      }
      copied += Files.size(target);
    }
    return new FileMerge.Written(copied, List.of());
  }

  private static List<Path> tensorFiles(Path model) throws IOException {
    if (!Files.isDirectory(model)) {
      return List.of(model);
    }
    try (Stream<Path> inside = Files.list(model)) {
      return inside.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    }
  }
}
