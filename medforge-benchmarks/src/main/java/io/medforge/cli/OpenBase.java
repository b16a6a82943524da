package io.medforge.cli;

import io.medforge.plugin.BaseModel;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.onnx.OnnxRuntime;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Opens the base model that a command names. */
final class OpenBase {
  private static final String ONNX = ".onnx";

  private OpenBase() {}

  /**
   * Opens a base for plugins.
   *
   * @param model a {@code .onnx} file
   * @param base what the plugins say it is
   * @param featureTensor the tensor that holds its features, where that is not what enters the last
   *     layer
   * @return a runtime that its caller closes
   * @throws IllegalArgumentException if the file is no model that can be run, or holds another base
   */
  static ModelRuntime of(Path model, BaseModel base, Optional<String> featureTensor) {
    checkRuns(model);
    return featureTensor.isPresent()
        ? OnnxRuntime.open(model, base, featureTensor.get())
        : OnnxRuntime.open(model, base);
  }

  private static void checkRuns(Path model) {
    if (!model.toString().toLowerCase(Locale.ROOT).endsWith(ONNX)) {
      throw new IllegalArgumentException(
          "expected a base model as a "
              + ONNX
              + " file, which says how it computes, found another (parameters alone, as in"
              + " .safetensors, do not: export the model to ONNX), at "
              + model);
    }
  }
}
