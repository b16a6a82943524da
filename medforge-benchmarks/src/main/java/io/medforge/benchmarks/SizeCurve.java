package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.plugin.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How time grows with bytes and with the number of models: the weighted mean from file to file, of
 * two models of 0.1 to 8 GB moved in all, and of 1 to 8 models of half a gigabyte each.
 *
 * <p>Bytes are those read plus those written. The models are real data on the disk, written just
 * before, so they are read from the page cache as far as it holds them; the output is forced to the
 * disk, as always.
 */
public final class SizeCurve {
  private static final double[] GIGABYTES = {0.1, 0.25, 0.5, 1, 2, 4, 8};
  private static final int MOST_MODELS = 8;
  private static final double GIGABYTES_PER_MODEL = 0.5;
  private static final double GIGA = 1e9;
  private static final int[] THREADS = {1, 2};
  private static final int REPETITIONS = 3;

  private final Path folder;
  private final double scale;
  private final ObjectNode result = new ObjectMapper().createObjectNode();
  private final ArrayNode points = result.putArray("points");

  private SizeCurve(Path folder, double scale) {
    this.folder = folder;
    this.scale = scale;
  }

  /**
   * Measures and writes a JSON file.
   *
   * @param args where the models go, a folder with 9 GB of space which keeps nothing; the JSON
   *     file; and optionally what all sizes are multiplied with, for a trial
   * @throws IOException if a file cannot be read or written
   * @throws IllegalArgumentException if the arguments are fewer
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 2) {
      throw new IllegalArgumentException(
          "expected FOLDER JSON [SCALE], found " + Arrays.toString(args));
    }
    double scale = args.length > 2 ? Double.parseDouble(args[2]) : 1;
    Files.writeString(Path.of(args[1]), measure(Path.of(args[0]), scale).toPrettyString() + "\n");
  }

  static ObjectNode measure(Path parent, double scale) throws IOException {
    Path folder = Files.createTempDirectory(parent, "medforge-curve");
    try {
      SizeCurve curve = new SizeCurve(folder, scale);
      curve.warmUp();
      curve.overBytes();
      curve.overModels();
      return curve.result();
    } finally {
      DrawnAdapters.delete(folder);
    }
  }

  private ObjectNode result() throws IOException {
    result.put("jdk", Runtime.version().feature()).put("method", "linear").put("type", "F32");
    result.put("fileSystem", Files.getFileStore(folder).type());
    result.put("heapBytes", Runtime.getRuntime().maxMemory());
    PeakMemory.bytes().ifPresent(bytes -> result.put("peakBytes", bytes));
    return result;
  }

  private void warmUp() throws IOException {
    List<Path> models = draw(2, GIGABYTES[0] / 3);
    for (int i = 0; i < REPETITIONS; i++) {
      for (int threads : THREADS) {
        new FileMerge(FileMerge.Method.LINEAR, models, threads).to(folder.resolve("out"));
        DrawnAdapters.delete(folder.resolve("out"));
      }
    }
    delete(models);
  }

  private void overBytes() throws IOException {
    for (double gigabytes : GIGABYTES) {
      List<Path> models = draw(2, gigabytes / 3);
      for (int threads : THREADS) {
        time("bytes", models, threads);
      }
      delete(models);
    }
  }

  private void overModels() throws IOException {
    List<Path> models = draw(MOST_MODELS, GIGABYTES_PER_MODEL);
    for (int n = 1; n <= MOST_MODELS; n++) {
      for (int threads : THREADS) {
        time("models", models.subList(0, n), threads);
      }
    }
    delete(models);
  }

  private List<Path> draw(int n, double gigabytesEach) {
    List<Path> models = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Path file = folder.resolve("model-" + i + ".safetensors");
      // A whole number of elements.
      DrawnModel.write(file, DType.F32, Math.round(gigabytesEach * scale * GIGA / 4) * 4, i);
      models.add(file);
    }
    return models;
  }

  private void time(String series, List<Path> models, int threads) throws IOException {
    ObjectNode point = points.addObject();
    point.put("series", series).put("models", models.size()).put("threads", threads);
    ArrayNode seconds = point.putArray("seconds");
    Path out = folder.resolve("out");
    FileMerge merge = new FileMerge(FileMerge.Method.LINEAR, models, threads);
    long written = 0;
    for (int i = 0; i < REPETITIONS; i++) {
      long begun = System.nanoTime();
      written = merge.to(out).bytes();
      seconds.add((System.nanoTime() - begun) / 1e9);
      DrawnAdapters.delete(out);
    }
    point.put("bytes", written * (models.size() + 1));
  }

  private static void delete(List<Path> files) throws IOException {
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
