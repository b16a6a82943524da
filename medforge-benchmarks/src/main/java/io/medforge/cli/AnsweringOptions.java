package io.medforge.cli;

import io.medforge.cli.data.Examples;
import io.medforge.runtime.ModelRuntime;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a command needs that answers inputs with a mixture: the folder, the inputs, the base. */
final class AnsweringOptions {
  @Parameters(index = "0", paramLabel = "MIXTURE", description = "A mixture folder.")
  private Path folder;

  @Parameters(index = "1", paramLabel = "INPUT", description = InputOptions.FORMS)
  private Path input;

  @Mixin private InputOptions inputs;

  @Option(
      names = "--base",
      required = true,
      paramLabel = "MODEL.onnx",
      description = "The base model.")
  private Path base;

  @Option(
      names = "--feature-tensor",
      paramLabel = "NAME",
      description = "The tensor of the model that holds the penultimate features.")
  private @Nullable String featureTensor;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  AnsweringOptions() {}

  /** The mixture. */
  StoredMixture mixture() {
    return MixtureFolder.read(folder);
  }

  /** The inputs. */
  Examples examples() {
    return inputs.read(input);
  }

  /** The base, for the plugins of a mixture; its caller closes it. */
  ModelRuntime open(StoredMixture mixture) {
    return OpenBase.of(
        base,
        mixture.model().plugins().plugins().get(0).base(),
        Optional.ofNullable(featureTensor));
  }
}
