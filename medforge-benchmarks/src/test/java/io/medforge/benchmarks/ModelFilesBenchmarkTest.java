package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.medforge.merge.kernel.FloatFormat;
import io.medforge.plugin.DType;
import io.medforge.plugin.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is measured gives the right answers, on small models. */
class ModelFilesBenchmarkTest {
  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16"})
  void mergesAndCopies(DType type) throws IOException {
    ModelFilesBenchmark benchmark = new ModelFilesBenchmark();
    benchmark.megabytes = 1;
    benchmark.type = type;
    benchmark.threads = 2;
    benchmark.setUp();
    try {
      float[][] x = new float[3][];
      for (int i = 0; i < 3; i++) {
        try (Checkpoint model =
            Checkpoint.open(benchmark.folder.resolve("model-" + i + ".safetensors"))) {
          x[i] = model.tensors().get("layer.1000").toFloats();
        }
      }
      Path out = benchmark.linear();
      try (Checkpoint merged = Checkpoint.open(out)) {
        float[] found = merged.tensors().get("layer.1000").toFloats();
        for (int i = 0; i < found.length; i += 97) {
          assertThat(found[i])
              .isCloseTo(0.5f * x[0][i] + 0.3f * x[1][i] + 0.2f * x[2][i], offset(0.004f));
        }
      }
      benchmark.removeOutput();
      benchmark.ties();
      benchmark.removeOutput();
      assertThat(Files.size(benchmark.copy()))
          .isEqualTo(Files.size(benchmark.folder.resolve("model-1.safetensors")));
      benchmark.removeOutput();
    } finally {
      benchmark.tearDown();
    }
    assertThat(benchmark.folder).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource(FloatFormat.class)
  void sumsNarrowTypes(FloatFormat format) {
    NarrowSumBenchmark benchmark = new NarrowSumBenchmark();
    benchmark.format = format;
    benchmark.inputs = 2;
    benchmark.length = 100_000;
    benchmark.setUp();
    assertThat(benchmark.kernel()).isTrue();
    assertThat(benchmark.out.position()).isEqualTo(format.bytes() * 100_000);
  }
}
