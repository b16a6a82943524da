package io.medforge.cli.centre;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.plugin.branch.InitialParameters;
import io.medforge.runtime.djl.Network;
import io.medforge.runtime.djl.VisionTransformer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which base model a centre trains on: one that others use too, or a new one for all to use. */
final class BaseOptions {
  /** What a new base may be. */
  enum Kind {
    /** A multi-layer perceptron for tables. */
    MLP,
    /** A vision transformer for images. */
    VIT
  }

  /** One of the two must be given. */
  static final class Choice {
    @Option(
        names = "--base",
        required = true,
        paramLabel = "DIR",
        description = "A base folder, with base.json and its parameters as safetensors.")
    private @Nullable Path folder;

    @Option(
        names = "--new-base",
        required = true,
        paramLabel = "mlp|vit",
        description =
            "Make a base with seeded random weights, for tables (mlp) or images (vit); it is"
                + " written to OUT/base for other centres.")
    private @Nullable Kind made;
  }

  @ArgGroup(multiplicity = "1")
  private Choice choice;

  @Option(
      names = "--base-name",
      paramLabel = "NAME",
      description = "What a new base is called. Default: mlp or vit.")
  private @Nullable String name;

  @Option(
      names = "--base-seed",
      paramLabel = "N",
      description = "The seed of a new base's weights. Default: 1.")
  private long seed = 1;

  @Option(
      names = "--layers",
      split = ",",
      paramLabel = "WIDTH",
      description = "The hidden layers of a new mlp. Default: 64,64.")
  private List<Integer> layers = List.of(64, 64);

  @Option(
      names = "--patch-size",
      paramLabel = "PIXELS",
      description = "The patches of a new vit. Default: 7.")
  private int patchSize = 7;

  @Option(names = "--width", paramLabel = "N", description = "Of a new vit's tokens. Default: 64.")
  private int width = 64;

  @Option(names = "--depth", paramLabel = "N", description = "Blocks of a new vit. Default: 4.")
  private int depth = 4;

  @Option(
      names = "--attention-heads",
      paramLabel = "N",
      description = "Of each block of a new vit. Default: 4.")
  private int heads = 4;

  @Option(
      names = "--mean-pooling",
      description = "A new vit classifies the mean of the patches instead of a class token.")
  private boolean meanPooling;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  BaseOptions() {}

  /**
   * A base.
   *
   * @param network the model
   * @param made its configuration, if it is new
   * @param folder where it is, if it is not
   */
  record Base(Network network, Optional<BaseFolder.Config> made, Optional<Path> folder) {}

  /** Reads or makes the base for rows of a shape {@code [n, ...]}. */
  Base base(Shape rows, LabelSpace labels) {
    if (choice.folder != null) {
      Path folder = choice.folder.toAbsolutePath().normalize();
      return new Base(BaseFolder.read(folder), Optional.empty(), Optional.of(folder));
    }
    return choice.made == Kind.VIT ? transformer(rows, labels) : perceptron(rows, labels);
  }

  /** The given folder, if a base is given. */
  Optional<Path> folder() {
    return Optional.ofNullable(choice.folder);
  }

  private Base perceptron(Shape rows, LabelSpace labels) {
    if (rows.dimensions() != 2) {
      throw new IllegalArgumentException(
          "expected a table for --new-base mlp, found rows " + rows + " (images take vit)");
    }
    List<Integer> widths = new ArrayList<>(List.of(Math.toIntExact(rows.dimension(1))));
    widths.addAll(layers);
    widths.add(labels.size());
    List<String> names = IntStream.range(1, widths.size()).mapToObj(i -> "fc" + i).toList();
    BaseFolder.Config config =
        new BaseFolder.Config(
            name == null ? "mlp" : name, BaseFolder.PARAMETERS, names, /* vit= */ null);
    return made(
        config,
        Network.of(
            config.name(), config.architecture(), InitialParameters.mlp(names, widths, seed)));
  }

  private Base transformer(Shape rows, LabelSpace labels) {
    if (rows.dimensions() != 4 || rows.dimension(2) != rows.dimension(3)) {
      throw new IllegalArgumentException(
          "expected square images for --new-base vit, found rows " + rows + " (tables take mlp)");
    }
    BaseFolder.Vit vit =
        new BaseFolder.Vit(
            Math.toIntExact(rows.dimension(2)),
            patchSize,
            Math.toIntExact(rows.dimension(1)),
            width,
            depth,
            heads,
            4 * width,
            labels.size(),
            meanPooling ? VisionTransformer.Pooling.MEAN : VisionTransformer.Pooling.CLASS_TOKEN);
    BaseFolder.Config config =
        new BaseFolder.Config(
            name == null ? "vit" : name, BaseFolder.PARAMETERS, /* mlp= */ null, vit);
    return made(
        config,
        Network.of(
            config.name(),
            config.architecture(),
            InitialParameters.visionTransformer(vit.architecture(), seed)));
  }

  private static Base made(BaseFolder.Config config, Network network) {
    return new Base(network, Optional.of(config), Optional.empty());
  }
}
