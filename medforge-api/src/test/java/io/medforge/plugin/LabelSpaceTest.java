package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelSpaceTest {
  @Test
  void isAValue() {
    List<String> classes = new ArrayList<>(List.of("benign", "malignant"));
    LabelSpace labels = new LabelSpace("tumour", classes);
    classes.clear();
    assertThat(labels).isEqualTo(LabelSpace.of("tumour", "benign", "malignant"));
    assertThat(labels.size()).isEqualTo(2);
    assertThat(labels).isNotEqualTo(LabelSpace.of("tumour", "malignant", "benign"));
    assertThat(labels).isNotEqualTo(LabelSpace.of("lesion", "benign", "malignant"));
  }

  @Test
  void refusesBlankNamesAndRepeatedClasses() {
    assertThatThrownBy(() -> LabelSpace.of(" ", "a")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LabelSpace.of("tumour", "a", "b", "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"a\" twice")
        .hasMessageContaining("tumour");
  }

  @Test
  void anUnstatedSpaceBelongsToOnePlugin() {
    LabelSpace one = LabelSpace.unstated(PluginId.parse("a/b:1"));
    assertThat(one).isEqualTo(LabelSpace.unstated(PluginId.parse("a/b:1")));
    assertThat(one).isNotEqualTo(LabelSpace.unstated(PluginId.parse("a/b:2")));
    assertThat(one.size()).isZero();
  }
}
