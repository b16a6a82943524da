package io.medforge.plugin.checkpoint;

import io.medforge.plugin.DType;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A sharded model of 20 MB, and a computation on it that a process may be killed in. */
final class TinyModel {
  static final Digest IDENTITY = Digest.of(new byte[] {1});
  private static final int LARGE = 9 << 20;

  private TinyModel() {}

  static void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Random random = new Random(5);
    byte[] large = new byte[LARGE + 6];
    random.nextBytes(large);
    byte[] middle = new byte[LARGE];
    random.nextBytes(middle);
    SafetensorsWriter.to(folder.resolve("m-1.safetensors"))
        .metadata(Map.of("format", "pt"))
        .write(
            Map.of(
                "large", Tensor.ofBytes(DType.U16, Shape.of(large.length / 2), large),
                "none", Tensor.of(Shape.of(0, 3), new float[0])));
    SafetensorsWriter.to(folder.resolve("m-2.safetensors"))
        .write(
            Map.of(
                "middle", Tensor.ofBytes(DType.U8, Shape.of(middle.length), middle),
                "small", Tensor.of(Shape.of(3), 1f, 2f, 3f)));
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"metadata\":{},\"weight_map\":{\"large\":\"m-1.safetensors\",\"none\":\"m-1.safetensors\","
            + "\"middle\":\"m-2.safetensors\",\"small\":\"m-2.safetensors\"}}");
    Files.writeString(folder.resolve("config.json"), "{\"hidden_size\": 3}");
  }

  /** A tensor that does something before every read. */
  record Watched(Tensor source, Runnable before) implements Tensor {
    @Override
    public DType dtype() {
      return source.dtype();
    }

    @Override
    public Shape shape() {
      return source.shape();
    }

    @Override
    public void readBytes(long from, byte[] into, int offset, int count) {
      before.run();
      source.readBytes(from, into, offset, count);
    }

    @Override
    public void readBytes(long from, ByteBuffer into) {
      before.run();
      source.readBytes(from, into);
    }
  }

  static SortedMap<String, Tensor> watched(Checkpoint model, Runnable before) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    model.tensors().forEach((name, tensor) -> tensors.put(name, new Watched(tensor, before)));
    return tensors;
  }

  /**
   * Copies the model in args[0] to args[1] and halts at the read of number args[2], with at most
   * args[3] bytes that are not on the disk.
   */
  public static void main(String[] args) {
    int[] reads = new int[1];
    try (Checkpoint model = Checkpoint.open(Path.of(args[0]))) {
      CheckpointWriter.like(model)
          .to(Path.of(args[1]))
          .identity(IDENTITY)
          .resume()
          .mostBehind(Long.parseLong(args[3]))
          .tensors(
              watched(
                  model,
                  () -> {
                    if (++reads[0] == Integer.parseInt(args[2])) {
                      Runtime.getRuntime().halt(9);
                    }
                  }))
          .build()
          .write();
    }
  }

  /** Runs {@link #main} in a process of its own; whether it was killed. */
  static boolean isKilled(Path model, Path target, int read, long mostBehind)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                TinyModel.class.getName(),
                model.toString(),
                target.toString(),
                Integer.toString(read),
                Long.toString(mostBehind))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IllegalStateException("expected the process to end");
    }
    return process.exitValue() == 9;
  }
}
