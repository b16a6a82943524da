package io.medforge.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FeatureExtractorTest {
  /** A base that answers with the first input's value and its negative. */
  private static final class FirstValue implements ModelRuntime {
    @Override
    public BaseModel base() {
      return BaseModel.named("first-value");
    }

    @Override
    public Outputs run(PluginModule plugin, ModelInput batch) {
      throw new AssertionError("features come from the base alone");
    }

    @Override
    public Outputs runBase(ModelInput batch) {
      float[] values = batch.values().toFloats();
      int width = values.length / batch.size();
      float[] logits = new float[2 * batch.size()];
      for (int row = 0; row < batch.size(); row++) {
        logits[2 * row] = values[row * width];
        logits[2 * row + 1] = -values[row * width];
      }
      return Outputs.ofLogits(batch.size(), 2, logits);
    }

    @Override
    public void close() {}
  }

  private static final ModelRuntime RUNTIME = new FirstValue();

  @Test
  void aRuntimeWithoutFeaturesSaysSoByName() {
    ModelInput batch = ModelInput.ofRows(new float[] {1, 2});
    assertThatThrownBy(() -> FeatureExtractor.penultimate().extract(RUNTIME, batch))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContainingAll("FirstValue", "first-value");
  }

  @Test
  void theOutputItselfIsAFeature() {
    ModelInput batch = ModelInput.ofRows(new float[] {1, 2}, new float[] {3, 4});
    Features features = FeatureExtractor.baseOutput().extract(RUNTIME, batch);
    assertThat(features.size()).isEqualTo(2);
    assertThat(features.row(1)).containsExactly(3, -3);
    assertThat(features.value(0, 1)).isEqualTo(-1);
  }

  @Test
  void rowsArePooledAsTheyAre() {
    ModelInput batch = ModelInput.ofRows(new float[] {1, 2, 3, 4, 5}, new float[] {6, 7, 8, 9, 10});
    Features features = FeatureExtractor.pooledInput(2).extract(RUNTIME, batch);
    assertThat(features.row(0)).containsExactly(1, 2, 3, 4, 5);
    double[] read = new double[5];
    features.read(1, read);
    assertThat(read).containsExactly(6, 7, 8, 9, 10);
  }

  @Test
  void imagesArePooledAsAdaptiveAveragePoolingDoes() {
    int n = 2;
    int channels = 3;
    int height = 5;
    int width = 7;
    int cells = 3;
    float[] values = new float[n * channels * height * width];
    Random random = new Random(4);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    ModelInput batch = new ModelInput(Tensor.of(Shape.of(n, channels, height, width), values));
    Features features = FeatureExtractor.pooledInput(cells).extract(RUNTIME, batch);
    assertThat(features.width()).isEqualTo(channels * cells * cells);
    for (int image = 0; image < n * channels; image++) {
      for (int top = 0; top < cells; top++) {
        for (int left = 0; left < cells; left++) {
          double sum = 0;
          int count = 0;
          for (int y = top * height / cells; y < ceil((top + 1) * height, cells); y++) {
            for (int x = left * width / cells; x < ceil((left + 1) * width, cells); x++) {
              sum += values[(image * height + y) * width + x];
              count++;
            }
          }
          int at = (image % channels * cells + top) * cells + left;
          assertThat((double) features.value(image / channels, at))
              .isCloseTo(sum / count, within(1e-6));
        }
      }
    }
    ModelInput small = new ModelInput(Tensor.of(Shape.of(1, 1, 2, 1), 5f, 6f));
    assertThat(FeatureExtractor.pooledInput(4).extract(RUNTIME, small).row(0))
        .containsExactly(5, 6);
  }

  private static int ceil(int a, int b) {
    return (a + b - 1) / b;
  }

  @Test
  void namesFindTheirExtractor() {
    for (FeatureExtractor each :
        new FeatureExtractor[] {
          FeatureExtractor.penultimate(),
          FeatureExtractor.baseOutput(),
          FeatureExtractor.pooledInput(),
          FeatureExtractor.pooledInput(17)
        }) {
      assertThat(FeatureExtractor.named(each.name())).isEqualTo(each);
    }
    FeatureExtractor own = (runtime, batch) -> Features.of(1, 1, new float[1]);
    for (String bad : new String[] {own.name(), "", "pooled-input/0", "pooled-input/9999999"}) {
      assertThatThrownBy(() -> FeatureExtractor.named(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("base-output");
    }
    assertThatThrownBy(() -> FeatureExtractor.pooledInput(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void featuresAreFinite() {
    assertThatThrownBy(() -> Features.of(2, 2, new float[] {0, 0, 0, Float.NaN}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected finite features, found NaN, at row 1, feature 1");
    assertThatThrownBy(() -> Features.of(2, 2, new float[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[2, 2]");
    assertThatThrownBy(() -> Features.of(1, 2, new float[2]).value(0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
