package io.medforge.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.DType;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class DistilledSetTest {
  private static final LabelSpace LABELS = LabelSpace.of("tumour", "benign", "malignant");
  private static final ModelInput INPUTS =
      ModelInput.ofRows(new float[] {1, 2}, new float[] {3, 4});

  @Test
  void everyExampleHasAClassOfTheSpace() {
    assertThatThrownBy(() -> DistilledSet.of(LABELS, INPUTS, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected one class for each of 2 examples, found 1");
    for (int bad : new int[] {-1, 2}) {
      assertThatThrownBy(() -> DistilledSet.of(LABELS, INPUTS, 0, bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("class of 0 to 1")
          .hasMessageContaining("found " + bad)
          .hasMessageContaining("row 1");
    }
  }

  @Test
  void theDigestCoversLabelsInputsAndClasses() {
    DistilledSet set = DistilledSet.of(LABELS, INPUTS, 0, 1);
    List<DistilledSet> different =
        List.of(
            set,
            DistilledSet.of(LABELS, INPUTS, 1, 0),
            DistilledSet.of(LabelSpace.of("tumour", "malignant", "benign"), INPUTS, 0, 1),
            DistilledSet.of(LabelSpace.of("lesion", "benign", "malignant"), INPUTS, 0, 1),
            DistilledSet.of(
                LABELS, ModelInput.ofRows(new float[] {1, 2}, new float[] {3, -4}), 0, 1),
            DistilledSet.of(
                LABELS, new ModelInput(Tensor.of(Shape.of(2, 2, 1), 1f, 2f, 3f, 4f)), 0, 1));
    assertThat(different).extracting(DistilledSet::digest).doesNotHaveDuplicates();
    ModelInput again = ModelInput.ofRows(new float[] {1, 2}, new float[] {3, 4});
    assertThat(DistilledSet.of(LABELS, again, 0, 1).digest()).isEqualTo(set.digest());
  }

  @Test
  void copiesItsClasses() {
    int[] classes = {0, 1};
    DistilledSet set = DistilledSet.of(LABELS, INPUTS, classes);
    classes[0] = 1;
    assertThat(set.classOf(0)).isZero();
    assertThat(set.size()).isEqualTo(2);
    assertThatThrownBy(() -> set.classOf(2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void inputsHaveExamplesOfReadableValues() {
    assertThatThrownBy(ModelInput::ofRows).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ModelInput.ofRows(new float[2], new float[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("row 1");
    assertThatThrownBy(() -> new ModelInput(Tensor.of(Shape.of(3), 1f, 2f, 3f)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[3]");
    Tensor raw = Tensor.ofBytes(DType.BOOL, Shape.of(1, 2), new byte[2]);
    assertThatThrownBy(() -> new ModelInput(raw))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("BOOL");
    assertThat(INPUTS.size()).isEqualTo(2);
  }
}
