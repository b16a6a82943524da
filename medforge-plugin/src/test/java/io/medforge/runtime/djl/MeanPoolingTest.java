package io.medforge.runtime.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Outputs;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A transformer that classifies the mean of its patches, against the same sum written out. */
class MeanPoolingTest {
  private static final int SIZE = 6;
  private static final int PATCH = 3;
  private static final int WIDTH = 8;
  private static final int PATCHES = 4;
  private static final VisionTransformer ARCHITECTURE =
      VisionTransformer.of(SIZE, PATCH, 2)
          .width(WIDTH)
          .depth(1)
          .heads(2)
          .pooling(VisionTransformer.Pooling.MEAN)
          .build();

  @Test
  void hasNoClassToken() {
    assertThat(ARCHITECTURE.parameterShapes().keySet()).noneMatch(name -> name.contains("cls"));
    assertThat(ARCHITECTURE.parameterShapes().get("vit.embeddings.position_embeddings"))
        .isEqualTo(Shape.of(1, PATCHES, WIDTH));
  }

  @Test
  void classifiesTheMeanOfThePatches() {
    SortedMap<String, Tensor> parameters = blockThatDoesNothing();
    Random random = new Random(2);
    float[] image = new float[SIZE * SIZE];
    for (int i = 0; i < image.length; i++) {
      image[i] = (float) random.nextGaussian();
    }
    try (DjlRuntime runtime = DjlRuntime.open(Network.of("vit", ARCHITECTURE, parameters))) {
      Outputs found = runtime.runBase(new ModelInput(Tensor.of(Shape.of(1, 1, SIZE, SIZE), image)));
      double[] wanted = expected(parameters, image);
      for (int label = 0; label < 2; label++) {
        assertThat((double) found.logit(0, label)).isCloseTo(wanted[label], within(1e-5));
      }
    }
  }

  /** Both halves of the block add zero, so that tokens are patches and positions. */
  private static SortedMap<String, Tensor> blockThatDoesNothing() {
    Random random = new Random(1);
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    ARCHITECTURE
        .parameterShapes()
        .forEach(
            (name, shape) -> {
              float[] values = new float[(int) shape.elements()];
              boolean zero = name.contains("o_proj") || name.contains("fc2");
              for (int i = 0; i < values.length && !zero; i++) {
                values[i] = (float) random.nextGaussian();
              }
              parameters.put(name, Tensor.of(shape, values));
            });
    return parameters;
  }

  private static double[] expected(SortedMap<String, Tensor> parameters, float[] image) {
    double[] kernel =
        parameters.get("vit.embeddings.patch_embeddings.projection.weight").toDoubles();
    double[] bias = parameters.get("vit.embeddings.patch_embeddings.projection.bias").toDoubles();
    double[] positions = parameters.get("vit.embeddings.position_embeddings").toDoubles();
    double[] scale = parameters.get("vit.layernorm.weight").toDoubles();
    double[] shift = parameters.get("vit.layernorm.bias").toDoubles();
    double[] mean = new double[WIDTH];
    for (int patch = 0; patch < PATCHES; patch++) {
      double[] token = new double[WIDTH];
      double sum = 0;
      for (int d = 0; d < WIDTH; d++) {
        token[d] = bias[d] + positions[patch * WIDTH + d];
        for (int p = 0; p < PATCH * PATCH; p++) {
          int y = patch / 2 * PATCH + p / PATCH;
          int x = patch % 2 * PATCH + p % PATCH;
          token[d] += kernel[d * PATCH * PATCH + p] * image[y * SIZE + x];
        }
        sum += token[d] / WIDTH;
      }
      double variance = 0;
      for (double value : token) {
        variance += (value - sum) * (value - sum) / WIDTH;
      }
      for (int d = 0; d < WIDTH; d++) {
        double normed = (token[d] - sum) / Math.sqrt(variance + 1e-12);
        mean[d] += (normed * scale[d] + shift[d]) / PATCHES;
      }
    }
    double[] weight = parameters.get("classifier.weight").toDoubles();
    double[] logits = parameters.get("classifier.bias").toDoubles();
    for (int label = 0; label < 2; label++) {
      for (int d = 0; d < WIDTH; d++) {
        logits[label] += weight[label * WIDTH + d] * mean[d];
      }
    }
    return logits;
  }
}
