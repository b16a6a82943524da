package io.medforge.cli.centre;

import io.medforge.plugin.branch.BaseFile;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.Network;
import io.medforge.runtime.djl.VisionTransformer;
import io.medforge.runtime.onnx.OnnxMlp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A base model as a folder that centres hand around: {@value #CONFIG} says how it computes, a
 * safetensors file holds its parameters. A perceptron is also written as {@value #ONNX}.
 */
final class BaseFolder {
  static final String CONFIG = "base.json";
  static final String PARAMETERS = "base.safetensors";
  static final String ONNX = "base.onnx";

  private BaseFolder() {}

  /**
   * How a base computes: one of the two.
   *
   * @param name what people call it
   * @param file its parameters, beside the configuration
   * @param mlp a perceptron's layers, input first, or null
   * @param vit a vision transformer, or null
   */
  record Config(String name, String file, @Nullable List<String> mlp, @Nullable Vit vit) {
    Config {
      mlp = mlp == null ? null : List.copyOf(mlp);
      if ((mlp == null) == (vit == null)) {
        throw new IllegalArgumentException(
            "expected a base that is either mlp or vit, found "
                + (mlp == null ? "neither" : "both")
                + ", at base "
                + name);
      }
      if (!file.matches("[A-Za-z0-9._-]+")) {
        throw new IllegalArgumentException(
            "expected a file beside the configuration, found another, at base " + name);
      }
    }

    Architecture architecture() {
      return vit != null
          ? vit.architecture()
          : Architecture.mlp(Objects.requireNonNull(mlp).toArray(String[]::new));
    }
  }

  /** A vision transformer's sizes. */
  record Vit(
      int imageSize,
      int patchSize,
      int channels,
      int width,
      int depth,
      int heads,
      int hidden,
      int classes,
      VisionTransformer.Pooling pooling) {
    VisionTransformer architecture() {
      return VisionTransformer.of(imageSize, patchSize, classes)
          .channels(channels)
          .width(width)
          .depth(depth)
          .heads(heads)
          .hidden(hidden)
          .pooling(pooling)
          .build();
    }
  }

  static Config config(Path folder) {
    return RecordFile.read(folder.resolve(CONFIG), Config.class);
  }

  static Network read(Path folder) {
    Config config = config(folder);
    return BaseFile.read(folder.resolve(config.file()), config.name(), config.architecture());
  }

  /** Fills a folder that exists. */
  static void write(Network network, Config config, Path folder) throws IOException {
    BaseFile.write(network, folder.resolve(config.file()));
    RecordFile.write(folder.resolve(CONFIG), config);
    List<String> layers = config.mlp();
    if (layers != null) {
      OnnxMlp.write(layers, network.parameters(), folder.resolve(ONNX));
    }
  }
}
