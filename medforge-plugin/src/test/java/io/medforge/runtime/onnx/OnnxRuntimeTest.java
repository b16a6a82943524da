package io.medforge.runtime.onnx;

import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.ModelRuntimeContract;
import io.medforge.runtime.ReferenceMlp;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class OnnxRuntimeTest implements ModelRuntimeContract {
  @TempDir Path directory;

  /** The file is gone once the model is open: nothing can be built from it again. */
  @Override
  public ModelRuntime open(ReferenceMlp base) throws Exception {
    Path file = directory.resolve("mlp.onnx");
    OnnxMlp.write(ReferenceMlp.LAYERS, base.parameters(), file);
    ModelRuntime runtime = OnnxRuntime.open(file);
    Files.delete(file);
    return runtime;
  }
}
