package io.medforge.study;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BaseTrainingTest {
  @Test
  void federatedAveragingWeighsByPatients() {
    Tensor one = Tensor.of(Shape.of(2), 1f, 4f);
    Tensor other = Tensor.of(Shape.of(2), 5f, -4f);
    Tensor mean =
        BaseTraining.average(
                List.of(new TreeMap<>(Map.of("w", one)), new TreeMap<>(Map.of("w", other))), 30, 10)
            .get("w");
    assertThat(mean.toFloats()).containsExactly(2f, 2f);
  }
}
