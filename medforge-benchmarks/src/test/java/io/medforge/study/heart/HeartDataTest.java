package io.medforge.study.heart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeartDataTest {
  @TempDir private Path data;

  @BeforeEach
  void write() throws IOException {
    SyntheticHeart.write(data);
  }

  @Test
  void rowsSplitAndClassesAreTheFiles() {
    HeartData read = HeartData.in(data);
    assertThat(read.training()).containsOnlyKeys(HeartData.CENTRES);
    // 60 patients: those of 6, 13, ... lack a value; of the rest every third is a test patient.
    assertThat(read.training().get("va").size()).isEqualTo(35);
    assertThat(read.test().sizes()).containsEntry("va", 17);
    assertThat(read.training().get("switzerland").count(CentreRows.HEALTHY)).isZero();
  }

  @Test
  void featuresAreStandardisedByTrainingRowsAlone() throws IOException {
    HeartData before = HeartData.in(data);
    CentreRows rows = before.training().get("cleveland");
    for (int f = 0; f < HeartData.FEATURES; f++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < rows.size(); i++) {
        sum += rows.row(i)[f];
        squares += rows.row(i)[f] * rows.row(i)[f];
      }
      assertThat(sum / rows.size()).isCloseTo(0, within(1e-6));
      assertThat(squares / (rows.size() - 1)).isCloseTo(1, within(1e-5));
    }
    // Line 1 is a test patient: whatever it says moves no training row.
    replace("processed.cleveland.data", 0, "99,1,4,200,600,1,2,60,1,9.9,?,?,?,4");
    CentreRows after = HeartData.in(data).training().get("cleveland");
    for (int i = 0; i < rows.size(); i++) {
      assertThat(after.row(i)).isEqualTo(rows.row(i));
    }
  }

  @Test
  void levelsBecomeColumnsAndAConstantFeatureIsCentredOnly() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      lines.add("5" + i + ",1," + (i + 1) + ",120,200,0," + (i % 3) + ",150,0,1.0,?,?,?," + i % 2);
    }
    Files.write(file("processed.va.data"), lines);
    List<String> split = new ArrayList<>(Files.readAllLines(file("split.csv")));
    split.removeIf(line -> line.startsWith("va,"));
    split.addAll(List.of("va,0,train", "va,1,train", "va,2,test", "va,3,train"));
    Files.write(file("split.csv"), split);
    CentreRows rows = HeartData.in(data).training().get("va");
    assertThat(rows.classes())
        .containsExactly(CentreRows.HEALTHY, CentreRows.DISEASED, CentreRows.DISEASED);
    // Column 1, sex, does not vary; features 8 to 10 are chest pain 2, 3 and 4.
    assertThat(rows.row(0)[1]).isZero();
    assertThat(rows.row(1)[8]).isGreaterThan(0);
    assertThat(rows.row(0)[8]).isLessThan(0);
    assertThat(rows.row(1)[9]).isZero();
    assertThat(rows.row(2)[10]).isGreaterThan(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "processed.va.data|1|63,1,4,140|14 columns",
        "processed.va.data|1|63,1,4,140,260,0,1,112,1,3,2,?,?,7|a class of 0 to 4",
        "processed.va.data|1|63,1,4,140,260,0,1,112,1,3,2,?,?,?|a class of 0 to 4",
        "processed.va.data|1|SECRET,1,4,140,260,0,1,112,1,3,2,?,?,1|a number or ? in column 0",
        "processed.va.data|1|NaN,1,4,140,260,0,1,112,1,3,2,?,?,1|a number or ? in column 0",
        "processed.va.data|1|1e999,1,4,140,260,0,1,112,1,3,2,?,?,1|a number or ? in column 0",
        "processed.va.data|1|63,1,4,140,260,0,1,112,1,3,SECRET,?,?,1|a number or ? in column 10",
        "processed.va.data|1|63,1,5,140,260,0,1,112,1,3,2,?,?,1|a level of 1 to 4",
        "processed.va.data|1|63,1,4,140,260,0,1.5,112,1,3,2,?,?,1|a level of 0 to 2",
        "processed.va.data|1|63,1,?,140,260,0,1,112,1,3,2,?,?,1|the rows of split.csv to be"
            + " complete",
        "processed.va.data|6|63,1,4,140,260,0,1,112,1,3,2,?,?,1|a complete row to be in split.csv",
        "split.csv|0|centre,row,set|the header center,row,set",
        "split.csv|1|vienna,0,test|a centre of",
        "split.csv|1|va,-1,test|a centre of",
        "split.csv|1|va,99999999999,test|a centre of",
        "split.csv|1|va,0,validation|a centre of",
        "split.csv|2|cleveland,0,test|each row of a centre once",
      })
  void hostileLinesAreRefusedByFileAndLineWithoutTheirValues(
      String name, int line, String content, String expected) throws IOException {
    replace(name, line, content);
    assertThatThrownBy(() -> HeartData.in(data))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected)
        .hasMessageContaining(name + ", line " + (line + 1))
        .hasMessageNotContaining("SECRET")
        .hasMessageNotContaining("63,1")
        .hasNoCause();
  }

  @Test
  void filesThatAreMissingShortEndlessOrNoTextAreRefused() throws IOException {
    Files.write(file("processed.va.data"), new byte[] {0, -1, 7, 10});
    assertThatThrownBy(() -> HeartData.in(data)).hasMessageContaining("14 columns");
    Files.writeString(file("processed.va.data"), "");
    assertThatThrownBy(() -> HeartData.in(data)).hasMessageContaining("rows that split.csv names");
    Files.write(file("processed.va.data"), "1".repeat(5000).getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> HeartData.in(data)).hasMessageContaining("1000 characters");
    Files.delete(file("processed.va.data"));
    assertThatThrownBy(() -> HeartData.in(data))
        .hasMessageContaining("expected a file in the data folder")
        .hasMessageContaining("processed.va.data");
    assertThatThrownBy(() -> HeartData.in(data.resolve("nowhere")))
        .hasMessageContaining("split.csv");
  }

  private Path file(String name) {
    return data.resolve(HeartData.FOLDER).resolve(name);
  }

  private void replace(String name, int line, String content) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(file(name)));
    lines.set(line, content);
    Files.write(file(name), lines);
  }
}
