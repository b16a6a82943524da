package io.medforge.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WisconsinDataTest {
  private static final String ROW = "1,".repeat(30);

  @TempDir private Path folder;

  @Test
  void embeddedPatientsAreTheirs() {
    Cohort cohort = WisconsinData.embedded();
    assertThat(cohort.size()).isEqualTo(569);
    assertThat(cohort.measurements()).isEqualTo(30);
    // As scikit-learn's description of the data says: 212 malignant, 357 benign.
    assertThat(cohort.malignant()).isEqualTo(212);
    assertThat(cohort.value(0, 0)).isEqualTo(17.99);
    assertThat(cohort.value(568, 29)).isEqualTo(0.07039);
    assertThat(cohort.diagnosis(0)).isEqualTo(Cohort.MALIGNANT);
    assertThat(cohort.diagnosis(568)).isEqualTo(Cohort.BENIGN);
  }

  @Test
  void aFolderWithTheSameFileGivesTheSamePatients() throws IOException {
    try (var resource = WisconsinData.class.getResourceAsStream(WisconsinData.FILE)) {
      Files.copy(resource, folder.resolve(WisconsinData.FILE));
    }
    Cohort cohort = WisconsinData.in(folder);
    Cohort embedded = WisconsinData.embedded();
    assertThat(cohort.diagnoses()).isEqualTo(embedded.diagnoses());
    for (int i = 0; i < embedded.size(); i++) {
      assertThat(cohort.row(i)).isEqualTo(embedded.row(i));
    }
  }

  @Test
  void aFolderWithoutTheFileIsRefused() {
    assertThatThrownBy(() -> WisconsinData.in(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("breast_cancer.csv")
        .hasMessageContaining(folder.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|<patients>,30,malignant,benign|line 1",
        "x,30,malignant,benign|<patients>,30,malignant,benign|line 1",
        "0,30,malignant,benign|<patients>,30,malignant,benign|line 1",
        "9999999,30,malignant,benign|<patients>,30,malignant,benign|line 1",
        "1,29,malignant,benign|<patients>,30,malignant,benign|line 1",
        "1,30,benign,malignant|<patients>,30,malignant,benign|line 1",
        "2,30,malignant,benign;ROW0|30 measurements and a class|line 3",
        "1,30,malignant,benign;ROW2|class 0 or 1, found \"2\"|line 2",
        "1,30,malignant,benign;x,ROW0|30 measurements and a class, found 32 fields|line 2",
        "1,30,malignant,benign;ROW0;ROW1|1 lines of patients, found more|line 3",
      })
  void malformedFilesAreRefused(String content, String expected, String place) throws IOException {
    write(content.replace("ROW", ROW));
    assertThatThrownBy(() -> WisconsinData.in(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected)
        .hasMessageContaining("breast_cancer.csv, " + place);
  }

  @ParameterizedTest
  @CsvSource({"NaN", "Infinity", "abc", "''"})
  void valuesThatAreNoNumbersAreRefused(String value) throws IOException {
    write("1,30,malignant,benign;" + value + "," + "1,".repeat(29) + "0");
    assertThatThrownBy(() -> WisconsinData.in(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("number, found \"" + value + "\"")
        .hasMessageContaining("line 2");
  }

  private void write(String content) throws IOException {
    Files.writeString(folder.resolve(WisconsinData.FILE), content.replace(';', '\n') + "\n");
  }
}
